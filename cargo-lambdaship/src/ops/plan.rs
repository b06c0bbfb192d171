//! `plan`: everything up to the decision, and nothing after it.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use futures::{StreamExt, TryStreamExt, stream};
use futures::{join, try_join};

use crate::aws::{Aws, Caller};
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Arch, GatesPolicy, Meeting, Role, Salt, Secret, Variable};
use crate::ops::alarms::{self, Alarms};
use crate::ops::artifacts::{Maker, Source, arch_for};
use crate::ops::gate::required::{self, Lacking, Looked};
use crate::ops::line::Line;
use crate::ops::locks::LockFlags;
use crate::ops::observe::{self, Look};
use crate::ops::plan_file;
use crate::ops::promote::{Promotion, survey};
use crate::ops::report::{self, Header};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{Session, Target, Workbench, close};
use crate::ops::supply::{self, Records, Search, Seeker, Supply};
use crate::package::Upload;
use crate::plan::drift::waiting;
use crate::plan::{self, Action, Desired, Encounter, Glance, Plan, Rolling, Unsplittable};
use crate::publish::Done;
use crate::report::{FunctionReport, Report, RunResult};
use crate::rollout::settling;
use crate::stamp::{Git, VersionStamp};
use crate::store::Shelf;

/// Lambdas that are written at the same time. Each can hold a whole zip in memory.
pub const SIDE_BY_SIDE: usize = 8;
/// Lambdas that are only read at the same time: what it takes to use up Lambda's 100 `GetFunction` a second when each
/// answer takes a third of one.
pub const READS_SIDE_BY_SIDE: usize = 32;

/// One function on its way through the line.
pub struct Planned<'a> {
    /// What is wanted.
    pub desired: Desired<'a>,
    /// What the alias serves.
    pub glance: Glance,
    /// The artifact.
    pub supply: Supply,
    /// What to do.
    pub plan: Plan,
}

/// What is to be planned.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Where the code comes from.
    pub source: Source,
    /// How aliases move.
    pub rollout: RolloutFlags,
    /// What becomes of locks that others have.
    pub locks: LockFlags,
    /// Whether what could be taken without a build is built all the same, and compared.
    pub verify_skip: bool,
    /// What another environment serves, if only that is accepted here.
    pub accepts: Option<Promotion>,
    /// How much of each alias is read at first.
    pub look: Look,
}

impl Orders {
    /// The same, for an environment that accepts only what another one serves: that is read.
    ///
    /// # Errors
    /// When it cannot be read, or is in the middle of a rollout.
    pub(super) async fn accepting(&self, bench: &Workbench, target: &Target) -> Result<Self, Error> {
        let mut orders = self.clone();
        let is_promotion = matches!(self.source, Source::Promoted(_));
        if let Some(from) = bench.environment.from.as_ref().filter(|_| !is_promotion) {
            orders.accepts = Some(Box::pin(survey(&bench.context, bench, target, from)).await?);
        }
        Ok(orders)
    }
}

