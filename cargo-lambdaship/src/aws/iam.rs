//! The execution role that a new lambda gets when none is stated.

use jiff::Timestamp;

use super::{Error, Kind};

/// Lets the Lambda service, and nobody else, assume the role.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

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

    /// Creates the role `name` for the Lambda service, tagged as ours, without any permission yet.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn create_role(&self, name: &str, lambda: &str) -> Result<LiveRole, Error> {
        let action = || format!("create role `{name}`");
        let tag = aws_sdk_iam::types::Tag::builder().key("lambdaship").value(lambda).build();
        let tag = tag.map_err(|error| Error::new(Kind::Unexpected, action(), error.to_string()))?;
        let description = format!("Execution role of the lambda {lambda}, made by cargo lambdaship");
        let request = self.0.create_role().role_name(name).assume_role_policy_document(TRUST);
        let answer = request.description(description).tags(tag).send().await;
        let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
        let role = answer.role.as_ref().map(live);
        role.ok_or_else(|| Error::new(Kind::Unexpected, action(), "the answer holds no role"))
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

fn logging_policy(partition: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
}

fn live(role: &aws_sdk_iam::types::Role) -> LiveRole {
    let created = role.create_date();
    LiveRole { arn: role.arn().to_owned(), created: Timestamp::from_second(created.secs()).ok() }
}
