//! The hash of a function's sources against what cargo makes of them: where the zip is another one, the hash is another one.
//!
//! The edits are drawn by a seed that is printed; `LAMBDASHIP_SEED=…` repeats them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::build::{self, Platform, Request, Toolchain, Unit};
use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::context::{Context, Environment};
use cargo_lambdaship::model::{BuilderChoice, CodeSha256, SourceHash};
use cargo_lambdaship::package;
use cargo_lambdaship::source::{Also, Rules, Subject, observe};
use cargo_lambdaship::workspace::{CargoOptions, Workspace, discover};

/// How many edits are tried.
const EDITS: usize = 24;

/// Two functions over a library, a build script's constant, a text and a stand-in for the runtime.
const SOURCES: [(&str, &str); 12] = [
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"hello\", \"worker\", \"shared\"]\nexclude = [\"lambda_runtime\"]\nresolver = \"3\"\n\n\
         [workspace.package]\nversion = \"1.0.0\"\n\n[profile.release]\nopt-level = 0\nlto = \"off\"\n",
    ),
    ("hello/Cargo.toml", HELLO),
    ("hello/build.rs", "fn main() { println!(\"cargo::rustc-env=MADE={}\", 0); }\n"),
    (
        "hello/src/main.rs",
        "fn main() { println!(\"{} {} {} {}\", 0, env!(\"MADE\"), env!(\"CARGO_PKG_VERSION\"), shared::N); \
         println!(\"{} {:?}\", include_str!(\"../text.txt\"), cfg!(feature = \"loud\")); }\n",
    ),
    ("hello/text.txt", "0\n"),
    ("hello/pages/a.html", "0\n"),
    (
        "worker/Cargo.toml",
        "[package]\nname = \"worker\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         lambda_runtime = { path = \"../lambda_runtime\" }\n",
    ),
    ("worker/src/main.rs", "fn main() { println!(\"{}\", 0); println!(\"{}\", lambda_runtime::N); }\n"),
    ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"1.0.0\"\nedition = \"2024\"\n"),
    ("shared/src/lib.rs", "pub const N: u32 = 0;\n"),
    (
        "lambda_runtime/Cargo.toml",
        "[package]\nname = \"lambda_runtime\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
    ),
    ("lambda_runtime/src/lib.rs", "pub const N: u32 = 0;\n"),
];

const HELLO: &str = "[package]\nname = \"hello\"\nversion.workspace = true\nedition = \"2024\"\n\n[features]\nloud = []\n\n\
    [dependencies]\nshared = { path = \"../shared\" }\nlambda_runtime = { path = \"../lambda_runtime\" }\n";

