//! What is measured, part by part.

use crate::cloud::Cloud;
use crate::proxy::LATENCY;
use crate::table::{Bound, Compared, megabytes};
use crate::tools::{self, Cost};
use crate::workspace::{More, Workspace};

/// How often what is quick is done; the median counts.
const RUNS: usize = 5;
/// How often what is slow is done.
const FEW_RUNS: usize = 3;
/// From so many functions on cargo-lambda deploys only [`SAMPLE`] of them.
const VERY_MANY: usize = 100;
const SAMPLE: usize = 5;

/// Lambda's rates, by its quotas page: of `GetFunction`, and of all that writes.
const READS_A_SECOND: f64 = 100.0;
const WRITES_A_SECOND: f64 = 15.0;
/// The writes of a first deploy: create, publish, alias.
const WRITES: f64 = 3.0;

/// The payload of the part about memory.
const PAYLOAD: usize = 10_000_000;

/// Both tools with so many functions. Ours has a store, and is then measured without one as well.
pub(crate) fn compared(functions: usize) {
    let (workspace, cloud) = (Workspace::new(functions), Cloud::start());
    workspace.configure(&[More::Store]);
    workspace.commit();
    let scene = Scene { workspace: &workspace, cloud: &cloud, functions };
    tools::build(&workspace, &cloud);
    tools::their_build(&workspace, &cloud);
    println!("{}", Compared::header());
    let first = scene.first();
    let (warm, their_warm) = scene.unchanged();
    if functions == 20 {
        scene.changed();
        scene.build();
    }
    let their_cold = scene.cold();
    workspace.configure(&[]);
    let warm_without = scene.warm();
    scene.show("no change, warm, no store", warm_without, their_warm, None);
    scene.show("no change, cold, no store", scene.cold_clones(), their_cold, None);
    if scene.is_many() {
        let direct = tools::deploy(&workspace, &Cloud::start(), "changed");
        let firsts = [("first deploy", first), ("first deploy, no store", direct)];
        bounds(
            count(functions),
            &firsts,
            &[("no change, warm", warm), ("no change, no store", warm_without)],
        );
    }
}

/// How near ours comes to what the rates and the network allow.
fn bounds(functions: f64, firsts: &[(&str, Cost)], unchanged: &[(&str, Cost)]) {
    let show = |what: &str, ours: Cost, floor: f64, aim: f64| {
        println!("{}", Bound { what: format!("{what}, {functions}"), ours, floor, aim }.line());
    };
    println!("\n{}", Bound::header());
    for (what, ours) in unchanged {
        // Whose account it is comes first, and the last answer takes its time as well.
        show(what, *ours, functions / READS_A_SECOND + 2.0 * LATENCY.as_secs_f64(), 1.3);
    }
    for (what, ours) in firsts {
        show(what, *ours, functions * WRITES / WRITES_A_SECOND, 1.15);
    }
}

/// The same functions and cloud for both tools. What cargo builds of them is there.
struct Scene<'a> {
    workspace: &'a Workspace,
    cloud: &'a Cloud,
    functions: usize,
}

impl Scene<'_> {
    fn first(&self) -> Cost {
        let ours = tools::deploy(self.workspace, self.cloud, "changed");
        self.show("first deploy", ours, self.theirs(self.workspace), None);
        ours
    }

    /// Answers ours and theirs.
    fn unchanged(&self) -> (Cost, Cost) {
        // Turn by turn, unless theirs takes very long.
        let rounds = if self.is_many() { 1 } else { FEW_RUNS };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(self.warm());
            theirs.push(self.theirs(self.workspace));
        }
        let (ours, theirs) = (Cost::median(ours), Cost::median(theirs));
        self.show("no change, warm", ours, theirs, Some(10.0));
        (ours, theirs)
    }

    fn warm(&self) -> Cost {
        let runs = (0..FEW_RUNS).map(|_| tools::deploy(self.workspace, self.cloud, "unchanged"));
        Cost::median(runs.collect())
    }

    fn changed(&self) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for run in 0..FEW_RUNS {
            self.workspace.set_version("f007", run + 2);
            ours.push(tools::deploy(self.workspace, self.cloud, "changed"));
            theirs.push(self.theirs(self.workspace));
        }
        self.show("one changed", Cost::median(ours), Cost::median(theirs), None);
    }

    fn build(&self) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push(tools::build(self.workspace, self.cloud));
            theirs.push(tools::their_build(self.workspace, self.cloud));
        }
        self.show("build, nothing to do", Cost::median(ours), Cost::median(theirs), None);
    }

    /// Theirs builds all, and is done once. Answers theirs.
    fn cold(&self) -> Cost {
        let ours = self.cold_clones();
        let theirs = self.theirs(&self.workspace.clone_cold());
        self.show("no change, cold clone", ours, theirs, Some(50.0));
        theirs
    }

    /// Ours, in a clone for each run.
    fn cold_clones(&self) -> Cost {
        self.workspace.commit();
        let runs =
            (0..FEW_RUNS).map(|_| tools::deploy(&self.workspace.clone_cold(), self.cloud, "unchanged"));
        Cost::median(runs.collect())
    }

    fn theirs(&self, workspace: &Workspace) -> Cost {
        tools::their_deploy(workspace, self.cloud, if self.is_many() { SAMPLE } else { self.functions })
    }

    fn is_many(&self) -> bool {
        self.functions > VERY_MANY
    }

    fn show(&self, what: &str, ours: Cost, theirs: Cost, aim: Option<f64>) {
        let what = format!("{what}, {}", self.functions);
        let sample = self.is_many().then_some(SAMPLE);
        // The aims are those of twenty.
        let aim = aim.filter(|_| self.functions == 20);
        println!("{}", Compared { what, ours, theirs, sample, aim }.line());
    }
}

