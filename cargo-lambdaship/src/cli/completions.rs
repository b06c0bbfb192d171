//! `completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;

/// The binary. In zsh, cargo's own completion calls the function that is named after it.
const BINARY: &str = "cargo-lambdaship";

/// Completes `cargo lambdaship` as the binary, and everything else of cargo as before.
const BASH: &str = r#"
_cargo_lambdaship_or_cargo() {
    if [[ ${COMP_WORDS[1]} == lambdaship && $COMP_CWORD -gt 1 ]]; then
        COMP_WORDS=(cargo-lambdaship "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _lambdaship cargo-lambdaship "$2" "${COMP_WORDS[COMP_CWORD-1]}"
        return
    fi
    if ! declare -F _cargo >/dev/null; then
        if declare -F _comp_load >/dev/null; then _comp_load cargo
        elif declare -F _completion_loader >/dev/null; then _completion_loader cargo
        fi
        complete -F _cargo_lambdaship_or_cargo -o bashdefault -o default cargo
    fi
    if declare -F _cargo >/dev/null; then _cargo "$@"; fi
}
complete -F _lambdaship -o bashdefault -o default cargo-lambdaship
complete -F _cargo_lambdaship_or_cargo -o bashdefault -o default cargo
"#;

/// Completes `cargo lambdaship` as the binary.
const FISH: &str = r#"
function __fish_cargo_lambdaship_line
    string replace -r '^\s*cargo\s+lambdaship' cargo-lambdaship -- (commandline -cp)
end
complete -c cargo -n 'string match -qr "^\s*cargo\s+lambdaship\s" -- (commandline -cp)' -f -a '(complete -C (__fish_cargo_lambdaship_line))'
"#;

/// Print a shell's completion script
///
/// Load it where the shell starts, as in `source <(cargo lambdaship completions bash)` in ~/.bashrc. It completes
/// `cargo-lambdaship` and, in bash, zsh and fish, `cargo lambdaship`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), name(self.shell), &mut script);
        script.extend_from_slice(bridge(self.shell).as_bytes());
        run.print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}

/// The program that the script is made for. The one for bash finds no verb of a program with a hyphen in its name, so
/// it is made for another, and [`BASH`] puts it in its place.
fn name(shell: Shell) -> &'static str {
    if shell == Shell::Bash { "lambdaship" } else { BINARY }
}

fn bridge(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => BASH,
        Shell::Fish => FISH,
        // Zsh needs none, and in the others a command has one completer only, which is cargo's.
        _ => "",
    }
}
