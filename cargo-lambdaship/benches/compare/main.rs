//! The tool beside cargo-lambda, on the same functions, the same local AWS with AWS's request rates, and the same network,
//! on which every request takes 40 ms more. What is compared takes turns, so that a busy moment hits both.
//!
//! Arguments choose parts: `cargo bench -p cargo-lambdaship --bench compare -- one twenty`; without any, all are done.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark starts programs, prints its result and fails by panicking"
)]

mod cloud;
#[path = "../../../tests/support/venv.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod environment;
#[path = "../../../tests/support/http.rs"]
#[expect(dead_code, reason = "the tests ask more")]
mod http;
mod parts;
mod proxy;
mod table;
mod tools;
mod venv;
mod workspace;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

/// How long an answer is waited for at most.
const PATIENCE: Duration = Duration::from_mins(3);

/// The parts, by the names that arguments choose them by.
const PARTS: [(&str, fn()); 7] = [
    ("one", || parts::compared(1)),
    ("twenty", || parts::compared(20)),
    ("many", || parts::compared(200)),
    ("real", parts::real),
    ("store", parts::store),
    ("memory", parts::memory),
    ("pack", parts::pack),
];

fn main() {
    // Cargo adds flags of its own.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for name in &chosen {
        assert!(PARTS.iter().any(|(part, _)| part == name), "there is no part `{name}`");
    }
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            part();
            println!();
        }
    }
}

/// The folder `tests/` of the repository.
fn tests_folder() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("tests")
}

/// Cargo's target folder of this build.
fn target_folder() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's folder for benchmarks is in the target folder")
}
