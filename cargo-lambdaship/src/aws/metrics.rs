//! `CloudWatch`: what it counted of an alias' versions, and alarms.
//!
//! In: an alias, two versions, a span of time. Out: a row for each minute in which a version was called. An answer that
//! is not whole is an error: what is missing in it must not look like silence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmType, Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StateValue,
    StatusCode,
};
use jiff::Timestamp;

use super::{Error, Kind};
use crate::model::{AliasName, LambdaName, Minute, Version};

/// The most names that one `DescribeAlarms` takes, and the most alarms that it answers.
const BATCH: usize = 100;
/// The length of a period, in seconds.
const PERIOD: i32 = 60;

/// `CloudWatch`'s metrics and alarms.
#[derive(Debug, Clone)]
pub struct Metrics(aws_sdk_cloudwatch::Client);

/// An alarm as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AlarmState,
}

/// The alarms of one read, as they were answered.
#[derive(Debug, Clone, Default)]
pub struct Alarms(BTreeMap<String, Option<StateValue>>);

impl Alarms {
    /// Those of `names`, in their order.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is no alarm of a name, which the error states.
    pub fn named(&self, names: &[String]) -> Result<Vec<Alarm>, Error> {
        names.iter().map(|name| alarm(name, self.0.get(name))).collect()
    }
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Red.
    Alarm,
    /// It has nothing to judge by.
    InsufficientData,
}

/// What is asked of each version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Invocations,
    Errors,
    Throttles,
    Duration,
}

impl Measure {
    const ALL: [Self; 4] = [Self::Invocations, Self::Errors, Self::Throttles, Self::Duration];

    /// Lambda's name of the metric, and the statistic of it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Invocations => ("Invocations", "Sum"),
            Self::Errors => ("Errors", "Sum"),
            Self::Throttles => ("Throttles", "Sum"),
            Self::Duration => ("Duration", "p95"),
        }
    }
}

impl Metrics {
    pub(super) fn new(client: aws_sdk_cloudwatch::Client) -> Self {
        Self(client)
    }

    /// What two versions did behind an alias, for each minute from the one that `span` begins in to the one that it ends
    /// in; a minute in which nothing happened, or of which `CloudWatch` does not know yet, is not among them.
    ///
    /// # Errors
    /// When a request fails, or the answer is not whole.
    pub async fn minutes(
        &self,
        lambda: &LambdaName,
        alias: &AliasName,
        versions: [Version; 2],
        span: Range<Timestamp>,
    ) -> Result<[Vec<Minute>; 2], Error> {
        let action = || format!("read the metrics of alias `{alias}` of lambda `{lambda}`");
        let from = span.start.as_second() - span.start.as_second().rem_euclid(i64::from(PERIOD));
        // AWS refuses a span of no length, and the end is no part of it.
        let to = span.end.as_second().max(from) + 1;
        let request = self.0.get_metric_data().scan_by(ScanBy::TimestampAscending);
        let request = request.start_time(DateTime::from_secs(from)).end_time(DateTime::from_secs(to));
        let queries = queries(lambda, alias, versions);
        let mut pages = request.set_metric_data_queries(Some(queries)).into_paginator().send();
        let mut series = Series::default();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::sdk(action(), &error))?;
            series.add(page).map_err(|cause| Error::new(Kind::Unexpected, action(), cause))?;
        }
        series.minutes().map_err(|(kind, cause)| Error::new(kind, action(), cause))
    }

    /// Alarms by name, metric and composite ones. A name that no alarm has is not missed before it is asked for.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn alarms(&self, names: &[String]) -> Result<Alarms, Error> {
        self.states(names).await.map(Alarms)
    }

    /// Those of `names` that no alarm has.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn missing(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let states = self.states(names).await?;
        Ok(names.iter().filter(|name| !states.contains_key(*name)).cloned().collect())
    }

    /// The states of the alarms that there are, by name.
    async fn states(&self, names: &[String]) -> Result<BTreeMap<String, Option<StateValue>>, Error> {
        let mut states = BTreeMap::new();
        for names in names.chunks(BATCH) {
            let request = self.0.describe_alarms().set_alarm_names(Some(names.to_vec()));
            let request = request.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
            let mut pages = request.max_records(100).into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Error::sdk(alarm_action(names), &error))?;
                let metric =
                    page.metric_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_value()));
                let composite =
                    page.composite_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_value()));
                for (name, state) in metric.chain(composite) {
                    states.insert(name.unwrap_or_default().to_owned(), state.cloned());
                }
            }
        }
        Ok(states)
    }
}

