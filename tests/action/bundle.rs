//! The programs for Node.js.

use std::sync::atomic::{AtomicU64, Ordering};

use camino::Utf8PathBuf;
use fs_err as fs;

use crate::support::{node, tests_folder};

/// One file made of `tests/action/{entry}` and all that it imports: Node.js would refuse the JSON in some packages.
pub(crate) fn bundle(entry: &str) -> Utf8PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let packages = node::packages("action", "", |_| {});
    let made = packages.join(entry.replace('/', "-")).with_extension("cjs");
    // Somebody else may be starting the same program.
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let own = made.with_extension(format!("{}-{number}.cjs", std::process::id()));
    node::finish(
        node::node()
            .env("NODE_PATH", packages.join("node_modules"))
            .arg(packages.join("node_modules/esbuild/bin/esbuild"))
            .arg(tests_folder().join("action").join(entry))
            .args(["--bundle", "--platform=node", "--target=node24", "--format=cjs", "--log-level=error"])
            .arg(format!("--outfile={own}")),
        "the program for Node.js could not be put together",
    );
    fs::rename(own, &made).expect("it can be renamed");
    made
}
