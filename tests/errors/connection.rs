//! AWS that cannot be reached, does not answer, or answers with a refusal.

use super::case::{Case, Cloud};

#[test]
fn no_region() {
    let case = Case::configured("[env.staging]\n");
    let run = case.run("deploy --env staging").env("AWS_ACCESS_KEY_ID", "a");
    insta::assert_snapshot!(run.env("AWS_SECRET_ACCESS_KEY", "b").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to connect to AWS
    caused by: no region is configured
    hint: set `region` in the environment's section of lambdaship.toml, or pass --region, or set AWS_REGION
    ");
}

#[test]
fn no_credentials() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\n");
    insta::assert_snapshot!(case.run("deploy --env staging").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to connect to AWS
    caused by: no credentials were found
    hint: sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    ");
}

#[test]
fn a_profile_that_is_not_there() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\naws-profile = \"acme\"\n");
    insta::assert_snapshot!(case.run("deploy --env staging").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to connect to AWS with profile `acme`
    caused by: the AWS configuration files have no profile `acme`, or no credentials for it
    hint: sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
    ");
}

#[test]
fn expired_credentials() {
    let cloud = Cloud::new();
    let fault = "error:403:ExpiredToken:The security token included in the request is expired";
    cloud.proxy.fault_always("GetCallerIdentity", fault);
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: ExpiredToken: The security token included in the request is expired
    hint: sign in again (`aws sso login`), or replace the expired or mistyped keys
    ");
    cloud.assert_nothing_written();
}

#[test]
fn credentials_that_expire_on_the_way() {
    let cloud = Cloud::new();
    let fault = "error:403:ExpiredTokenException:The security token included in the request is expired";
    cloud.proxy.fault_always("PublishVersion", fault);
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE  SIZE  WHAT
    hello     hello-staging  -        -     -     failed
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
        Creating role lambdaship-hello-staging for hello-staging
        Creating hello as hello-staging, [SIZE]
        Finished staging in [DURATION]: 1 failed
    error: `hello`: failed to publish a version of lambda `hello-staging`
    caused by: ExpiredTokenException: The security token included in the request is expired
    hint: sign in again (`aws sso login`), or replace the expired or mistyped keys
    ");
    cloud.proxy.reset();
    insta::assert_snapshot!(cloud.deploy("one.zip").output().exited(0).stdout, @"
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1        [DIGEST]  [SIZE]  updated
    ");
}

#[test]
fn the_wrong_account() {
    let cloud = Cloud::new();
    cloud.case.fixture.configure("[env.staging]\nregion = \"eu-west-1\"\naccount = \"111111111111\"\n");
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: the credentials belong to account 000000000000, and `staging` is account 111111111111
    hint: sign in to account 111111111111, or choose its profile with `aws-profile` or AWS_PROFILE
    ");
    assert_eq!(cloud.proxy.report().order(), ["sts.GetCallerIdentity"]);
}

#[test]
fn a_permission_that_is_missing() {
    let cloud = Cloud::new();
    let fault = "error:403:AccessDeniedException:User: arn:aws:iam::000000000000:user/ci is not authorized to \
                 perform: lambda:CreateFunction on resource: hello-staging";
    cloud.proxy.fault_always("CreateFunction", fault);
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE  SIZE  WHAT
    hello     hello-staging  -        -     -     failed
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
        Creating role lambdaship-hello-staging for hello-staging
        Creating hello as hello-staging, [SIZE]
        Finished staging in [DURATION]: 1 failed
    error: `hello`: failed to create lambda `hello-staging`
    caused by: AccessDeniedException: User: arn:aws:iam::000000000000:user/ci is not authorized to perform: lambda:CreateFunction on resource: hello-staging
    hint: allow the action that AWS names to the identity that deploys: docs/permissions.md has all of them
    ");
    assert_eq!(cloud.proxy.report().count("DeleteRole"), 1, "the role is left behind");
    cloud.proxy.reset();
    let end = cloud.deploy("one.zip").output().exited(0);
    assert!(end.stdout.contains("hello-staging  1"), "{end}");
}

#[test]
fn a_server_that_always_fails() {
    let cloud = Cloud::deployed();
    cloud.proxy.fault_always("UpdateFunctionCode", "status:500");
    insta::assert_snapshot!(cloud.deploy("two.zip").output(), @"
    exit: 1
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1        [DIGEST]  [SIZE]  failed
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
       Uploading hello [SIZE]
        Finished staging in [DURATION]: 1 failed
    error: `hello`: failed to update the code of lambda `hello-staging`
    caused by: ServiceException: injected by the test
    hint: the server failed on its side; run the command again: it goes on where this run stopped
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "1");
    assert_eq!(cloud.proxy.report().count("UpdateFunctionCode"), 3);
    cloud.proxy.reset();
    cloud.deploy("two.zip").output().exited(0);
    assert_eq!(cloud.alias()["FunctionVersion"], "2");
}

/// The answer to a publication is lost, and its repetition refused: what was published is found, and served.
#[test]
fn an_answer_that_is_lost() {
    let cloud = Cloud::deployed();
    cloud.proxy.fault("PublishVersion", "drop-after");
    insta::assert_snapshot!(cloud.deploy("two.zip").output(), @"
    exit: 0
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1 -> 2   [DIGEST]  [SIZE]  code
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
       Uploading hello [SIZE]
      Publishing hello v2
        Shifting hello live v1 -> v2
        Finished staging in [DURATION]: 1 updated
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "2");
}

#[test]
fn a_server_that_hangs() {
    let cloud = Cloud::new();
    cloud.proxy.fault_always("GetCallerIdentity", "hang");
    insta::assert_snapshot!(cloud.deploy("one.zip").args(&["--read-timeout", "1"]).output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: no answer in time
    hint: check the network, or raise --read-timeout; what was not done is done by the next run
    ");
}

#[test]
fn nobody_listens() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\n");
    // A port that nobody is given: one that was free a moment ago can be somebody's.
    let run = case.run("deploy --env staging").aws("http://127.0.0.1:1", "111111111111");
    insta::assert_snapshot!(run.output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: Connection refused (os error 111)
    hint: check the network, the region and the endpoint (--endpoint-url, AWS_ENDPOINT_URL)
    ");
}

#[test]
fn an_endpoint_that_is_no_url() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\n");
    insta::assert_snapshot!(case.run("deploy --env staging").aws("localhost", "111111111111").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: failed to identify the AWS credentials
    caused by: endpoint must contain scheme
    hint: check the network, the region and the endpoint (--endpoint-url, AWS_ENDPOINT_URL)
    ");
}

#[test]
fn a_storm_that_ends() {
    let cloud = Cloud::new();
    for operation in ["GetFunction", "CreateFunction", "PublishVersion", "CreateAlias"] {
        cloud.proxy.fault(operation, "throttle");
    }
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 0
    ----- stdout
    FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
    hello     hello-staging  1        [DIGEST]  [SIZE]  created
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
        Creating role lambdaship-hello-staging for hello-staging
        Creating hello as hello-staging, [SIZE]
      Publishing hello v1
        Shifting hello live v1
        Finished staging in [DURATION]: 1 created
    ");
    assert_eq!(cloud.alias()["FunctionVersion"], "1");
}

#[test]
fn a_storm_that_does_not() {
    let cloud = Cloud::new();
    cloud.proxy.fault_always("GetFunction", "throttle");
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: failed to read lambda `hello-staging`
    caused by: TooManyRequestsException: Rate exceeded
    hint: the account's request rate is used up; run the command again in a minute
    ");
}