fn alarm_action(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("read the alarms {}", names.join(", "))
}

/// One alarm, from the answer's word for it.
fn alarm(name: &str, answered: Option<&Option<StateValue>>) -> Result<Alarm, Error> {
    let failed = |kind, cause: &str| Error::new(kind, format!("read the alarm `{name}`"), cause);
    let state = answered.ok_or_else(|| failed(Kind::NotFound, "there is no alarm of this name"))?;
    let state = match state {
        Some(StateValue::Ok) => AlarmState::Ok,
        Some(StateValue::Alarm) => AlarmState::Alarm,
        Some(StateValue::InsufficientData) => AlarmState::InsufficientData,
        // An unknown state is no sign of health.
        Some(other) => return Err(failed(Kind::Unexpected, &format!("its state is `{other}`"))),
        None => return Err(failed(Kind::Unexpected, "the answer does not hold its state")),
    };
    Ok(Alarm { name: name.to_owned(), state })
}

/// A query for each measure of each version.
fn queries(lambda: &LambdaName, alias: &AliasName, versions: [Version; 2]) -> Vec<MetricDataQuery> {
    let resource = format!("{lambda}:{alias}");
    let query = |(index, version): (usize, Version), measure: Measure| {
        let dimensions = [
            ("FunctionName", lambda.to_string()),
            ("Resource", resource.clone()),
            ("ExecutedVersion", version.to_string()),
        ];
        let dimensions = dimensions.map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let (name, statistic) = measure.words();
        let metric = Metric::builder().namespace("AWS/Lambda").metric_name(name);
        let metric = metric.set_dimensions(Some(dimensions.to_vec())).build();
        let statistic = MetricStat::builder().metric(metric).period(PERIOD).stat(statistic).build();
        MetricDataQuery::builder().id(id(index, measure)).metric_stat(statistic).build()
    };
    let versions = versions.into_iter().enumerate();
    versions.flat_map(|version| Measure::ALL.map(|measure| query(version, measure))).collect()
}

/// The id of a query: `v0_errors`.
fn id(index: usize, measure: Measure) -> String {
    format!("v{index}_{}", measure.words().0.to_ascii_lowercase())
}

/// Time series, put together from the pages of an answer.
#[derive(Debug, Default)]
struct Series(BTreeMap<String, Collected>);

/// One series.
#[derive(Debug, Default)]
struct Collected {
    /// By the second that the period begins with.
    values: BTreeMap<i64, f64>,
    /// As the last page that it was in said.
    status: Option<StatusCode>,
}

impl Series {
    /// Takes in a page. A series goes on in the next one when this one says `PartialData`.
    fn add(&mut self, page: GetMetricDataOutput) -> Result<(), String> {
        if let Some(message) = page.messages().first() {
            return Err(format!(
                "{}: {}",
                message.code().unwrap_or("message"),
                message.value().unwrap_or_default()
            ));
        }
        for result in page.metric_data_results.unwrap_or_default() {
            let collected = self.0.entry(result.id().unwrap_or_default().to_owned()).or_default();
            let values = result.timestamps().iter().map(DateTime::secs).zip(result.values().iter().copied());
            collected.values.extend(values);
            collected.status = status(&result);
        }
        Ok(())
    }

    /// The minutes of both versions, oldest first, if all of the series are whole.
    fn minutes(mut self) -> Result<[Vec<Minute>; 2], (Kind, String)> {
        Ok([self.minutes_of(0)?, self.minutes_of(1)?])
    }

