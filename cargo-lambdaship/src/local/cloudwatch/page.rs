//! Cutting the values of an answer into pages that stay right when values are added in between.

use serde::Deserialize;

use crate::local::fault::Fault;

/// In which order values are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum ScanBy {
    #[default]
    TimestampDescending,
    TimestampAscending,
}

/// A value that a query found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Second since 1970 that its period begins with.
    pub(crate) at: i64,
    /// The number of the query.
    pub(crate) query: usize,
    pub(crate) value: f64,
}

/// A part of an answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) points: Vec<Point>,
    /// What comes on later pages.
    pub(crate) rest: Vec<Point>,
}

impl Page {
    /// What the request for the next page must name, when there is one.
    pub(crate) fn next_token(&self) -> Option<String> {
        self.rest.first().map(|point| format!("{}:{}", point.at, point.query))
    }
}

/// The `most` points from `token` on.
pub(crate) fn cut(
    mut points: Vec<Point>,
    scan: ScanBy,
    most: usize,
    token: Option<&str>,
) -> Result<Page, Fault> {
    let key = |at: i64, query: usize| match scan {
        ScanBy::TimestampAscending => (at, query),
        ScanBy::TimestampDescending => (at.saturating_neg(), query),
    };
    points.sort_by_key(|point| key(point.at, point.query));
    if let Some(token) = token {
        let first = parse(token).ok_or_else(|| {
            Fault::bad("InvalidNextToken", "The next token specified is invalid.".to_owned())
        })?;
        points.retain(|point| key(point.at, point.query) >= key(first.0, first.1));
    }
    let rest = points.split_off(most.min(points.len()));
    Ok(Page { points, rest })
}

fn parse(token: &str) -> Option<(i64, usize)> {
    let (at, query) = token.split_once(':')?;
    Some((at.parse().ok()?, query.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let all = [(60, 0), (120, 0), (120, 1), (180, 1)];
        all.map(|(at, query)| Point { at, query, value: 1.0 }).to_vec()
    }

    fn all(scan: ScanBy, most: usize) -> Vec<Vec<(i64, usize)>> {
        let (mut pages, mut token) = (Vec::new(), None);
        loop {
            let page = cut(points(), scan, most, token.as_deref()).unwrap();
            pages.push(page.points.iter().map(|point| (point.at, point.query)).collect());
            token = page.next_token();
            if token.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn every_point_is_on_one_page_in_the_order_asked_for() {
        let ascending = [vec![(60, 0), (120, 0)], vec![(120, 1), (180, 1)]];
        assert_eq!(all(ScanBy::TimestampAscending, 2), ascending);
        let descending = [vec![(180, 1), (120, 0), (120, 1)], vec![(60, 0)]];
        assert_eq!(all(ScanBy::TimestampDescending, 3), descending);
        assert_eq!(all(ScanBy::TimestampDescending, 9).len(), 1);
    }

    #[test]
    fn a_token_that_was_not_given_is_refused() {
        for token in ["", "1", "a:1", "1:-1"] {
            let fault = cut(points(), ScanBy::TimestampAscending, 9, Some(token)).unwrap_err();
            assert_eq!(fault.code, "InvalidNextToken", "{token}");
        }
    }
}
