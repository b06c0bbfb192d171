//! The order of calls that the Runtime API allows to one process: a pure state machine.
//!
//! The texts and kinds of refusals are those of AWS' open-source runtime interface emulator.

/// Where a process stands in its conversation with the Runtime API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Phase {
    /// Initialising: it has not yet asked for an event.
    #[default]
    Starting,
    /// It waits for an event.
    Waiting,
    /// It works on the event with this request id.
    Working(String),
    /// It has answered the event with this request id, and not yet asked for the next.
    Answered(String),
    /// It has reported that it could not initialise.
    Failed,
}

/// A call that is not answered with what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request id is not that of the event in hand: 400.
    RequestId,
    /// The call does not fit the phase: 403.
    Order {
        /// The phase's name.
        from: &'static str,
        /// The name of the phase that the call would lead to.
        to: &'static str,
    },
}

impl Phase {
    /// `GET /runtime/invocation/next`; asking again while waiting is a retry.
    pub(super) fn ask(&mut self) -> Result<(), Refusal> {
        match self {
            Self::Starting | Self::Waiting | Self::Answered(_) => {
                *self = Self::Waiting;
                Ok(())
            }
            Self::Working(_) | Self::Failed => Err(self.refusal("Ready")),
        }
    }

    /// An event is handed over.
    pub(super) fn work(&mut self, request_id: &str) {
        *self = Self::Working(request_id.to_owned());
    }

    /// `POST …/{request_id}/response`, or `/error`: `to` names which.
    pub(super) fn answer(&mut self, request_id: &str, to: &'static str) -> Result<(), Refusal> {
        match self {
            Self::Working(id) if id == request_id => {
                *self = Self::Answered(request_id.to_owned());
                Ok(())
            }
            Self::Answered(id) if id == request_id => Err(self.refusal(to)),
            _ => Err(Refusal::RequestId),
        }
    }

    /// `POST /runtime/init/error`.
    pub(super) fn fail(&mut self) -> Result<(), Refusal> {
        if *self != Self::Starting {
            return Err(self.refusal("InitError"));
        }
        *self = Self::Failed;
        Ok(())
    }

    fn refusal(&self, to: &'static str) -> Refusal {
        let from = match self {
            Self::Starting => "Started",
            Self::Waiting => "Ready",
            Self::Working(_) => "Running",
            Self::Answered(_) => "ResponseSent",
            Self::Failed => "InitError",
        };
        Refusal::Order { from, to }
    }
}

impl Refusal {
    /// `errorType` and `errorMessage` of the refusal's body.
    pub(super) fn describe(self) -> (&'static str, String) {
        match self {
            Self::RequestId => ("InvalidRequestID", "Invalid request ID".to_owned()),
            Self::Order { from, to } => (
                "InvalidStateTransition",
                format!(
                    "State transition from {from} to {to} failed for runtime. \
                     Error: State transition is not allowed"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(name: &str) -> Phase {
        match name {
            "starting" => Phase::Starting,
            "waiting" => Phase::Waiting,
            "working" => Phase::Working("1".to_owned()),
            "answered" => Phase::Answered("1".to_owned()),
            _ => Phase::Failed,
        }
    }

    #[test]
    fn each_call_fits_some_phases_and_is_refused_in_the_others() {
        let order = |from, to| Err(Refusal::Order { from, to });
        for (from, asked, answered, failed) in [
            ("starting", Ok(()), Err(Refusal::RequestId), Ok(())),
            ("waiting", Ok(()), Err(Refusal::RequestId), order("Ready", "InitError")),
            ("working", order("Running", "Ready"), Ok(()), order("Running", "InitError")),
            ("answered", Ok(()), order("ResponseSent", "Response"), order("ResponseSent", "InitError")),
            ("failed", order("InitError", "Ready"), Err(Refusal::RequestId), order("InitError", "InitError")),
        ] {
            assert_eq!(phase(from).ask(), asked, "next while {from}");
            assert_eq!(phase(from).answer("1", "Response"), answered, "response while {from}");
            assert_eq!(phase(from).fail(), failed, "init/error while {from}");
        }
    }

    #[test]
    fn an_answer_to_another_event_is_refused() {
        assert_eq!(phase("working").answer("2", "Response"), Err(Refusal::RequestId));
        assert_eq!(phase("answered").answer("2", "Response"), Err(Refusal::RequestId));
    }

    #[test]
    fn a_process_lives_through_event_after_event() {
        let mut phase = Phase::default();
        for id in ["1", "2"] {
            assert_eq!(phase.ask(), Ok(()));
            phase.work(id);
            assert_eq!(phase.answer(id, "Response"), Ok(()));
            assert_eq!(phase, Phase::Answered(id.to_owned()));
        }
    }
}
