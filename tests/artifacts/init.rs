//! What `init` says.

use crate::tool::Folder;

#[test]
fn the_file_and_each_warning_are_said_once() {
    let folder = Folder::new(&["hello"], "fn main() {}\n");
    folder.write("CargoLambda.toml", "[deploy]\nmemory = 512\ns3_bucket = \"acme\"\n");
    let made = folder.run("init --from-cargo-lambda").exited(0);
    assert_eq!(made.stdout, "");
    insta::assert_snapshot!(folder.placeless(&made.stderr), @r"
         Writing ROOT/lambdaship.toml
    warning: CargoLambda.toml: `deploy.s3_bucket` is not carried over: it has no equal here
    ");
}
