//! `GetMetricData`: values of metrics by period.

use serde::Deserialize;
use serde_json::{Value, json};

use super::book::{Book, Metric, Question};
use super::page::{self, Point, ScanBy};
use super::shapes::{self, Dimension, Epoch, invalid};
use super::statistic::Statistic;
use crate::local::fault::Fault;

/// The most queries of one call.
const MOST_QUERIES: usize = 500;
/// The most values of one answer.
const MOST_POINTS: usize = 100_800;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    metric_data_queries: Vec<QueryMembers>,
    start_time: Epoch,
    end_time: Epoch,
    next_token: Option<String>,
    scan_by: Option<ScanBy>,
    max_datapoints: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct QueryMembers {
    id: String,
    metric_stat: Option<StatMembers>,
    expression: Option<String>,
    label: Option<String>,
    return_data: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatMembers {
    metric: MetricMembers,
    period: i64,
    stat: String,
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricMembers {
    namespace: String,
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
}

/// A query that can be answered.
struct Query {
    id: String,
    label: String,
    metric: Metric,
    unit: Option<String>,
    period: i64,
    statistic: Statistic,
}

/// Answers out of `book`.
pub(crate) fn get(input: Value, book: &Book) -> Result<Value, Fault> {
    let request: Request = shapes::parse(input)?;
    let (from, to) = (request.start_time.0, request.end_time.0);
    if from >= to {
        return Err(Fault::validation("The parameter StartTime must be less than the parameter EndTime."));
    }
    let most = request.max_datapoints.unwrap_or(MOST_POINTS);
    if !(1..=MOST_POINTS).contains(&most) {
        return Err(invalid("MaxDatapoints", &most.to_string(), &format!("it must be 1 to {MOST_POINTS}")));
    }
    let queries = queries(request.metric_data_queries)?;
    // A second that has begun when the span ends belongs to it.
    let to = to.as_second() + i64::from(to.subsec_nanosecond() > 0);
    let points = queries.iter().enumerate();
    let points = points.flat_map(|(number, query)| query.points(number, book, (from.as_second(), to)));
    let scan = request.scan_by.unwrap_or_default();
    let page = page::cut(points.collect(), scan, most, request.next_token.as_deref())?;
    let results = queries.iter().enumerate().map(|(number, query)| {
        let points = || page.points.iter().filter(move |point| point.query == number);
        let more = page.rest.iter().any(|point| point.query == number);
        json!({
            "Id": query.id,
            "Label": query.label,
            "Timestamps": points().map(|point| point.at).collect::<Vec<_>>(),
            "Values": points().map(|point| point.value).collect::<Vec<_>>(),
            "StatusCode": if more { "PartialData" } else { "Complete" },
        })
    });
    let mut answer = json!({ "MetricDataResults": results.collect::<Vec<_>>(), "Messages": [] });
    if let Some(token) = page.next_token() {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}

/// The queries whose values are asked for.
fn queries(members: Vec<QueryMembers>) -> Result<Vec<Query>, Fault> {
    if !(1..=MOST_QUERIES).contains(&members.len()) {
        return Err(Fault::validation(format!("MetricDataQueries must have 1 to {MOST_QUERIES} members")));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut queries = Vec::new();
    for query in members {
        check_id(&query.id)?;
        if !seen.insert(query.id.clone()) {
            return Err(invalid("MetricDataQueries.Id", &query.id, "another query has it"));
        }
        let wanted = query.return_data != Some(false);
        queries.extend(Some(resolve(query)?).filter(|_| wanted));
    }
    Ok(queries)
}

fn check_id(id: &str) -> Result<(), Fault> {
    shapes::length("MetricDataQueries.Id", id, 255)?;
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if id.starts_with(|first: char| first.is_ascii_lowercase()) && id.bytes().all(rest) {
        return Ok(());
    }
    let why = "it must match ^[a-z][a-zA-Z0-9_]*$";
    Err(invalid("MetricDataQueries.Id", id, why))
}

fn resolve(query: QueryMembers) -> Result<Query, Fault> {
    if query.expression.is_some() {
        let message = format!("query {} has an Expression, which the local AWS does not compute", query.id);
        return Err(Fault::validation(message));
    }
    let stat = query.metric_stat;
    let stat = stat.ok_or_else(|| Fault::validation(format!("query {} has no MetricStat", query.id)))?;
    shapes::period(stat.period)?;
    shapes::unit(stat.unit.as_deref())?;
    let MetricMembers { namespace, metric_name, dimensions } = stat.metric;
    let metric = shapes::metric(namespace, metric_name, dimensions)?;
    Ok(Query {
        id: query.id,
        label: query.label.unwrap_or_else(|| metric.name.clone()),
        metric,
        unit: stat.unit,
        period: stat.period,
        statistic: stat.stat.parse().map_err(Fault::validation)?,
    })
}

impl Query {
    fn points(&self, query: usize, book: &Book, (from, to): (i64, i64)) -> Vec<Point> {
        let question =
            Question { metric: &self.metric, unit: self.unit.as_deref(), period: self.period, from, to };
        let found = book.read(&question).into_iter();
        found
            .filter_map(|(at, datum)| Some(Point { at, query, value: datum.read(self.statistic)? }))
            .collect()
    }
}
