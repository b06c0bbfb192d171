//! One run of the line, in all regions of an environment.

use crate::error::Error;
use crate::interruption::Interruption;
use crate::ops::alarms::Alarms;
use crate::ops::plan::{Orders, Planned, plan};
use crate::ops::plan_file::Order;
use crate::ops::session::{Session, Target};
use crate::stamp::Git;

/// One run of the line, in all regions of an environment.
pub(super) struct Line<'a> {
    /// The verb.
    pub(super) command: &'static str,
    pub(super) target: &'a Target,
    pub(super) orders: &'a Orders,
    /// The plan that was reviewed, if only that is to be carried out.
    pub(super) review: Option<&'a Order<'a>>,
    pub(super) until: &'a Interruption,
}

impl Line<'_> {
    /// The plans of all regions. What is built for the first one is there for the others.
    ///
    /// # Errors
    /// What goes wrong first, and plans that are not the reviewed ones.
    pub(super) async fn plan<'s>(
        &self,
        sessions: &'s [Session],
        git: Option<&Git>,
        alarms: Alarms,
    ) -> Result<Vec<Vec<Planned<'s>>>, Error> {
        let mut all = Vec::new();
        for session in sessions {
            let planned = plan(session, self.orders, git, alarms).await?;
            if let Some(order) = self.review {
                order.is_same(&planned)?;
            }
            all.push(planned);
        }
        Ok(all)
    }
}
