//! The dead-man switch: a one-time call of `EventBridge` Scheduler that gives the old version everything back when nobody
//! drives the rollout any more.
//!
//! It is fenced by the alias' revision, so that it does nothing to an alias that went on. Each step makes a new revision,
//! and so the call is renewed after each; what is left without one is the moment between those two requests.

use std::time::Duration;

use super::Course;
use super::driver::Driver;
use crate::aws::{self, Caller, NewRole, Recall, Trusted};
use crate::context;
use crate::model::{AliasName, LambdaName, Region, Role, cut};

/// How much later than the latest moment at which a driver goes on.
const MARGIN: Duration = Duration::from_mins(5);
/// Scheduler's limit for the name of a schedule, and IAM's for that of a role (their service models).
const LIMIT: usize = 64;
/// How long a new role is waited for.
const ROLE_WAIT: Duration = Duration::from_secs(90);
/// Between two tries.
const ROLE_PAUSE: Duration = Duration::from_secs(3);

impl Driver<'_> {
    /// Sees to it that the switch of a rollout that is about to begin can be armed.
    pub(super) async fn ready_to_arm(&self, course: &Course) -> Result<(), aws::Error> {
        let is_stated = self.function.rollout.dead_man_role.is_some();
        if course.under_way.dead_man && !is_stated { self.make_role().await } else { Ok(()) }
    }

    /// Arms the switch for the step that `course` is in, if the rollout has one.
    pub(super) async fn arm(&self, course: &Course) -> Result<(), aws::Error> {
        if !course.under_way.dead_man {
            return Ok(());
        }
        let role = self.role();
        let (function, target) = (self.function, course.taken_back());
        let (name, description) = (schedule(&function.lambda, &function.alias), target.state.to_string());
        let recall = Recall {
            name: &name,
            at: course.under_way.expected(&self.function.rollout, MARGIN),
            role: &role,
            partition: self.tools.caller.partition(),
            lambda: &function.lambda,
            alias: &function.alias,
            version: target.version,
            description: &description,
            revision: &course.live.revision,
        };
        let (begun, is_own) = (context::instant(), self.function.rollout.dead_man_role.is_none());
        loop {
            match self.tools.scheduler.arm(&recall).await {
                Ok(()) => return Ok(()),
                // IAM takes some seconds to spread a role.
                Err(error) if is_own && error.is_unassumable_role() && begun.elapsed() < ROLE_WAIT => {
                    tokio::time::sleep(ROLE_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the switch away. What is left of one that could not be taken away is refused by its fence.
    pub(super) async fn disarm(&self, course: &Course) {
        if !course.under_way.dead_man {
            return;
        }
        let name = schedule(&self.function.lambda, &self.function.alias);
        if let Err(error) = self.tools.scheduler.disarm(&name).await {
            self.tools.console.warn(format_args!(
                "schedule `{name}` is left behind ({}); it does nothing, since the alias moved on",
                error.cause()
            ));
        }
    }

    /// The role that Scheduler calls Lambda with: the configured one, or one of the lambda's own.
    fn role(&self) -> String {
        let caller = self.tools.caller;
        match &self.function.rollout.dead_man_role {
            Some(Role::Arn(arn)) => arn.clone(),
            Some(Role::Name(name)) => caller.role_arn(name),
            None => caller.role_arn(&own_role(&self.function.lambda)),
        }
    }

    /// Makes the lambda's own role when it is not there. Its policy is put each time: whoever made the role may have been
    /// killed before it had one.
    async fn make_role(&self) -> Result<(), aws::Error> {
        let (caller, lambda, iam) = (self.tools.caller, &self.function.lambda, self.tools.aws.iam());
        let name = own_role(lambda);
        let there = iam.role(&name).await?.is_some();
        if !there {
            self.tools.console.status("Creating", format_args!("role {name} for EventBridge Scheduler"));
            let trusted = Trusted::Scheduler(&caller.account);
            if let Err(error) = iam.create_role(NewRole { name: &name, lambda, trusted }).await {
                // An answer that was lost is a role that was made, and its repetition is refused.
                iam.role(&name).await?.ok_or(error)?;
            }
        }
        let policy = policy(caller, self.tools.aws.region(), lambda);
        match iam.put_policy(&name, &format!("move-aliases-{}", self.tools.aws.region()), &policy).await {
            // Then it is somebody else's business what the role may do.
            Err(error) if there && error.kind() == aws::Kind::AccessDenied => Ok(()),
            put => put,
        }
    }
}

/// The name of a lambda's own role for its switches.
fn own_role(lambda: &LambdaName) -> String {
    cut(format!("lambdaship-recall-{lambda}"), LIMIT)
}

/// Allows to move the aliases of one lambda, and nothing else.
fn policy(caller: &Caller, region: &Region, lambda: &LambdaName) -> String {
    let resource = format!("arn:{}:lambda:{region}:{}:function:{lambda}", caller.partition(), caller.account);
    let resources = [resource.clone(), format!("{resource}:*")];
    let statement =
        serde_json::json!({ "Effect": "Allow", "Action": "lambda:UpdateAlias", "Resource": resources });
    serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// One name for each alias.
fn schedule(lambda: &LambdaName, alias: &AliasName) -> String {
    cut(format!("lambdaship-{lambda}.{alias}"), LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;

    #[test]
    fn each_alias_has_one_schedule_within_the_limit() {
        let alias = AliasName::new("live").unwrap();
        let name = |lambda: &str| schedule(&LambdaName::new(lambda).unwrap(), &alias);
        assert_eq!(name("hello-prod"), "lambdaship-hello-prod.live");
        assert_eq!(name(&"x".repeat(64)).len(), 64);
    }

    #[test]
    fn scheduler_may_move_the_aliases_of_one_lambda() {
        let arn = "arn:aws-cn:sts::111111111111:assumed-role/deploy/me".to_owned();
        let caller = Caller { account: AccountId::new("111111111111").unwrap(), arn };
        let (region, lambda) = (Region::new("cn-north-1").unwrap(), LambdaName::new("hello").unwrap());
        let policy: serde_json::Value = serde_json::from_str(&policy(&caller, &region, &lambda)).unwrap();
        let function = "arn:aws-cn:lambda:cn-north-1:111111111111:function:hello";
        assert_eq!(
            policy["Statement"],
            serde_json::json!([{
                "Effect": "Allow",
                "Action": "lambda:UpdateAlias",
                "Resource": [function, format!("{function}:*")],
            }])
        );
    }
}