/// A clone in which nothing was built, of functions over AWS's own runtime: what there is to compile is what users have.
pub(crate) fn real() {
    const FUNCTIONS: usize = 20;
    let (workspace, cloud) = (Workspace::real(FUNCTIONS), Cloud::start());
    let scene = Scene { workspace: &workspace, cloud: &cloud, functions: FUNCTIONS };
    println!("over AWS's own runtime\n{}", Compared::header());
    scene.first();
    scene.cold();
}

/// What a store spares: nothing is built for another environment.
pub(crate) fn store() {
    const FUNCTIONS: usize = 20;
    let (workspace, cloud) = (Workspace::new(FUNCTIONS), Cloud::start());
    workspace.configure(&[More::Store]);
    workspace.commit();
    println!("{}", alone_header("20 functions, cold clones"));
    alone("first deploy", tools::deploy(&workspace.clone_cold(), &cloud, "changed"));
    // Its lambdas are others; what they run is in the bucket.
    alone("first deploy elsewhere", tools::deploy_to("other", &workspace.clone_cold(), &cloud, "changed"));
}

/// How much memory very many large functions take.
pub(crate) fn memory() {
    const FUNCTIONS: usize = 200;
    let workspace = Workspace::new(FUNCTIONS);
    workspace.add_payload(PAYLOAD);
    println!("{}", alone_header("200 functions of 10 MB"));
    for more in [&[More::Payload][..], &[More::Payload, More::Store]] {
        let (cloud, has_store) = (Cloud::start(), more.contains(&More::Store));
        workspace.configure(more);
        let first = tools::deploy(&workspace, &cloud, "changed");
        alone(
            if has_store {
                "first deploy, through the store"
            } else {
                "first deploy, direct (aim: < 200 MB)"
            },
            first,
        );
        alone("no change, warm", tools::deploy(&workspace, &cloud, "unchanged"));
    }
}

fn alone_header(what: &str) -> String {
    format!("{what:<40} {:>9} {:>13} {:>15} {:>7} {:>9}", "s", "requests", "MB up", "429", "peak MB")
}

fn alone(what: &str, cost: Cost) {
    let traffic = cost.traffic;
    let memory = cost.memory.map(|memory| format!("{:.0}", megabytes(memory))).unwrap_or_default();
    println!(
        "{what:<40} {:>9.2} {:>13} {:>15.2} {:>7} {memory:>9}",
        cost.seconds,
        traffic.requests,
        megabytes(traffic.bytes_up),
        traffic.throttled
    );
}

/// One large binary, packed: this tool itself.
pub(crate) fn pack() {
    let (workspace, cloud) = (Workspace::new(1), Cloud::start());
    let binary = workspace.root().join("target/pack/large");
    fs_err::create_dir_all(binary.parent().expect("it is in a folder")).expect("its folder can be made");
    fs_err::copy(tools::TOOL, &binary).expect("it can be copied");
    let path = binary.as_str();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(tools::pack(&workspace, &cloud, path));
        theirs.push(tools::theirs(&workspace, &cloud, &["deploy", "f001", "--binary-path", path, "--dry"]));
    }
    let size =
        |path: &str| megabytes(fs_err::metadata(workspace.root().join(path)).expect("it was packed").len());
    let (ours, theirs) = (Cost::median(ours), Cost::median(theirs));
    println!(
        "{:<40} {:>9} {:>12} {:>8}",
        format!("packing {:.1} MB", size("target/pack/large")),
        "ours",
        "theirs",
        "ratio"
    );
    println!(
        "{:<40} {:>9.2} {:>12.2} {:>7.2}x",
        "seconds",
        ours.seconds,
        theirs.seconds,
        ours.seconds / theirs.seconds
    );
    let (our_size, their_size) =
        (size("target/lambdaship/f001/bootstrap.zip"), size("target/pack/bootstrap.zip"));
    println!("{:<40} {our_size:>9.2} {their_size:>12.2} {:>7.2}x", "zip, MB", our_size / their_size);
}

#[expect(clippy::cast_precision_loss, reason = "numbers of functions are small")]
fn count(functions: usize) -> f64 {
    functions as f64
}