/// Observes, finds or builds the code, and decides, for every function of the environment, in their order.
///
/// # Errors
/// Whatever goes wrong first. Nothing was written.
pub(super) async fn plan<'a>(
    session: &'a Session,
    orders: &Orders,
    git: Option<&Git>,
    alarms: Alarms,
) -> Result<Vec<Planned<'a>>, Error> {
    say_observing(session);
    let functions = &session.bench.environment.functions;
    let glances = observe::glance(session, orders.look).await?;
    refuse_early(session, &glances)?;
    let archs = archs(session, &orders.source, &glances);
    // Before the build: a secret that cannot be read is said at once.
    let values = Values::read(&session.aws, functions).await?;
    let bench = &session.bench;
    let shelf = Shelf::under(&bench.workspace.target_directory);
    let records = Records::new(shelf, session.store.as_ref(), &bench.context.console);
    let maker = Maker {
        git,
        by: VersionStamp::new(None, &session.caller.arn).by,
        verify_skip: orders.verify_skip,
        ..Maker::new(bench, &orders.source, &records)
    };
    let search = Search { session, maker: &maker, accepts: orders.accepts.as_ref() };
    let found = search.look(&glances, &archs).await?;
    let glances = whole(session, &values, glances, &found).await?;
    refuse_early(session, &glances)?;
    // What has to be built may turn out to be what is served.
    let unknown: Vec<bool> = found.iter().map(|seeker| seeker.found().is_none()).collect();
    if alarms == Alarms::Required {
        let seen = functions.iter().zip(&glances).zip(&found);
        let unsettled = seen.filter(|((function, glance), seeker)| {
            let is_settled = settled(session, &values, (function, glance), seeker).is_some();
            seeker.found().is_some() && glance.alias.is_some() && !is_settled
        });
        let unsettled: Vec<_> = unsettled.map(|((function, _), _)| function).collect();
        alarms::require(&session.aws, &unsettled).await?;
    }
    let supplies = search.build(found, &glances).await?;
    accept(orders.accepts.as_ref(), functions, &supplies)?;
    let upload = if session.store.is_some() { Upload::Store } else { Upload::Direct };
    for (function, supply) in functions.iter().zip(&supplies) {
        supply::check(function, supply, upload)?;
    }
    let salt = Salt::random();
    let planned = functions.iter().zip(glances).zip(supplies).map(|((function, glance), supply)| {
        let desired = desired(&session.caller, function, &supply, &values);
        decide(&session.aws, desired, glance, supply, &salt)
    });
    let planned: Vec<Planned<'_>> = stream::iter(planned).buffered(READS_SIDE_BY_SIDE).try_collect().await?;
    if alarms == Alarms::Required {
        let built = planned.iter().zip(unknown).filter(|(planned, unknown)| *unknown && planned.plan.moves());
        let built: Vec<_> = built.map(|(planned, _)| planned.desired.config).collect();
        alarms::require(&session.aws, &built).await?;
    }
    Ok(planned)
}

/// Refuses code that the environment does not serve from which alone it is accepted.
fn accept(
    accepts: Option<&Promotion>,
    functions: &[FunctionConfig],
    supplies: &[Supply],
) -> Result<(), Error> {
    let Some(promotion) = accepts else { return Ok(()) };
    for (function, supply) in functions.iter().zip(supplies) {
        let name = &function.function.name;
        match promotion.get(name) {
            Some(served) if served.code == supply.code => {}
            served => {
                return Err(Error::NotServed {
                    function: name.clone(),
                    wanted: supply.code.short(),
                    env: promotion.env().clone(),
                    served: served.map(|served| served.code.short()),
                });
            }
        }
    }
    Ok(())
}

/// What is to be done to a function whose code is known without a build, when the alias has it.
fn settled(
    session: &Session,
    values: &Values,
    (function, glance): (&FunctionConfig, &Glance),
    seeker: &Seeker<'_>,
) -> Option<Plan> {
    let desired = |supply| desired(&session.caller, function, supply, values);
    seeker.found().and_then(|supply| plan::settle(&desired(supply), glance))
}

