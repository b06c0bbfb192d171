//! Writes that do not belong to a version.

use super::{Error, Job, Publisher};
use crate::plan::Extra;

impl Publisher<'_> {
    pub(super) async fn write_extras(&self, job: &Job<'_>, extras: &[&Extra]) -> Result<(), Error> {
        if !extras.is_empty() {
            self.tools.console.status("Setting", format_args!("{} {}", job.function(), fields(extras)));
        }
        for extra in extras {
            self.write_extra(job, extra).await?;
        }
        Ok(())
    }

    async fn write_extra(&self, job: &Job<'_>, extra: &Extra) -> Result<(), Error> {
        let (client, lambda) = (self.tools.aws.lambda(), job.lambda());
        match extra {
            Extra::Description(text) => {
                let latest = client.settled(lambda).await?;
                let same = &latest.settings;
                client.update_settings(lambda, (same, same), Some(text), &latest.revision).await?;
                client.settled(lambda).await?;
            }
            Extra::CodeSigning(arn) => client.sign(lambda, arn).await?,
            Extra::Tags(tags) => client.tag(&self.arn(job), tags).await?,
            Extra::ReservedConcurrency(executions) => client.reserve(lambda, *executions).await?,
            Extra::ProvisionedConcurrency(executions) => {
                client.provision(lambda, &job.desired.config.alias, *executions).await?;
            }
            Extra::Retention { group, days } => self.tools.aws.logs().set_retention(group, *days).await?,
        }
        Ok(())
    }

    fn arn(&self, job: &Job<'_>) -> String {
        let (partition, region) = (self.tools.caller.partition(), self.tools.aws.region());
        format!("arn:{partition}:lambda:{region}:{}:function:{}", self.tools.caller.account, job.lambda())
    }
}

fn fields(extras: &[&Extra]) -> String {
    extras.iter().map(|extra| extra.field()).collect::<Vec<_>>().join(", ")
}
