//! A lambda that is there: settings → wait → code → wait → publish, each fenced by the revision that was read after
//! the wait before it.

use super::role::Patience;
use super::wait::once_free;
use super::{Done, Error, Job, Parcel, Publisher, description};
use crate::aws;
use crate::model::{Configuration, Version, Versioned};
use crate::plan::{Action, Echo, Extra, echo};
use crate::report::size;

impl Publisher<'_> {
    /// Brings `$LATEST` to what the plan says, with those extras that belong to it, and publishes it.
    pub(super) async fn update(
        &self,
        job: &Job<'_>,
        extras: &[&Extra],
        done: &mut Done,
    ) -> Result<Version, Error> {
        let Action::Publish { latest, settings, upload } = &job.plan.action else {
            return Err(job.changed_meanwhile());
        };
        let before = &latest.settings;
        let mut latest = self.signed(job, extras, latest).await?;
        latest = self.configure(job, latest, settings, description(extras)).await?;
        if *upload {
            latest = self.upload(job, &latest, done).await?;
        }
        self.check(job, (before, settings), &latest)?;
        self.publish_latest(job, &latest).await
    }

    /// Refuses to publish what somebody else wrote between our writes. What Lambda merely spells otherwise is said.
    pub(super) fn check(
        &self,
        job: &Job<'_>,
        (before, wanted): (&Versioned, &Versioned),
        latest: &Configuration,
    ) -> Result<(), Error> {
        job.readable(latest)?;
        if latest.code_sha256 != job.desired.code {
            return Err(job.changed_meanwhile());
        }
        match echo(before, wanted, &latest.settings) {
            Echo::Same => Ok(()),
            Echo::Foreign => Err(job.changed_meanwhile()),
            Echo::Respelt(changes) => {
                for change in changes {
                    let (lambda, reported) = (job.lambda(), change.to.unwrap_or_default());
                    self.tools.console.warn(format_args!(
                        "Lambda reports `{}` of {lambda} as {reported}; write it so, or each deploy will set it again",
                        change.field
                    ));
                }
                Ok(())
            }
        }
    }

    /// Writes the code signing configuration. Whether that moves the fence is AWS's secret, so `$LATEST` is read again;
    /// nothing else of it may differ.
    async fn signed(
        &self,
        job: &Job<'_>,
        extras: &[&Extra],
        planned: &Configuration,
    ) -> Result<Configuration, Error> {
        let signing = |extra: &&Extra| matches!(extra, Extra::CodeSigning(_));
        let signing: Vec<&Extra> = extras.iter().copied().filter(signing).collect();
        if signing.is_empty() {
            return Ok(planned.clone());
        }
        self.write_extras(job, &signing).await?;
        let latest = self.tools.aws.lambda().settled(job.lambda()).await?;
        job.readable(&latest)?;
        if latest.code_sha256 != planned.code_sha256 || latest.settings != planned.settings {
            return Err(job.changed_meanwhile());
        }
        Ok(latest)
    }

    async fn configure(
        &self,
        job: &Job<'_>,
        latest: Configuration,
        settings: &Versioned,
        description: Option<&str>,
    ) -> Result<Configuration, Error> {
        // The architecture goes with the code.
        let wanted = Versioned { arch: latest.settings.arch, ..settings.clone() };
        if latest.settings == wanted && description.is_none() {
            return Ok(latest);
        }
        self.tools.console.status("Configuring", job.function());
        let (client, lambda) = (self.tools.aws.lambda(), job.lambda());
        let change = (&latest.settings, &wanted);
        let patience = if latest.settings.role == wanted.role { Patience::None } else { Patience::Stated };
        let call = async || client.update_settings(lambda, change, description, &latest.revision).await;
        let sent = patience.of(async || once_free(call).await).await;
        self.settle(job, sent, |live| {
            live.settings == wanted && description.is_none_or(|text| live.description == text)
        })
        .await
    }

    async fn upload(
        &self,
        job: &Job<'_>,
        latest: &Configuration,
        done: &mut Done,
    ) -> Result<Configuration, Error> {
        let load = job.load(self.tools).await?;
        let (code, arch, bytes) = (job.desired.code, job.desired.arch, load.code.content.in_request());
        match job.parcel {
            Parcel::Object(_) => {
                self.tools.console.status("Updating", format_args!("{} from the store", job.function()));
            }
            Parcel::File(_) | Parcel::None => {
                self.tools.console.status("Uploading", format_args!("{} {}", job.function(), size(job.size)));
            }
        }
        let _spinner = self.tools.console.progress("Uploading", job.function().as_str(), None);
        let client = self.tools.aws.lambda();
        let write = async || client.update_code(job.lambda(), &load.code, &latest.revision).await;
        let sent = once_free(write).await;
        // The next one has room for its zip while this one is waited for.
        drop(load);
        done.uploaded = bytes;
        let latest =
            self.settle(job, sent, |live| live.code_sha256 == code && live.settings.arch == arch).await?;
        job.is_what_lambda_took(&latest)?;
        Ok(latest)
    }

    /// Waits for a write to settle. One that failed was carried out all the same when `is_done` says so of what is
    /// there: its answer was lost, and its repetition refused.
    async fn settle(
        &self,
        job: &Job<'_>,
        sent: Result<(), aws::Error>,
        is_done: impl Fn(&Configuration) -> bool,
    ) -> Result<Configuration, Error> {
        let (client, lambda) = (self.tools.aws.lambda(), job.lambda());
        if let Err(error) = sent {
            match client.function(lambda, None).await {
                Ok(Some(live)) if is_done(&live.configuration) => {}
                _ => return Err(error.into()),
            }
        }
        Ok(client.settled(lambda).await?)
    }
}
