//! The permissions that each request needs: what `docs/permissions.md` gives to whoever deploys.
//!
//! A request that is not in the list is refused in tests, so that no call is added without its permission.

/// Each operation, as the SDK names it behind its service, with the actions that IAM is asked for.
const NEEDED: &[(&str, &[&str])] = &[
    ("lambda.GetFunction", &["lambda:GetFunction", "lambda:ListTags"]),
    ("lambda.GetAlias", &["lambda:GetAlias"]),
    ("lambda.ListAliases", &["lambda:ListAliases"]),
    ("lambda.ListVersionsByFunction", &["lambda:ListVersionsByFunction"]),
    ("lambda.GetAccountSettings", &["lambda:GetAccountSettings"]),
    ("lambda.GetFunctionCodeSigningConfig", &["lambda:GetFunctionCodeSigningConfig"]),
    ("lambda.GetProvisionedConcurrencyConfig", &["lambda:GetProvisionedConcurrencyConfig"]),
    (
        "lambda.CreateFunction",
        &["lambda:CreateFunction", "lambda:TagResource", "lambda:GetLayerVersion", "iam:PassRole"],
    ),
    (
        "lambda.UpdateFunctionConfiguration",
        &["lambda:UpdateFunctionConfiguration", "lambda:GetLayerVersion", "iam:PassRole"],
    ),
    ("lambda.UpdateFunctionCode", &["lambda:UpdateFunctionCode"]),
    ("lambda.PublishVersion", &["lambda:PublishVersion"]),
    ("lambda.CreateAlias", &["lambda:CreateAlias"]),
    ("lambda.UpdateAlias", &["lambda:UpdateAlias"]),
    ("lambda.TagResource", &["lambda:TagResource"]),
    ("lambda.PutFunctionConcurrency", &["lambda:PutFunctionConcurrency"]),
    ("lambda.PutProvisionedConcurrencyConfig", &["lambda:PutProvisionedConcurrencyConfig"]),
    ("lambda.DeleteProvisionedConcurrencyConfig", &["lambda:DeleteProvisionedConcurrencyConfig"]),
    ("lambda.PutFunctionCodeSigningConfig", &["lambda:PutFunctionCodeSigningConfig"]),
    ("lambda.DeleteFunctionCodeSigningConfig", &["lambda:DeleteFunctionCodeSigningConfig"]),
    ("lambda.Invoke", &["lambda:InvokeFunction"]),
    ("lambda.DeleteFunction", &["lambda:DeleteFunction"]),
    ("iam.GetRole", &["iam:GetRole"]),
    ("iam.CreateRole", &["iam:CreateRole", "iam:TagRole"]),
    ("iam.ListAttachedRolePolicies", &["iam:ListAttachedRolePolicies"]),
    ("iam.AttachRolePolicy", &["iam:AttachRolePolicy"]),
    ("iam.DetachRolePolicy", &["iam:DetachRolePolicy"]),
    ("iam.DeleteRole", &["iam:DeleteRole"]),
    ("iam.PutRolePolicy", &["iam:PutRolePolicy"]),
    ("scheduler.CreateSchedule", &["scheduler:CreateSchedule", "iam:PassRole"]),
    ("scheduler.UpdateSchedule", &["scheduler:UpdateSchedule", "iam:PassRole"]),
    ("scheduler.DeleteSchedule", &["scheduler:DeleteSchedule"]),
    ("cloudwatch.GetMetricData", &["cloudwatch:GetMetricData"]),
    ("cloudwatch.DescribeAlarms", &["cloudwatch:DescribeAlarms"]),
    ("logs.DescribeLogGroups", &["logs:DescribeLogGroups"]),
    ("logs.CreateLogGroup", &["logs:CreateLogGroup"]),
    ("logs.PutRetentionPolicy", &["logs:PutRetentionPolicy"]),
    ("logs.FilterLogEvents", &["logs:FilterLogEvents"]),
    ("ssm.GetParameters", &["ssm:GetParameters"]),
    ("secretsmanager.GetSecretValue", &["secretsmanager:GetSecretValue"]),
    // Everybody may.
    ("sts.GetCallerIdentity", &[]),
    ("s3.HeadObject", &["s3:GetObject", "s3:ListBucket"]),
    ("s3.GetObject", &["s3:GetObject", "s3:ListBucket"]),
    ("s3.ListObjectsV2", &["s3:ListBucket"]),
    ("s3.PutObject", &["s3:PutObject"]),
    ("s3.DeleteObject", &["s3:DeleteObject"]),
    ("s3.CreateMultipartUpload", &["s3:PutObject"]),
    ("s3.UploadPart", &["s3:PutObject"]),
    ("s3.CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3.AbortMultipartUpload", &["s3:AbortMultipartUpload"]),
    ("s3.ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3.ListParts", &["s3:ListMultipartUploadParts"]),
];