/// Reads the aliases of those functions to which something is to be done, as far as that was left out.
async fn whole(
    session: &Session,
    values: &Values,
    glances: Vec<Glance>,
    found: &[Seeker<'_>],
) -> Result<Vec<Glance>, Error> {
    let functions = session.bench.environment.functions.iter();
    let glances = functions.zip(glances).zip(found).map(|((function, glance), seeker)| async move {
        match settled(session, values, (function, &glance), seeker).filter(|plan| plan.extras.is_empty()) {
            Some(_) => Ok(glance),
            None => observe::whole(&session.aws, function, glance).await,
        }
    });
    stream::iter(glances).buffered(READS_SIDE_BY_SIDE).try_collect().await
}

/// `plan`: what [`deploy`](crate::ops::deploy::deploy) would do; it is kept in the file `out`.
///
/// # Errors
/// Whatever goes wrong first.
pub async fn show(
    context: &Context,
    target: &Target,
    orders: &Orders,
    out: Option<&Utf8Path>,
) -> Result<Report, Error> {
    let out = out.map(|file| plan_file::place(context, file)).transpose()?;
    let mut bench = Workbench::open(context, target)?;
    orders.rollout.apply(&mut bench.environment);
    if let Some(out) = &out {
        // The plan before, which this one replaces.
        plan_file::set_apart(context, &bench.workspace, out);
    }
    let orders = &Box::pin(orders.accepting(&bench, target)).await?;
    let root = bench.workspace.root.clone();
    let until = &Interruption::never();
    let look = if out.is_some() { Look::Whole } else { orders.look };
    let orders = &Orders { look, ..orders.clone() };
    let line = Line { command: "plan", target, orders, review: None, until };
    let (sessions, git) = join!(Session::connect_all(bench, target), Git::observe(&root));
    let (sessions, git) = (sessions?, orders.source.commit(git));
    let git = git.as_ref();
    if out.is_some() && sessions.len() > 1 {
        return Err(Error::Usage {
            message: format!("a plan file is of one region, and this environment has {}", sessions.len()),
            hint: Some("choose one with --region".to_owned()),
        });
    }
    let planned = line.plan(&sessions, git, Alarms::Noted).await?;
    if let Some(out) = out {
        let asking = plan_file::Asking { target, orders, git };
        for (session, planned) in sessions.iter().zip(&planned) {
            plan_file::write(session, planned, &asking, &out)?;
        }
    }
    let mut reports = Vec::new();
    for (session, planned) in sessions.iter().zip(&planned) {
        let gates = match session.bench.environment.gates {
            GatesPolicy::Required => Box::pin(required::look(session, planned, orders)).await?,
            GatesPolicy::Optional => Looked::default(),
        };
        let alarms = with_alarms(&session.aws, planned).await;
        let functions = planned.iter().zip(alarms).map(|(planned, note)| {
            let mut report = with_gates(would(planned), &gates);
            report.notes.extend(note);
            report
        });
        let functions = functions.collect();
        reports.push(Header { command: "plan", session, git }.report(functions));
    }
    let mut report = report::merged(reports).ok_or(Error::Interrupted)?;
    if report.result == RunResult::Changed {
        report.result = RunResult::Planned;
    }
    drop(planned);
    close(sessions).await;
    Ok(report)
}

/// A plan as if it were done; a version that is still to be published has no number.
fn would(planned: &Planned<'_>) -> FunctionReport {
    let version = match planned.plan.action {
        Action::Unchanged => planned.plan.from,
        Action::Move { to } => Some(to),
        Action::Create { .. } | Action::Publish { .. } => None,
    };
    let mut report = report::done(planned, report::outcome_of(planned), Done { version, ..Done::default() });
    report.notes.extend(traffic(planned));
    report
}

/// With a note on the gates that it did not pass, and has to.
fn with_gates(mut report: FunctionReport, gates: &Looked) -> FunctionReport {
    let lacking = gates.lacking.iter().find(|lacking| lacking.function.as_str() == report.function);
    report.notes.extend(lacking.map(Lacking::note));
    report
}

/// For each plan, a note on alarms that its rollout asks for and that do not exist.
async fn with_alarms(aws: &Aws, planned: &[Planned<'_>]) -> Vec<Option<String>> {
    let moving = planned.iter().filter(|planned| planned.plan.moves());
    let moving: Vec<&FunctionConfig> = moving.map(|planned| planned.desired.config).collect();
    let missing = alarms::missing(aws, &moving).await;
    let note = |planned: &Planned<'_>| {
        let config = planned.desired.config;
        match &missing {
            _ if !planned.plan.moves() => None,
            Ok(missing) => Some(format!("deploy refuses it: {}", alarms::lost(config, missing)?)),
            Err(error) if alarms::is_watched(config) => {
                Some(format!("whether its alarms exist could not be read: {}", error.cause()))
            }
            Err(_) => None,
        }
    };
    planned.iter().map(note).collect()
}

/// How the alias would move, when it would not in one call.
fn traffic(planned: &Planned<'_>) -> Vec<String> {
    let shape = &planned.desired.config.rollout.shape;
    let under_way = planned.glance.rolling.as_ref().map(|rolling| &rolling.under_way);
    let before = planned.glance.alias.as_ref().and_then(settling);
    let mut notes: Vec<String> = before.map(waiting).into_iter().collect();
    if let (Encounter::End, Some(under_way)) = (planned.plan.encounter, under_way) {
        notes.push(format!("ends the rollout of version {} first", under_way.next));
    }
    let goes_on = planned.plan.encounter == Encounter::GoOn;
    if planned.plan.moves() && !goes_on && !shape.is_all_at_once() {
        notes.push(format!("moves in {shape}"));
    }
    notes
}

fn say_observing(session: &Session) {
    let environment = &session.bench.environment;
    let (count, env, region) = (environment.functions.len(), &environment.env, session.aws.region());
    let noun = if count == 1 { "function" } else { "functions" };
    let account = &session.caller.account;
    session
        .context()
        .console
        .status("Observing", format_args!("{count} {noun} in {env} ({account}, {region})"));
}

/// Refuses what is refused whatever is built: a rollout that is to be left alone, and one that Lambda would refuse.
fn refuse_early(session: &Session, glances: &[Glance]) -> Result<(), Error> {
    for (function, glance) in session.bench.environment.functions.iter().zip(glances) {
        leave_alone(function, glance)?;
        plan::own_role(function, glance)
            .map_err(|refusal| Error::Usage { message: refusal.to_string(), hint: Some(refusal.hint()) })?;
        let role = role_arn(&session.caller, function);
        plan::before_build(function, role.as_deref(), glance).map_err(|refusal| unsplittable(&refusal))?;
    }
    Ok(())
}

/// Refuses a deploy over a rollout that is to be left alone.
fn leave_alone(function: &FunctionConfig, glance: &Glance) -> Result<(), Error> {
    let rolling = glance.rolling.as_ref().filter(|_| function.rollout.meeting == Meeting::Refuse);
    rolling.map_or(Ok(()), |rolling| Err(busy(function, rolling)))
}

fn unsplittable(refusal: &Unsplittable) -> Error {
    Error::Usage { message: refusal.to_string(), hint: Some(refusal.hint()) }
}

fn archs(session: &Session, source: &Source, glances: &[Glance]) -> Vec<Arch> {
    let target = source.recipe().and_then(|(_, target)| target);
    let functions = session.bench.environment.functions.iter().zip(glances);
    functions
        .map(|(function, glance)| arch_for(function.settings.arch, target, observe::arch(function, glance)))
        .collect()
}

/// What is wanted of one function.
pub(super) fn desired<'a>(
    caller: &Caller,
    function: &'a FunctionConfig,
    supply: &Supply,
    values: &Values,
) -> Desired<'a> {
    let variables = function.settings.variables.iter();
    Desired {
        config: function,
        variables: variables.map(|(name, variable)| (name.clone(), values.of(variable))).collect(),
        role: role_arn(caller, function),
        code: supply.code,
        arch: supply.arch,
    }
}

