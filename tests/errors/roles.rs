//! Execution roles that Lambda does not take: since they are new, or may not do what the function needs.

use super::case::Cloud;

const KEY: &str = "error:400:InvalidParameterValueException:Lambda was unable to configure access to your environment variables \
                   because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: \
                   InvalidArnException, KMS Message: ARN does not refer to a valid principal";
const POWERLESS: &str = "error:400:InvalidParameterValueException:The provided execution role does not have permissions to \
                         call PutTraceSegments on XRAY";
const ASSUMED: &str =
    "error:400:InvalidParameterValueException:The role defined for the function cannot be assumed by Lambda.";

#[test]
fn a_role_that_is_new_to_lambda_is_waited_for() {
    for (refusal, stated) in [(KEY, false), (POWERLESS, false), (ASSUMED, true)] {
        let cloud = Cloud::new();
        if stated {
            cloud.case.fixture.configure(
                "[function]\narch = \"x86_64\"\nrole = \"arn:aws:iam::111111111111:role/hello\"\n\n\
                 [env.staging]\nregion = \"eu-west-1\"\n",
            );
        }
        cloud.proxy.fault("CreateFunction", refusal);
        cloud.deploy("one.zip").output().exited(0);
        let report = cloud.proxy.report();
        assert_eq!(report.count("CreateFunction"), 2, "{refusal}");
        assert_eq!((report.count("CreateRole"), report.count("DeleteRole")), (usize::from(!stated), 0));
    }
}

#[test]
fn a_stated_role_that_changes_is_waited_for() {
    let cloud = Cloud::deployed();
    cloud.case.fixture.configure(
        "[function]\narch = \"x86_64\"\nrole = \"arn:aws:iam::111111111111:role/hello\"\n\n\
         [env.staging]\nregion = \"eu-west-1\"\n",
    );
    cloud.proxy.fault("UpdateFunctionConfiguration", ASSUMED);
    cloud.deploy("one.zip").output().exited(0);
    assert_eq!(cloud.proxy.report().count("UpdateFunctionConfiguration"), 2);
}

#[test]
fn what_a_stated_role_may_not_do_is_no_matter_of_time() {
    let cloud = Cloud::new();
    cloud.case.fixture.configure(
        "[function]\narch = \"x86_64\"\nrole = \"arn:aws:iam::111111111111:role/hello\"\n\n\
         [env.staging]\nregion = \"eu-west-1\"\n",
    );
    cloud.proxy.fault("CreateFunction", POWERLESS);
    cloud.deploy("one.zip").output().exited(1);
    assert_eq!(cloud.proxy.report().count("CreateFunction"), 1);
}

#[test]
fn a_new_function_that_needs_more_than_logs_states_its_role() {
    let cloud = Cloud::new();
    cloud.case.fixture.configure(
        "[function]\narch = \"x86_64\"\ntracing = \"active\"\n\n[env.staging]\nregion = \"eu-west-1\"\n",
    );
    insta::assert_snapshot!(cloud.deploy("one.zip").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` states `tracing` and no `role`, and Lambda refuses it with the role that would be created
    hint: state a `role` that has AWSXRayDaemonWriteAccess, and may write logs (AWSLambdaBasicExecutionRole)
    ");
    cloud.assert_nothing_written();
}