/// Whether it is known what a request needs.
pub(super) fn are_known(service: &str, operation: &str) -> bool {
    let is_it = |name: &str| name.split_once('.') == Some((service, operation));
    NEEDED.iter().any(|(name, _)| is_it(name))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;

    const PAGE: &str = include_str!("../../../docs/permissions.md");

    /// What services ask IAM for in the name of who asks them, for settings that are stated.
    const IN_PASSING: [&str; 9] = [
        "s3:GetObjectVersion",
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:CreateGrant",
        "kms:GenerateDataKey",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "elasticfilesystem:DescribeMountTargets",
    ];

    /// The statements of each section's policies.
    fn policies() -> BTreeMap<String, Vec<Value>> {
        let mut policies = BTreeMap::new();
        for section in PAGE.split("\n## ").skip(1) {
            let heading = section.lines().next().unwrap().to_owned();
            let blocks = section.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
            let mut statements = Vec::new();
            for block in blocks {
                let policy: Value = serde_json::from_str(block).unwrap_or_else(|e| panic!("{heading}: {e}"));
                assert_eq!(policy["Version"], "2012-10-17", "{heading}");
                statements.extend(policy["Statement"].as_array().unwrap().iter().cloned());
            }
            policies.insert(heading, statements);
        }
        policies
    }

    /// One text or a list of them.
    fn list(value: &Value) -> Vec<String> {
        let texts = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        texts.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }

    fn actions(statements: &[Value]) -> BTreeSet<String> {
        statements.iter().flat_map(|statement| list(&statement["Action"])).collect()
    }

    #[test]
    fn the_page_allows_what_is_asked_for_and_nothing_else() {
        let policies = policies();
        let given: BTreeSet<String> = policies.values().flat_map(|statements| actions(statements)).collect();
        let needed = NEEDED.iter().flat_map(|(_, actions)| actions.iter());
        let needed: BTreeSet<String> = needed.chain(&IN_PASSING).map(|&action| action.to_owned()).collect();
        assert_eq!(given, needed);
    }

    #[test]
    fn a_policy_allows_actions_by_name_on_what_is_ours() {
        // What AWS does not let be narrowed.
        let anywhere = [
            "lambda:GetAccountSettings",
            "cloudwatch:GetMetricData",
            "cloudwatch:DescribeAlarms",
            "logs:DescribeLogGroups",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "elasticfilesystem:DescribeMountTargets",
        ];
        for (heading, statement) in
            policies().iter().flat_map(|(heading, all)| all.iter().map(move |one| (heading, one)))
        {
            let (actions, resources) = (list(&statement["Action"]), list(&statement["Resource"]));
            assert_eq!(statement["Effect"], "Allow", "{heading}");
            assert!(actions.iter().all(|action| !action.contains('*')), "{heading}: {actions:?}");
            let everywhere = resources.iter().any(|resource| resource == "*");
            let may = actions.iter().all(|action| anywhere.contains(&action.as_str()));
            assert!(!everywhere || may, "{heading}: {actions:?}");
            if actions.contains(&"lambda:DeleteFunction".to_owned()) {
                assert!(resources.iter().all(|resource| resource.ends_with(":*")), "{resources:?}: a lambda");
            }
            if actions.contains(&"iam:PassRole".to_owned()) {
                assert!(statement["Condition"]["StringEquals"]["iam:PassedToService"].is_string());
            }
        }
    }

    #[test]
    fn who_plans_only_reads() {
        let policies = policies();
        for action in actions(&policies["Plan and drift"]) {
            let verb = action.split_once(':').unwrap().1;
            assert!(["Get", "List", "Describe"].iter().any(|read| verb.starts_with(read)), "{action}");
        }
    }

    #[test]
    fn what_every_deploy_does_is_in_one_policy() {
        let policies = policies();
        let given = actions(&policies["Every deploy"]);
        let asked = [
            "GetFunction",
            "GetAlias",
            "ListVersionsByFunction",
            "CreateFunction",
            "PublishVersion",
            "CreateAlias",
            "UpdateAlias",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "TagResource",
        ];
        for operation in asked {
            let name = format!("lambda.{operation}");
            let (_, actions) = NEEDED.iter().find(|(known, _)| *known == name).unwrap();
            for action in actions.iter().filter(|action| **action != "lambda:GetLayerVersion") {
                assert!(given.contains(*action), "{action}");
            }
        }
        assert!(are_known("lambda", "GetFunction") && !are_known("lambda", "DeleteAlias"));
        assert!(!are_known("s3", "GetFunction"));
    }
}