/// ARN of the role that is stated.
pub(super) fn role_arn(caller: &Caller, function: &FunctionConfig) -> Option<String> {
    function.settings.role.as_ref().map(|role| match role {
        Role::Arn(arn) => arn.clone(),
        Role::Name(name) => caller.role_arn(name),
    })
}

/// Decides what to do to one lambda, with a second look at it if the first one does not settle it.
pub(super) async fn decide<'a>(
    aws: &Aws,
    desired: Desired<'a>,
    glance: Glance,
    supply: Supply,
    salt: &Salt,
) -> Result<Planned<'a>, Error> {
    let going_on = plan::go_on(&desired, &glance, salt);
    let encounter = meet(&desired, &glance, going_on.is_some(), aws)?;
    if let Some(plan) = going_on.filter(|_| encounter == Encounter::GoOn) {
        return Ok(Planned { desired, glance, supply, plan });
    }
    if let Some(plan) = plan::settle(&desired, &glance) {
        return Ok(Planned { desired, glance, supply, plan: Plan { encounter, ..plan } });
    }
    let look = observe::look(aws, desired.config, &glance, desired.code).await?;
    let plan = Plan { encounter, ..plan::decide(&desired, &glance, &look, salt) };
    plan::decided(desired.config, &glance, &look, &plan).map_err(|refusal| unsplittable(&refusal))?;
    if let Action::Create { settings } | Action::Publish { settings, .. } = &plan.action {
        plan::check(settings).map_err(|refusal| Error::Function {
            message: format!("lambda `{}` cannot be deployed: {refusal}", desired.config.lambda),
            hint: Some(refusal.hint()),
            held: false,
        })?;
    }
    Ok(Planned { desired, glance, supply, plan })
}

