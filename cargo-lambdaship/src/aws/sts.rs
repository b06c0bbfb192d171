//! Who the credentials belong to.

use super::{Aws, Error, Kind};
use crate::model::AccountId;

/// The identity behind the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account that every write goes to.
    pub account: AccountId,
    /// ARN of the user or the assumed role.
    pub arn: String,
}

impl Caller {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).filter(|partition| !partition.is_empty()).unwrap_or("aws")
    }

    /// The name of the user or of the role's session: the last part of the ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        self.arn.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// The ARN of the role `name` (with its path) in the caller's account.
    #[must_use]
    pub fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{}", self.partition(), self.account, name.trim_start_matches('/'))
    }
}

impl Aws {
    /// Asks STS who the credentials belong to.
    ///
    /// # Errors
    /// When the credentials are refused, or the answer names no account.
    pub async fn caller(&self) -> Result<Caller, Error> {
        const ACTION: &str = "identify the AWS credentials";
        let answer =
            self.sts().get_caller_identity().send().await.map_err(|error| Error::sdk(ACTION, &error))?;
        let account = AccountId::new(answer.account().unwrap_or_default())
            .map_err(|invalid| Error::new(Kind::Unexpected, ACTION, invalid.to_string()))?;
        Ok(Caller { account, arn: answer.arn().unwrap_or_default().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_in_the_callers_own_partition() {
        let caller = Caller {
            account: AccountId::new("111111111111").unwrap(),
            arn: "arn:aws-cn:sts::111111111111:assumed-role/deploy/me".to_owned(),
        };
        assert_eq!(caller.role_arn("/team/hello"), "arn:aws-cn:iam::111111111111:role/team/hello");
        assert_eq!(caller.name(), "me");
    }
}