    fn minutes_of(&mut self, index: usize) -> Result<Vec<Minute>, (Kind, String)> {
        let [invocations, errors, throttles, p95] = Measure::ALL.map(|measure| self.whole(index, measure));
        let (invocations, errors, throttles, p95) = (invocations?, errors?, throttles?, p95?);
        let starts = [&invocations, &errors, &throttles, &p95].into_iter().flat_map(BTreeMap::keys).copied();
        let starts: BTreeSet<i64> = starts.collect();
        let minute = |second: i64| {
            let sum = |of: &BTreeMap<i64, f64>| of.get(&second).copied().map_or(0, count);
            Some(Minute {
                start: Timestamp::from_second(second).ok()?,
                invocations: sum(&invocations),
                errors: sum(&errors),
                throttles: sum(&throttles),
                p95: p95.get(&second).copied().filter(|p95| p95.is_finite()),
            })
        };
        Ok(starts.into_iter().filter_map(minute).collect())
    }

    /// The values of one series, if it is whole.
    fn whole(&mut self, index: usize, measure: Measure) -> Result<BTreeMap<i64, f64>, (Kind, String)> {
        let (id, metric) = (id(index, measure), measure.words().0);
        let Some(collected) = self.0.remove(&id) else {
            return Err((Kind::Unexpected, format!("the answer does not hold {metric}")));
        };
        match collected.status {
            // Emulators leave it out.
            None | Some(StatusCode::Complete) => Ok(collected.values),
            Some(StatusCode::Forbidden) => {
                Err((Kind::AccessDenied, format!("{metric} may not be read (Forbidden)")))
            }
            Some(other) => Err((Kind::Server, format!("{metric} is not whole ({other})"))),
        }
    }
}

/// How whole a result is. One with a message is not, whatever else it says.
fn status(result: &MetricDataResult) -> Option<StatusCode> {
    match (result.status_code(), result.messages()) {
        (None | Some(StatusCode::Complete), [_, ..]) => Some(StatusCode::InternalError),
        (status, _) => status.cloned(),
    }
}

