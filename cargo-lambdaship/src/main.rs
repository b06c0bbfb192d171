//! The `cargo-lambdaship` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(linked) = cargo_lambdaship::build::zig::linker_entry(&arguments) {
        return ExitCode::from(cargo_lambdaship::cli::linked(linked));
    }
    ExitCode::from(cargo_lambdaship::cli::run(&arguments))
}
