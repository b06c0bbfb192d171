//! `rollout`: how an alias moves, as the file says it.
//!
//! In: the value of the key, a text or a table. Out: a [`RolloutTable`] for each layer, and the [`Rollout`] of all of them.
//! It must not judge whether a rollout can be done.

mod keys;

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

pub(super) use keys::RolloutValue;

use super::limits::{ALARMS, boolean, choice, integer};
use super::merge::replace;
use super::problem::Problem;
use super::read::role;
use super::reader::{Complaint, Section, text};
use crate::model::rollout::{InvalidRollout, seconds};
use crate::model::{FunctionName, Limits, Meeting, Quiet, Role, Rollout, Shape, Weight};

/// What one layer states of a rollout.
#[derive(Debug, Clone, Default)]
pub(super) struct RolloutTable {
    shape: Option<Shape>,
    max_error_rate: Option<Ceiling>,
    max_p95_growth: Option<Ceiling>,
    min_invocations: Option<u32>,
    alarms: Option<Vec<String>>,
    quiet: Option<Quiet>,
    patience: Option<Duration>,
    metrics_delay: Option<Duration>,
    under_way: Option<Meeting>,
    dead_man: Option<bool>,
    dead_man_role: Option<Spanned<Role>>,
}

/// A limit as it is stated.
#[derive(Debug, Clone, Copy)]
enum Ceiling {
    /// Of 1.0.
    At(f64),
    /// `false`: not watched.
    Off,
}

impl Ceiling {
    fn limit(self) -> Option<f64> {
        match self {
            Self::At(limit) => Some(limit),
            Self::Off => None,
        }
    }
}

impl RolloutTable {
    /// Lays `upper` over this one: its shape replaces the whole shape, every other key its like.
    pub(super) fn overlay(&mut self, upper: &Self) {
        replace(&mut self.shape, upper.shape.as_ref());
        replace(&mut self.max_error_rate, upper.max_error_rate.as_ref());
        replace(&mut self.max_p95_growth, upper.max_p95_growth.as_ref());
        replace(&mut self.min_invocations, upper.min_invocations.as_ref());
        replace(&mut self.alarms, upper.alarms.as_ref());
        replace(&mut self.quiet, upper.quiet.as_ref());
        replace(&mut self.patience, upper.patience.as_ref());
        replace(&mut self.metrics_delay, upper.metrics_delay.as_ref());
        replace(&mut self.under_way, upper.under_way.as_ref());
        replace(&mut self.dead_man, upper.dead_man.as_ref());
        replace(&mut self.dead_man_role, upper.dead_man_role.as_ref());
    }

    /// What only the merged table of `function` shows.
    pub(super) fn problem(&self, function: &FunctionName) -> Option<Problem> {
        let role = self.dead_man_role.as_ref().filter(|_| self.dead_man.is_none())?;
        let message = format!("`rollout.dead-man-role` of function `{function}` needs `dead-man`");
        let help = "add `dead-man = true` to `rollout`, or `dead-man = false` to do without".to_owned();
        Some(Problem::at(role.span(), message).help(help))
    }

    /// With the defaults for what no layer states.
    pub(super) fn resolve(self) -> Rollout {
        let default = Limits::default();
        Rollout {
            shape: self.shape.unwrap_or_default(),
            limits: Limits {
                max_error_rate: self.max_error_rate.map_or(default.max_error_rate, Ceiling::limit),
                max_p95_growth: self.max_p95_growth.map_or(default.max_p95_growth, Ceiling::limit),
                min_invocations: self.min_invocations.map_or(default.min_invocations, u64::from),
                alarms: self.alarms.unwrap_or(default.alarms),
            },
            quiet: self.quiet.unwrap_or_default(),
            patience: self.patience,
            metrics_delay: self.metrics_delay,
            meeting: self.under_way.unwrap_or_default(),
            dead_man: self.dead_man.unwrap_or_default(),
            dead_man_role: self.dead_man_role.map(Spanned::into_inner),
        }
    }
}

/// The key `rollout` of `section`: a table, or a shape as `--rollout` takes it.
pub(super) fn read(section: &mut Section<'_, '_>) -> RolloutTable {
    if section.is_text("rollout") {
        let shape = section.take("rollout", |value| valid(text(value)?.parse()));
        return RolloutTable { shape, ..RolloutTable::default() };
    }
    section.section("rollout", table).unwrap_or_default()
}

