//! Two environments that are two accounts: none of them is ever written to with the other's credentials.

use crate::support::run::Outcome;
use crate::support::server::fresh_account;
use crate::support::stage::for_this_machine;
use crate::support::{Answers, Fixture, Proxy, Server, lambdaship};

#[test]
fn an_account_is_written_to_only_as_its_own_environment() {
    let (staging, prod) = (fresh_account(), fresh_account());
    let fixture = Fixture::new(&["hello"]);
    let account = |name: &str, account: &str| format!("[env.{name}]\naccount = \"{account}\"\n");
    fixture.configure(&[for_this_machine(), &account("staging", &staging), &account("prod", &prod)].concat());
    let proxy = Proxy::new(&Server::ministack().endpoint(), Answers::Lenient);
    let run = |verb: &[&str], env: &str, account: &str| -> Outcome {
        proxy.reset();
        let run = lambdaship(&fixture).zig().aws(&proxy.endpoint(), account);
        let outcome = run.args(verb).args(&["--env", env]).output();
        proxy.report().assert_valid_requests();
        outcome
    };

    run(&["deploy"], "staging", &staging).exited(0);
    for verb in ["deploy", "plan", "rollback", "status"] {
        let refused = run(&[verb], "prod", &staging).exited(1);
        let expected = format!(
            "error: the credentials belong to account {staging}, and `prod` is account {prod}\n\
             hint: sign in to account {prod}, or choose its profile with `aws-profile` or AWS_PROFILE\n"
        );
        assert_eq!((refused.stdout.as_str(), refused.stderr.as_str()), ("", expected.as_str()), "{verb}");
        assert_eq!(proxy.report().order(), ["sts.GetCallerIdentity"], "{verb}");
    }
    let absent = run(&["invoke", "hello"], "prod", &prod).exited(1);
    assert!(absent.stderr.contains("lambda `hello-prod` has no `live` to invoke"), "{absent}");

    run(&["deploy"], "prod", &prod).exited(0);
    let accounts = proxy.report().requests.into_iter().filter_map(|request| request.account);
    assert_eq!(accounts.collect::<std::collections::BTreeSet<_>>(), [prod].into());
}

#[test]
fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    let (named, ambient) = (fresh_account(), fresh_account());
    let fixture = Fixture::new(&["hello"]);
    fixture.configure("[env.staging]\naws-profile = \"named\"\n");
    fixture
        .write("credentials", &format!("[named]\naws_access_key_id = {named}\naws_secret_access_key = x\n"));
    let proxy = Proxy::new(&Server::ministack().endpoint(), Answers::Lenient);
    let run = lambdaship(&fixture).aws(&proxy.endpoint(), &ambient);
    let run = run.env("AWS_SHARED_CREDENTIALS_FILE", fixture.root().join("credentials").as_str());
    run.args(&["status", "--env", "staging"]).output().exited(0);
    let accounts = proxy.report().requests.into_iter().filter_map(|request| request.account);
    assert_eq!(accounts.collect::<std::collections::BTreeSet<_>>(), [named].into());
}