/// What is done with a rollout that the alias is in the middle of; `wanted` says whether it brings what is wanted.
fn meet(desired: &Desired<'_>, glance: &Glance, wanted: bool, aws: &Aws) -> Result<Encounter, Error> {
    let Some(rolling) = &glance.rolling else { return Ok(Encounter::None) };
    let config = desired.config;
    plan::encounter(&config.rollout, rolling, wanted, aws.now()).map_err(|_busy| busy(config, rolling))
}

fn busy(config: &FunctionConfig, rolling: &Rolling) -> Error {
    Error::Function {
        message: format!(
            "alias `{}` of lambda `{}` is in the middle of a rollout of version {}",
            config.alias, config.lambda, rolling.under_way.next
        ),
        hint: Some(
            "wait for its end, or say `--under-way abort` (or `resume`, if it brings what is wanted); \
             `cargo lambdaship rollout status` shows it"
                .to_owned(),
        ),
        held: true,
    }
}

/// The values of variables that live in Systems Manager or Secrets Manager, each read once.
pub(super) struct Values {
    ssm: BTreeMap<String, Secret>,
    secrets: BTreeMap<String, Secret>,
}

impl Values {
    pub(super) async fn read(aws: &Aws, functions: &[FunctionConfig]) -> Result<Self, Error> {
        let variables = || functions.iter().flat_map(|function| function.settings.variables.values());
        let names =
            |name: fn(&Variable) -> Option<&str>| variables().filter_map(name).collect::<BTreeSet<_>>();
        let ssm = names(|variable| if let Variable::Ssm(name) = variable { Some(name) } else { None });
        let secrets =
            names(|variable| if let Variable::SecretsManager(name) = variable { Some(name) } else { None });
        let parameters = aws.parameters();
        let (ssm, secrets): (Vec<_>, Vec<_>) = (ssm.into_iter().collect(), secrets.into_iter().collect());
        let (ssm, secrets) = try_join!(parameters.ssm(&ssm), parameters.secrets(&secrets))?;
        Ok(Self { ssm, secrets })
    }

    fn of(&self, variable: &Variable) -> Option<Secret> {
        match variable {
            Variable::Value(value) => Some(value.clone()),
            Variable::Ssm(name) => self.ssm.get(name).cloned(),
            Variable::SecretsManager(name) => self.secrets.get(name).cloned(),
            Variable::Removed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing::under_way;
    use crate::rollout::{AliasState, Run};

    #[test]
    fn a_rollout_that_is_to_be_left_alone_is_refused_before_anything_is_built() {
        let (state, run) = (AliasState::default(), Run(9));
        let rolling = Rolling { state, under_way: under_way("5%/1m"), run, next: None };
        let (met, rest) = (Glance { rolling: Some(rolling), ..Glance::default() }, Glance::default());
        let mut function = plan::testing::function(|_| {});
        for (meeting, glance, refused) in [
            (Meeting::Refuse, &met, true),
            (Meeting::Refuse, &rest, false),
            (Meeting::Resume, &met, false),
            (Meeting::Abort, &met, false),
        ] {
            function.rollout.meeting = meeting;
            let error = leave_alone(&function, glance).err().map(|error| error.to_string());
            let said = "alias `live` of lambda `hello-staging` is in the middle of a rollout of version 8";
            assert_eq!(error.as_deref(), refused.then_some(said), "{meeting:?}");
        }
    }
}