/// What an edit does to a file that is there.
enum Edit {
    /// Puts another number in the place of the first one after the text.
    Number(&'static str),
    /// Adds a line that the compiler does not see.
    Line(&'static str),
    /// Puts one text in the place of the other, or the other way round.
    Switch(&'static str, &'static str),
}

const PLACES: [(&str, Edit); 18] = [
    ("hello/src/main.rs", Edit::Number("{}\", ")),
    ("hello/src/main.rs", Edit::Line("// words")),
    ("hello/build.rs", Edit::Number("\", ")),
    ("hello/text.txt", Edit::Number("")),
    ("hello/text.txt", Edit::Switch("\n", "\r\n")),
    ("hello/pages/a.html", Edit::Number("")),
    ("hello/pages/b.html", Edit::Line("more")),
    ("hello/notes.txt", Edit::Line("not compiled")),
    ("hello/Cargo.toml", Edit::Switch("loud = []", "default = [\"loud\"]\nloud = []")),
    ("worker/src/main.rs", Edit::Number("{}\", ")),
    ("shared/src/lib.rs", Edit::Number("= ")),
    ("shared/src/more.rs", Edit::Line("// not a module")),
    ("lambda_runtime/src/lib.rs", Edit::Number("= ")),
    ("Cargo.toml", Edit::Line("# words")),
    ("Cargo.toml", Edit::Switch("opt-level = 0", "opt-level = 1")),
    ("Cargo.toml", Edit::Switch("version = \"1.0.0\"", "version = \"1.0.1\"")),
    (".cargo/config.toml", Edit::Switch("", "[target.'cfg(unix)']\nrustflags = [\"-Cdebug-assertions\"]\n")),
    ("README.md", Edit::Line("words")),
];

struct Bench {
    _folder: tempfile::TempDir,
    root: Utf8PathBuf,
}

/// What was seen of one function: its hash, and its zip.
type Seen = (SourceHash, CodeSha256);

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        let bench = Self { _folder: folder, root };
        for (path, text) in SOURCES {
            bench.write(path, text);
        }
        bench
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    fn edit(&self, random: &mut fastrand::Rng, (path, edit): &(&str, Edit)) {
        let text = fs_err::read_to_string(self.root.join(path)).unwrap_or_default();
        let edited = match edit {
            Edit::Line(line) => format!("{text}{line}\n"),
            Edit::Switch(from, to) if text.contains(to) => text.replacen(to, from, 1),
            Edit::Switch(from, to) => text.replacen(from, to, 1),
            Edit::Number(after) => {
                let from = text.find(after).unwrap();
                let at = from + text[from..].find(|c: char| c.is_ascii_digit()).unwrap();
                let digits = text[at..].chars().take_while(char::is_ascii_digit).count();
                // Few numbers, so that a former state comes back.
                format!("{}{}{}", &text[..at], random.u8(0..3), &text[at + digits..])
            }
        };
        self.write(path, &edited);
    }

    /// Builds and packs both functions, each for itself, and then asks for their hashes.
    fn look(&self) -> HashMap<String, Seen> {
        let (console, _stdout, _stderr) = Console::buffered(Verbosity::Quiet);
        let context = Context { directory: self.root.clone(), ..Context::from_process(console).unwrap() };
        let options = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..CargoOptions::default() };
        let workspace = discover(&context, &options).unwrap();
        let toolchain = Toolchain::load(&context, &self.root).unwrap();
        let include = ["pages".to_owned()];
        let zips = workspace.functions.iter().map(|function| {
            let units = vec![Unit { function: function.clone(), platform: Platform::Host }];
            let request =
                Request { workspace: &workspace, cargo: &options, builder: BuilderChoice::Cargo, units };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let built = runtime.block_on(build::build(&context, &request, &toolchain)).unwrap();
            let includes = package::collect_includes(&self.root.join("hello"), &include).unwrap();
            let out = package::path(&workspace.target_directory, &function.name);
            let zip = package::pack(&function.name, &built[0].binary, &includes, &out).unwrap().path;
            CodeSha256::of(&fs_err::read(zip).unwrap())
        });
        let zips: Vec<_> = zips.collect();
        let hashes = hashes(&context, &workspace, &toolchain, &include);
        let names = workspace.functions.iter().map(|function| function.name.to_string());
        names.zip(hashes.into_iter().zip(zips)).collect()
    }
}

fn hashes(
    context: &Context,
    workspace: &Workspace,
    toolchain: &Toolchain,
    include: &[String],
) -> Vec<SourceHash> {
    let cargo = CargoOptions::default();
    let rules = Rules { context, workspace, cargo: &cargo, toolchain, declared: &[] };
    let also = Also::default();
    let root: &Utf8Path = &workspace.root.join("hello");
    let subject = |function| Subject {
        function,
        target: toolchain.host().to_owned(),
        builder: "cargo",
        include_root: root,
        include,
        also: &also,
    };
    let subjects: Vec<_> = workspace.functions.iter().map(subject).collect();
    observe(&rules, &subjects).into_iter().map(|inputs| inputs.unwrap().hash()).collect()
}

#[test]
fn no_zip_changes_without_its_hash() {
    let environment = Environment::from_process();
    let given = environment.get("LAMBDASHIP_SEED").and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("LAMBDASHIP_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let bench = Bench::new();
    let mut zips: HashMap<SourceHash, (String, CodeSha256)> = HashMap::new();
    let mut last = HashMap::new();
    let (mut changed, mut kept) = (0, 0);
    for number in 0..=EDITS {
        let place = random.choice(&PLACES).unwrap();
        if number > 0 {
            bench.edit(&mut random, place);
        }
        let now = bench.look();
        for (function, (hash, zip)) in &now {
            // Also against all that was before: a hash that comes back brings its zip back.
            let (of, known) = zips.entry(*hash).or_insert_with(|| (function.clone(), *zip));
            assert_eq!((&*of, &*known), (function, zip), "edit {number}, of {}, is not in the hash", place.0);
            match last.get(function) {
                Some((hash_before, _)) if hash_before == hash => kept += 1,
                Some((_, zip_before)) if zip_before != zip => changed += 1,
                _ => {}
            }
        }
        last = now;
    }
    assert!(changed > 3 && kept > 3, "{changed} changes of {kept}: the edits say nothing");
}
