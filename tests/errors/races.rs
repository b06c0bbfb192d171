//! Others who deploy at the same time.

use serde_json::json;

use super::case::Cloud;
use crate::support::wait_until;

#[test]
fn an_alias_that_splits_its_traffic() {
    let cloud = Cloud::deployed();
    cloud.deploy("two.zip").output().exited(0);
    cloud.proxy.reset();
    cloud.change_alias(&json!({
        "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } }
    }));
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 6
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: alias `live` of lambda `hello-staging` splits its traffic as somebody else made it: version 1, with 10 % to version 2
    hint: end that rollout first: `aws lambda update-alias --region eu-west-1 --function-name hello-staging --name live --function-version 1 --routing-config AdditionalVersionWeights={}` keeps version 1
    ");
    cloud.assert_nothing_written();
    insta::assert_snapshot!(cloud.run("status --env staging").output(), @"
    exit: 0
    ----- stdout
    ENV      FUNCTION  LAMBDA         ALIAS  VERSION  BACK TO  CODE      COMMIT  STATE
    staging  hello     hello-staging  live   1        1        [DIGEST]  -       10 % to version 2
    ----- stderr
    ");
}

#[test]
fn an_alias_that_somebody_moves_meanwhile() {
    let cloud = Cloud::deployed();
    cloud.proxy.fault("PublishVersion", "hold");
    let run = cloud.deploy("two.zip").start();
    wait_until("the version", || (cloud.proxy.report().count("PublishVersion") > 0).then_some(()));
    cloud.change_alias(&json!({ "FunctionVersion": "1", "Description": "pinned" }));
    cloud.proxy.reset();
    insta::assert_snapshot!(run.finish(), @"
    exit: 6
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1        [DIGEST]  [SIZE]  failed
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
       Uploading hello [SIZE]
      Publishing hello v2
        Shifting hello live v1 -> v2
        Finished staging in [DURATION]: 1 failed
    error: `hello`: failed to move alias `live` of lambda `hello-staging` to version 2
    caused by: PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id
    hint: another deployer was here at the same time; run the command again
    ");
    assert_eq!(
        (&cloud.alias()["FunctionVersion"], &cloud.alias()["Description"]),
        (&json!("1"), &json!("pinned"))
    );

    insta::assert_snapshot!(cloud.deploy("two.zip").output().exited(0).stdout, @"
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1 -> 2   [DIGEST]  [SIZE]  alias moved
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "2");
}

#[test]
fn an_update_that_is_under_way() {
    let cloud = Cloud::deployed();
    let fault = "error:409:ResourceConflictException:The operation cannot be performed at this time. An update is in \
                 progress for resource: hello-staging";
    cloud.proxy.fault_always("UpdateFunctionCode", fault);
    insta::assert_snapshot!(cloud.deploy("two.zip").output(), @"
    exit: 6
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1        [DIGEST]  [SIZE]  failed
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
       Uploading hello [SIZE]
        Finished staging in [DURATION]: 1 failed
    error: `hello`: failed to update the code of lambda `hello-staging`
    caused by: ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: hello-staging
    hint: another deployer was here at the same time; run the command again
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "1");
}

#[test]
fn a_rollback_without_a_deploy() {
    let cloud = Cloud::new();
    insta::assert_snapshot!(cloud.run("rollback --env staging").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE  SIZE  WHAT
    hello     hello-staging  -        -     -     failed
    ----- stderr
    error: `hello`: lambda `hello-staging` has no alias `live`
    hint: there is nothing to roll back before the first deploy
    ");
}

#[test]
fn a_rollback_without_a_past() {
    let cloud = Cloud::deployed();
    insta::assert_snapshot!(cloud.run("rollback --env staging").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE  SIZE  WHAT
    hello     hello-staging  -        -     -     failed
    ----- stderr
    error: `hello`: alias `live` of lambda `hello-staging` has served no other version that it knows of
    hint: say where to with --to-version or --to-commit
    ");
    insta::assert_snapshot!(cloud.run("rollback --env staging --to-version 7").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE  SIZE  WHAT
    hello     hello-staging  -        -     -     failed
    ----- stderr
    error: `hello`: lambda `hello-staging` has no version 7 to go back to
    hint: `cargo lambdaship history --env staging -f hello` shows the versions that there are
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "1");
}
