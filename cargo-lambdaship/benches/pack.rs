//! How fast a large binary is packed and hashed, and how much memory that takes beyond the file.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints its result and fails by panicking"
)]

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::context::instant;
use cargo_lambdaship::model::FunctionName;
use cargo_lambdaship::package;

/// The size of the binary that is packed.
const SIZE: usize = 40_000_000;

/// How often.
const RUNS: u8 = 5;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let binary = binary(folder);
    let hello = FunctionName::new("hello").unwrap();
    let memory = peak_memory();
    let (begun, processor) = (instant(), processor_seconds());
    let mut size = 0;
    for _ in 0..RUNS {
        size = package::pack(&hello, &binary, &[], &folder.join("bootstrap.zip")).unwrap().size;
    }
    let megabytes = |bytes: u64| bytes / 1_000_000;
    let rate = |seconds: f64| 40.0 * f64::from(RUNS) / seconds;
    println!("pack: {} MB -> {} MB", megabytes(SIZE as u64), megabytes(size));
    println!("pack: {:.0} MB/s by the clock", rate(begun.elapsed().as_secs_f64()));
    if let (Some(before), Some(after)) = (processor, processor_seconds()) {
        println!("pack: {:.0} MB/s of one core's time (aim: 150 or more)", rate(after - before));
    }
    if let (Some(before), Some(after)) = (memory, peak_memory()) {
        println!("pack: {} MB of memory beyond the start (aim: less than 64)", megabytes(after - before));
    }
}

/// Real machine code: this program, over and over. It is longer than the compressor looks back.
fn binary(folder: &Utf8Path) -> Utf8PathBuf {
    let path = folder.join("hello");
    let code = fs_err::read(std::env::current_exe().unwrap()).unwrap();
    let mut file = fs_err::File::create(&path).unwrap();
    let mut left = SIZE;
    while left > 0 {
        let part = code.get(..left.min(code.len())).unwrap_or_default();
        file.write_all(part).unwrap();
        left -= part.len();
    }
    path
}

/// The processor time that this process has used so far. Linux tells, in hundredths of a second.
fn processor_seconds() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The fields after the program's name, which may itself hold spaces: user and system time are the 12th and 13th.
    let fields: Vec<&str> = status.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// The most memory that this process has had so far, in bytes. Linux tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
