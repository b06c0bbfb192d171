//! Roles that this tool creates when none is stated: a new lambda's execution role, and the one that a schedule takes an
//! alias back with.

use jiff::Timestamp;
use serde_json::json;

use super::{Error, Kind};
use crate::model::{AccountId, LambdaName};

/// IAM.
#[derive(Debug, Clone)]
pub struct Iam(aws_sdk_iam::Client);

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRole {
    /// Its ARN.
    pub arn: String,
    /// When it was created, when IAM says so.
    pub created: Option<Timestamp>,
}

/// A role to create.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// Its name.
    pub name: &'a str,
    /// The lambda that it is for.
    pub lambda: &'a LambdaName,
    /// Who may assume it.
    pub trusted: Trusted<'a>,
}

/// The service that may assume a role; nobody else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted<'a> {
    /// Lambda: an execution role.
    Lambda,
    /// `EventBridge` Scheduler, for schedules of this account only: without that, a schedule in anybody's account could
    /// name the role.
    Scheduler(&'a AccountId),
}

impl Iam {
    pub(super) fn new(client: aws_sdk_iam::Client) -> Self {
        Self(client)
    }

    /// The role `name`, or `None` when there is none.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn role(&self, name: &str) -> Result<Option<LiveRole>, Error> {
        match self.0.get_role().role_name(name).send().await {
            Ok(answer) => Ok(answer.role.as_ref().map(live)),
            Err(error) => match Error::sdk(format!("read role `{name}`"), &error) {
                error if error.kind() == Kind::NotFound => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Creates a role, tagged as ours, without any permission yet.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn create_role(&self, new: NewRole<'_>) -> Result<LiveRole, Error> {
        let action = || format!("create role `{}`", new.name);
        let tag = aws_sdk_iam::types::Tag::builder().key("lambdaship").value(new.lambda.as_str()).build();
        let tag = tag.map_err(|error| Error::new(Kind::Unexpected, action(), error.to_string()))?;
        let request =
            self.0.create_role().role_name(new.name).assume_role_policy_document(trust(new.trusted));
        let answer = request.description(description(new)).tags(tag).send().await;
        let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
        let role = answer.role.as_ref().map(live);
        role.ok_or_else(|| Error::new(Kind::Unexpected, action(), "the answer holds no role"))
    }

    /// Gives the role `name` the inline policy `policy`, instead of an earlier one of that name.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn put_policy(&self, name: &str, policy: &str, document: &str) -> Result<(), Error> {
        let request = self.0.put_role_policy().role_name(name).policy_name(policy).policy_document(document);
        let action = || format!("put policy `{policy}` on role `{name}`");
        request.send().await.map(drop).map_err(|error| Error::sdk(action(), &error))
    }

    /// Whether the role `name` has the policy with which it may write its log.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn may_log(&self, name: &str, partition: &str) -> Result<bool, Error> {
        let logging = logging_policy(partition);
        let mut pages = self.0.list_attached_role_policies().role_name(name).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| Error::sdk(format!("read the policies of role `{name}`"), &error))?;
            if page.attached_policies().iter().any(|policy| policy.policy_arn() == Some(logging.as_str())) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Allows the role to write its log, and nothing else. Doing it twice changes nothing.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn allow_logging(&self, name: &str, partition: &str) -> Result<(), Error> {
        let request = self.0.attach_role_policy().role_name(name).policy_arn(logging_policy(partition));
        let action = || format!("attach the logging policy to role `{name}`");
        request.send().await.map(drop).map_err(|error| Error::sdk(action(), &error))
    }

    /// Takes the role `name` away again.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn delete_role(&self, name: &str, partition: &str) -> Result<(), Error> {
        let action = || format!("delete role `{name}`");
        let detached = self.0.detach_role_policy().role_name(name).policy_arn(logging_policy(partition));
        match detached.send().await.map_err(|error| Error::sdk(action(), &error)) {
            Err(error) if error.kind() != Kind::NotFound => return Err(error),
            _ => {}
        }
        self.0
            .delete_role()
            .role_name(name)
            .send()
            .await
            .map(drop)
            .map_err(|error| Error::sdk(action(), &error))
    }
}

/// The trust policy.
fn trust(trusted: Trusted<'_>) -> String {
    let statement = match trusted {
        Trusted::Lambda => json!({
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }),
        Trusted::Scheduler(account) => json!({
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }),
    };
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn description(new: NewRole<'_>) -> String {
    let NewRole { lambda, trusted, .. } = new;
    match trusted {
        Trusted::Lambda => format!("Execution role of the lambda {lambda}, made by cargo lambdaship"),
        Trusted::Scheduler(_) => {
            format!("Takes aliases of the lambda {lambda} back on schedule, made by cargo lambdaship")
        }
    }
}

fn logging_policy(partition: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
}

fn live(role: &aws_sdk_iam::types::Role) -> LiveRole {
    let created = role.create_date();
    LiveRole { arn: role.arn().to_owned(), created: Timestamp::from_second(created.secs()).ok() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn one_service_may_assume_a_role() {
        let account = AccountId::new("111111111111").unwrap();
        let table = [
            (Trusted::Lambda, "lambda.amazonaws.com", Value::Null),
            (
                Trusted::Scheduler(&account),
                "scheduler.amazonaws.com",
                json!({"StringEquals": {"aws:SourceAccount": "111111111111"}}),
            ),
        ];
        for (trusted, service, condition) in table {
            let policy: Value = serde_json::from_str(&trust(trusted)).unwrap();
            let [statement] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
            assert_eq!(statement["Principal"], json!({"Service": service}));
            assert_eq!(statement.get("Condition").cloned().unwrap_or_default(), condition);
        }
    }
}
