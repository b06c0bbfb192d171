//! Universal targets of Lambda: an operation of its API, and what it is called with.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::local::call::{Call, Inside};
use crate::local::fault::Fault;
use crate::local::lambda::{Reference, UpdateAlias};
use crate::local::server::Shared;
use crate::local::state::Schedule;

const UPDATE_ALIAS: &str = "arn:aws:scheduler:::aws-sdk:lambda:updateAlias";
const INVOKE: &str = "arn:aws:scheduler:::aws-sdk:lambda:invoke";

/// A call of Lambda's API.
#[derive(Debug, PartialEq)]
pub(crate) enum Target {
    /// `UpdateAlias`: the function, the alias, and the body.
    UpdateAlias {
        function: String,
        alias: String,
        body: Value,
    },
    Invoke(Invoke),
}

/// `Invoke`, without waiting for the answer.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Invoke {
    function_name: String,
    qualifier: Option<String>,
    invocation_type: String,
    payload: Option<String>,
}

impl Target {
    /// Reads the ARN and the input of a target. Members that the operation does not have are refused.
    pub(crate) fn read(arn: &str, input: Option<&str>) -> Result<Self, Fault> {
        if arn != UPDATE_ALIAS && arn != INVOKE {
            let message = format!(
                "the local AWS has the targets {UPDATE_ALIAS} and {INVOKE} only, and `{arn}` is neither"
            );
            return Err(Fault::validation(message));
        }
        let unreadable = |error| Fault::validation(format!("Input of {arn}: {error}"));
        let input: Map<String, Value> = serde_json::from_str(input.unwrap_or("{}")).map_err(unreadable)?;
        let target = if arn == INVOKE {
            Self::Invoke(serde_json::from_value(Value::Object(input)).map_err(unreadable)?)
        } else {
            Self::update_alias(input, unreadable)?
        };
        target.check()?;
        Ok(target)
    }

    fn update_alias(
        mut input: Map<String, Value>,
        unreadable: impl Fn(serde_json::Error) -> Fault,
    ) -> Result<Self, Fault> {
        let mut take = |member: &str| match input.remove(member) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(Fault::validation(format!("Input of {UPDATE_ALIAS}: {member} must be a text"))),
        };
        let (function, alias) = (take("FunctionName")?, take("Name")?);
        let body = Value::Object(input);
        UpdateAlias::deserialize(&body).map_err(unreadable)?;
        Ok(Self::UpdateAlias { function, alias, body })
    }

    fn check(&self) -> Result<(), Fault> {
        match self {
            Self::UpdateAlias { function, .. } => Reference::parse(function, None).map(drop),
            Self::Invoke(invoke) if invoke.invocation_type != "Event" => {
                Err(Fault::validation(format!("Input of {INVOKE}: InvocationType must be Event")))
            }
            Self::Invoke(invoke) => {
                Reference::parse(&invoke.function_name, invoke.qualifier.as_deref()).map(drop)
            }
        }
    }

    /// The request that a client would send.
    pub(crate) fn call(self, shared: &Arc<Shared>, schedule: &Schedule) -> Call {
        let mut inside = Inside { region: schedule.region.clone(), ..Inside::default() };
        match self {
            Self::UpdateAlias { function, alias, body } => {
                inside.path = BTreeMap::from([("name".to_owned(), function), ("alias".to_owned(), alias)]);
                inside.body = body.to_string().into_bytes();
            }
            Self::Invoke(invoke) => {
                inside.path = BTreeMap::from([("name".to_owned(), invoke.function_name)]);
                inside.query =
                    invoke.qualifier.map(|text| ("Qualifier".to_owned(), text)).into_iter().collect();
                inside.body = invoke.payload.unwrap_or_default().into_bytes();
                inside.headers = HeaderMap::from_iter([(
                    HeaderName::from_static("x-amz-invocation-type"),
                    HeaderValue::from_static("Event"),
                )]);
            }
        }
        Call::inside(shared, inside)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_input_has_the_members_of_its_operation_and_no_others() {
        let update =
            json!({ "FunctionName": "hello", "Name": "live", "RevisionId": "r", "FunctionVersion": "2" });
        let with = |member: &str, value: Value| {
            let mut changed = update.clone();
            changed[member] = value;
            changed
        };
        let invoke = |kind: &str| json!({ "FunctionName": "hello", "InvocationType": kind, "Payload": "{}" });
        for (arn, input, good) in [
            (UPDATE_ALIAS, update.clone(), true),
            (UPDATE_ALIAS, with("RoutingConfig", json!({ "AdditionalVersionWeights": { "2": 0.1 } })), true),
            (UPDATE_ALIAS, with("RoutingConfig", json!({ "additionalVersionWeights": {} })), false),
            (UPDATE_ALIAS, with("revisionId", json!("r")), false),
            (UPDATE_ALIAS, with("FunctionName", json!("a b")), false),
            (UPDATE_ALIAS, with("Name", json!(1)), false),
            (UPDATE_ALIAS, json!({ "FunctionName": "hello" }), false),
            (UPDATE_ALIAS, json!([]), false),
            (INVOKE, invoke("Event"), true),
            (INVOKE, invoke("RequestResponse"), false),
            (INVOKE, json!({ "FunctionName": "hello", "InvocationType": "Event", "LogType": "Tail" }), false),
            ("arn:aws:scheduler:::aws-sdk:lambda:deleteFunction", update.clone(), false),
            ("arn:aws:lambda:eu-west-1:000000000000:function:hello", update.clone(), false),
        ] {
            assert_eq!(Target::read(arn, Some(&input.to_string())).is_ok(), good, "{arn} {input}");
        }
        assert!(Target::read(UPDATE_ALIAS, None).is_err());
    }
}
