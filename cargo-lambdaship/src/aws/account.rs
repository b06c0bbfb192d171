//! What the account allows, and how much of it is used.

use aws_sdk_lambda::types::{AccountLimit, AccountUsage};

use super::{Error, Lambda};

/// Lambda's quotas of one account in one region, as `GetAccountSettings` says them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of code that are stored, all versions together.
    pub code_used: u64,
    /// Bytes of code that may be stored.
    pub code_limit: u64,
    /// Concurrent executions of all lambdas together.
    pub concurrency: u32,
    /// Those of them that no lambda has reserved.
    pub unreserved: u32,
}

impl Lambda {
    /// The account's quotas.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn quotas(&self) -> Result<Quotas, Error> {
        let answer = self.0.get_account_settings().send().await;
        let answer = answer.map_err(|error| Error::sdk("read the account's quotas", &error))?;
        let limit = answer.account_limit.unwrap_or_else(|| AccountLimit::builder().build());
        let usage = answer.account_usage.unwrap_or_else(|| AccountUsage::builder().build());
        let number = |number: i32| u32::try_from(number).unwrap_or_default();
        Ok(Quotas {
            code_used: u64::try_from(usage.total_code_size).unwrap_or_default(),
            code_limit: u64::try_from(limit.total_code_size).unwrap_or_default(),
            concurrency: number(limit.concurrent_executions),
            unreserved: number(limit.unreserved_concurrent_executions.unwrap_or_default()),
        })
    }
}