/// A sum of counts is a whole number of at least 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of f64 saturates")]
fn count(sum: f64) -> u64 {
    sum.round() as u64
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::types::MessageData;

    use super::*;

    /// A page that has the given values of `v0_invocations`, and all other series empty and whole.
    fn page(status: &StatusCode, values: &[(i64, f64)]) -> GetMetricDataOutput {
        let ids = [0, 1].into_iter().flat_map(|index| Measure::ALL.map(|measure| id(index, measure)));
        let result = |id: String| {
            let (status, values) = if id == "v0_invocations" {
                (status.clone(), values)
            } else {
                (StatusCode::Complete, &[][..])
            };
            let times = values.iter().map(|(second, _)| DateTime::from_secs(*second)).collect();
            let values = values.iter().map(|(_, value)| *value).collect();
            let result = MetricDataResult::builder().id(id).status_code(status);
            result.set_timestamps(Some(times)).set_values(Some(values)).build()
        };
        GetMetricDataOutput::builder().set_metric_data_results(Some(ids.map(result).collect())).build()
    }

    fn read(pages: Vec<GetMetricDataOutput>) -> Result<[Vec<Minute>; 2], (Kind, String)> {
        let mut series = Series::default();
        for page in pages {
            series.add(page).map_err(|cause| (Kind::Unexpected, cause))?;
        }
        series.minutes()
    }

    #[test]
    fn each_measure_of_each_version_is_one_query() {
        let (lambda, alias) = (LambdaName::new("hello-staging").unwrap(), AliasName::new("live").unwrap());
        let queries = queries(&lambda, &alias, [Version(7), Version(8)]);
        let words: Vec<String> = queries
            .iter()
            .map(|query| {
                let stat = query.metric_stat().unwrap();
                let metric = stat.metric().unwrap();
                let dimensions: Vec<String> = metric
                    .dimensions()
                    .iter()
                    .map(|dimension| format!("{}={}", dimension.name().unwrap(), dimension.value().unwrap()))
                    .collect();
                let (id, name) = (query.id().unwrap(), metric.metric_name().unwrap());
                assert_eq!((metric.namespace(), stat.period()), (Some("AWS/Lambda"), Some(60)));
                format!("{id} {name} {} {}", stat.stat().unwrap(), dimensions.join(" "))
            })
            .collect();
        let of = |version| {
            format!("FunctionName=hello-staging Resource=hello-staging:live ExecutedVersion={version}")
        };
        assert_eq!(words.len(), 8);
        assert_eq!(words[0], format!("v0_invocations Invocations Sum {}", of(7)));
        assert_eq!(words[7], format!("v1_duration Duration p95 {}", of(8)));
    }

    #[test]
    fn series_become_minutes() {
        let series = |id: &str, values: &[(i64, f64)]| {
            let times = values.iter().map(|(second, _)| DateTime::from_secs(*second)).collect();
            let values = values.iter().map(|(_, value)| *value).collect();
            MetricDataResult::builder().id(id).set_timestamps(Some(times)).set_values(Some(values)).build()
        };
        let answered = [
            series("v0_invocations", &[(120, 5.0), (60, 3.0)]),
            series("v0_errors", &[(60, 1.0)]),
            series("v0_throttles", &[(180, 4.0)]),
            series("v0_duration", &[(60, 12.5), (120, f64::NAN)]),
            series("v1_invocations", &[]),
            series("v1_errors", &[]),
            series("v1_throttles", &[]),
            series("v1_duration", &[]),
        ];
        let page = GetMetricDataOutput::builder().set_metric_data_results(Some(answered.to_vec())).build();
        let minute = |second, invocations, errors, throttles, p95| Minute {
            start: Timestamp::from_second(second).unwrap(),
            invocations,
            errors,
            throttles,
            p95,
        };
        let expected =
            vec![minute(60, 3, 1, 0, Some(12.5)), minute(120, 5, 0, 0, None), minute(180, 0, 0, 4, None)];
        assert_eq!(read(vec![page]), Ok([expected, Vec::new()]));
    }

    #[test]
    fn a_series_may_go_on_in_the_next_page() {
        let pages =
            vec![page(&StatusCode::PartialData, &[(60, 1.0)]), page(&StatusCode::Complete, &[(120, 2.0)])];
        let [old, new] = read(pages).unwrap();
        assert_eq!(old.iter().map(|minute| minute.invocations).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(new, []);
    }

    #[test]
    fn an_answer_that_is_not_whole_is_no_silence() {
        let message = MessageData::builder().code("Limit").value("too many").build();
        let mut warned = page(&StatusCode::Complete, &[]);
        warned.messages = Some(vec![message.clone()]);
        let mut warned_of_one = page(&StatusCode::Complete, &[]);
        warned_of_one.metric_data_results.as_mut().unwrap()[0].messages = Some(vec![message]);
        let mut cut = page(&StatusCode::Complete, &[]);
        cut.metric_data_results.as_mut().unwrap().pop();
        let table = [
            (page(&StatusCode::PartialData, &[]), Kind::Server, "Invocations is not whole (PartialData)"),
            (page(&StatusCode::InternalError, &[]), Kind::Server, "Invocations is not whole (InternalError)"),
            (
                page(&StatusCode::Forbidden, &[]),
                Kind::AccessDenied,
                "Invocations may not be read (Forbidden)",
            ),
            (warned, Kind::Unexpected, "Limit: too many"),
            (warned_of_one, Kind::Server, "Invocations is not whole (InternalError)"),
            (cut, Kind::Unexpected, "the answer does not hold Duration"),
            (
                GetMetricDataOutput::builder().build(),
                Kind::Unexpected,
                "the answer does not hold Invocations",
            ),
        ];
        for (page, kind, cause) in table {
            assert_eq!(read(vec![page]), Err((kind, cause.to_owned())));
        }
    }

    #[test]
    fn an_alarm_that_is_not_there_is_named() {
        let table = [
            (Some(StateValue::Ok), AlarmState::Ok),
            (Some(StateValue::Alarm), AlarmState::Alarm),
            (Some(StateValue::InsufficientData), AlarmState::InsufficientData),
        ];
        for (answered, state) in table {
            assert_eq!(alarm("errors", Some(&answered)).unwrap(), Alarm { name: "errors".to_owned(), state });
        }
        let missing = alarm("errors", None).unwrap_err();
        assert_eq!(
            (missing.kind(), missing.to_string().as_str()),
            (Kind::NotFound, "failed to read the alarm `errors`")
        );
        for unknown in [None, Some(StateValue::from("PURPLE"))] {
            assert_eq!(alarm("errors", Some(&unknown)).unwrap_err().kind(), Kind::Unexpected);
        }
    }
}