fn table(section: &mut Section<'_, '_>) -> RolloutTable {
    RolloutTable {
        shape: shape(section),
        max_error_rate: section.take("max-error-rate", ceiling(100.0)),
        max_p95_growth: section.take("max-p95-growth", ceiling(1000.0)),
        min_invocations: section.take("min-invocations", integer(1..=1_000_000, "")),
        alarms: section.strings("alarms", ALARMS, alarm),
        quiet: section.take(
            "quiet",
            choice(&[
                ("smoke", Quiet::Smoke),
                ("hold", Quiet::Hold),
                ("promote", Quiet::Promote),
                ("rollback", Quiet::Rollback),
            ]),
        ),
        patience: section.take("patience", time),
        metrics_delay: section.take("metrics-delay", time),
        under_way: section.take(
            "under-way",
            choice(&[("resume", Meeting::Resume), ("abort", Meeting::Abort), ("refuse", Meeting::Refuse)]),
        ),
        dead_man: section.take("dead-man", boolean),
        dead_man_role: section.take_spanned("dead-man-role", role),
    }
}

/// `steps` with `bake`, or `linear`.
fn shape(section: &mut Section<'_, '_>) -> Option<Shape> {
    let steps = section.items("steps", "an array of strings", share);
    let bake = section.take("bake", time);
    let linear = section.section("linear", linear);
    if section.has("linear") {
        for beside in ["steps", "bake"] {
            section.complain(beside, Complaint::new("cannot stand beside `linear`"));
        }
        return linear?;
    }
    if !section.has("bake") {
        let complaint = Complaint::new("needs `bake`: how long each step is watched");
        section.complain("steps", complaint.help("add `bake = \"5m\"`"));
    }
    if !section.has("steps") {
        section.complain("bake", Complaint::new("needs `steps` in the same table"));
    }
    let steps = steps?.into_iter().collect::<Option<Vec<Weight>>>()?;
    checked(section, "steps", Shape::steps(steps, bake?))
}

/// `{ by = "10%", every = "1m" }`
fn linear(section: &mut Section<'_, '_>) -> Option<Shape> {
    let (by, every) = (section.take("by", share), section.take("every", time));
    for (key, other) in [("by", "every"), ("every", "by")] {
        if !section.has(other) {
            section.complain(key, Complaint::new(format!("needs `{other}` beside it")));
        }
    }
    checked(section, "by", Shape::linear(by?, every?))
}

fn checked(
    section: &mut Section<'_, '_>,
    key: &'static str,
    shape: Result<Shape, InvalidRollout>,
) -> Option<Shape> {
    valid(shape).map_err(|complaint| section.complain(key, complaint)).ok()
}

fn valid<T>(result: Result<T, InvalidRollout>) -> Result<T, Complaint> {
    result.map_err(|invalid| Complaint::new(format!("is not valid: {invalid}")))
}

fn share(value: &DeValue<'_>) -> Result<Weight, Complaint> {
    valid(percent_text(value)?.parse())
}

fn time(value: &DeValue<'_>) -> Result<Duration, Complaint> {
    if let DeValue::Integer(integer) = value {
        let complaint = Complaint::new("must be a string with a unit, not a bare number");
        return Err(complaint.help(format!("write `\"{integer}s\"` for {integer} seconds")));
    }
    valid(seconds(text(value)?))
}

/// `"2%"`, at most `most` percent, or `false`.
fn ceiling(most: f64) -> impl Fn(&DeValue<'_>) -> Result<Ceiling, Complaint> {
    move |value| match value {
        DeValue::Boolean(false) => Ok(Ceiling::Off),
        DeValue::Boolean(true) => Err(Complaint::new("must be a percentage such as `5%`, or `false`")),
        _ => {
            let text = percent_text(value)?;
            let number = text
                .strip_suffix('%')
                .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
            let percent = number.and_then(|number| number.parse::<f64>().ok());
            percent.filter(|percent| *percent <= most).map(|percent| Ceiling::At(percent / 100.0)).ok_or_else(
                || Complaint::new(format!("must be a percentage from `0%` to `{most}%`, not `{text}`")),
            )
        }
    }
}

fn percent_text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Complaint> {
    if let DeValue::Integer(_) | DeValue::Float(_) = value {
        return Err(Complaint::new("must be a string with a percent sign, not a bare number")
            .help("write it as in `\"5%\"`"));
    }
    text(value)
}

/// CloudWatch's rule for names of alarms (its service model).
fn alarm(name: &str) -> Result<(), Complaint> {
    match name.chars().count() {
        1..=255 => Ok(()),
        length => {
            Err(Complaint::new(format!("must hold names of 1 to 255 characters, and this one has {length}")))
        }
    }
}
