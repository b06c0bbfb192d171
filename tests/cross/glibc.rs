//! A function that needs a newer glibc than Lambda has.

use crate::tool::{Folder, Outcome, lambdaship};
use crate::tools::with_zig;

/// Calls what glibc has since 2.38.
const NEW: &str = "use std::ffi::c_char;

unsafe extern \"C\" {
    fn __isoc23_strtol(text: *const c_char, end: *mut *mut c_char, base: i32) -> i64;
}

fn main() {
    let number = unsafe { __isoc23_strtol(c\"42\".as_ptr(), std::ptr::null_mut(), 10) };
    println!(\"{number}\");
}
";

#[test]
fn it_is_refused_after_the_build_with_both_versions_and_the_fix() {
    let folder = Folder::new(&["hello"], NEW);
    let mut command =
        lambdaship(&folder.root, "build -q --builder zig --target aarch64-unknown-linux-gnu.2.38");
    with_zig(&mut command);
    let refused = Outcome::from(command.output().unwrap()).exited(4);
    assert_eq!(
        refused.stderr,
        "error: `hello` needs glibc 2.38, and Lambda's provided.al2023 has 2.34\n\
         hint: build with `--builder zig`, and with no newer glibc than 2.34 in `--target`\n"
    );
}
