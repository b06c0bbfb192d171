#!/usr/bin/env bash
# Puts one exact version of cargo-lambdaship on the path of a job, and says where it is.
#
# In: the inputs of action.yml as INPUT_…, and the variables that a runner sets. Out: the outputs `bin`, `version` and
# `folder`, an empty one, and a folder in GITHUB_PATH. What is downloaded is used only if it has the digest that manifest.json, beside this file, states.
#
# It runs with the bash 3.2 of macOS and the Git Bash of Windows.
set -euo pipefail

readonly PROGRAM=cargo-lambdaship
readonly REPOSITORY=cargo-lambdaship/cargo-lambdaship
# What builds a release's archives, and attests them.
readonly SIGNER=.github/workflows/prepare-release.yml

# Functions that can fail leave their answer in a variable: an error in `$(…)` would not end the script.
BIN=''

main() {
  local version folder
  # What is started here has no use for it but `gh`: cargo runs build scripts of others.
  TOKEN=${INPUT_GITHUB_TOKEN:-}
  unset INPUT_GITHUB_TOKEN
  check_inputs
  if [ -n "${INPUT_BINARY_PATH:-}" ]; then
    given "$INPUT_BINARY_PATH"
  else
    installed
  fi
  version=$("$BIN" --version) || fail "\`$BIN\` does not run on this machine"
  version=${version##* }
  is_version "$version" || fail "\`$BIN\` is not $PROGRAM"
  if [ -z "${INPUT_BINARY_PATH:-}" ] && [ "$version" != "$VERSION" ]; then
    fail "\`$BIN\` is $version, and $VERSION was asked for"
  fi
  BIN=$(portable "$BIN")
  say "$PROGRAM $version: $BIN"
  # Of this use of the action alone: a job can have more than one.
  folder=$(mktemp -d "$(posix "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/lambdaship.XXXXXX")
  printf 'bin=%s\nversion=%s\nfolder=%s\n' "$BIN" "$version" "$(portable "$folder")" >>"${GITHUB_OUTPUT:-/dev/null}"
  native "$(dirname "$BIN")" >>"${GITHUB_PATH:-/dev/null}"
}

# All that can be wrong with the inputs, before anything is done. Sets VERSION, INSTALL and VERIFY.
check_inputs() {
  INSTALL=${INPUT_INSTALL:-auto}
  VERIFY=${INPUT_VERIFY:-checksum}
  VERSION=${INPUT_VERSION:-}
  one_line version "$VERSION"
  one_line install "$INSTALL"
  one_line verify "$VERIFY"
  one_line binary-path "${INPUT_BINARY_PATH:-}"
  one_line download-base-url "${INPUT_DOWNLOAD_BASE_URL:-}"
  case $INSTALL in
    auto | binary | cargo) ;;
    *) fail "the input \`install\` is \`$INSTALL\`, and can be auto, binary or cargo" ;;
  esac
  case $VERIFY in
    checksum | attestation) ;;
    *) fail "the input \`verify\` is \`$VERIFY\`, and can be checksum or attestation; there is no way to leave it out" ;;
  esac
  if [ -n "${INPUT_BINARY_PATH:-}" ]; then
    [ "$VERIFY" = checksum ] || fail "the input \`verify\` cannot be \`$VERIFY\` for a \`binary-path\`"
    return
  fi
  case $VERSION in
    '') fail "the input \`version\` is empty: state one such as 0.1.0" ;;
    latest) fail "the input \`version\` cannot be \`latest\`: a pipeline has to do tomorrow what it does today" ;;
    *) is_version "$VERSION" || fail "the input \`version\` is \`$VERSION\`, and has to be exact, such as 0.1.0" ;;
  esac
  if [ "$INSTALL" = cargo ] && [ "$VERIFY" = attestation ]; then
    fail "the input \`verify\` cannot be \`attestation\` with \`install: cargo\`: only prebuilt binaries have one"
  fi
}

# What was named, as an absolute path.
given() {
  BIN=$(posix "$1")
  case $BIN in
    /*) ;;
    *) BIN=$PWD/$BIN ;;
  esac
  [ -f "$BIN" ] || fail "the input \`binary-path\` names \`$1\`, and there is no such file"
  [ -x "$BIN" ] || fail "the input \`binary-path\` names \`$1\`, which cannot be run"
}

# The prebuilt binary where there is one, else what cargo builds.
installed() {
  local target
  if [ "$INSTALL" != cargo ]; then
    for target in $(targets); do
      artifact "$VERSION" "$target"
      if [ -n "$FILE" ]; then
        prebuilt
        return
      fi
    done
    if [ "$INSTALL" = binary ] || [ "$VERIFY" = attestation ]; then
      fail "there is no prebuilt $PROGRAM $VERSION for this machine ($(targets))"
    fi
    say "there is no prebuilt $PROGRAM $VERSION for this machine, so cargo builds it"
  fi
  built
}

# The targets whose binaries run here, best first.
targets() {
  local arch
  case ${RUNNER_ARCH:-$(uname -m)} in
    X64 | x86_64 | amd64) arch=x86_64 ;;
    ARM64 | arm64 | aarch64) arch=aarch64 ;;
    *) arch=unknown ;;
  esac
  case ${RUNNER_OS:-$(uname -s)} in
    Linux) echo "$arch-unknown-linux-musl $arch-unknown-linux-gnu" ;;
    macOS | Darwin) echo "$arch-apple-darwin" ;;
    Windows | MINGW* | MSYS*) echo "$arch-pc-windows-msvc" ;;
    *) echo "$arch-unknown" ;;
  esac
}

# FILE and SHA256 of version $1 for target $2, both empty where there is none, by the manifest:
# {"0.1.0": {"<target>": {"file": "…", "sha256": "…"}}}.
artifact() {
  local json folder versions targets_of entry
  FILE='' SHA256=''
  folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
  json=$(tr -d ' \t\r\n' <"$folder/manifest.json")
  versions=${json#*"\"$1\":{"}
  [ "$versions" != "$json" ] || return 0
  targets_of=${versions%%\}\}*}
  entry=${targets_of#*"\"$2\":{"}
  [ "$entry" != "$targets_of" ] || return 0
  entry=${entry%%\}*}
  FILE=$(member file "$entry")
  SHA256=$(member sha256 "$entry")
  [[ $FILE =~ ^[A-Za-z0-9._-]+$ && $SHA256 =~ ^[0-9a-f]{64}$ ]] || fail "manifest.json is wrong about $PROGRAM $1 for $2"
}

# The text of one member of an object without its braces.
member() {
  local rest=${2#*"\"$1\":\""}
  [ "$rest" = "$2" ] || printf '%s' "${rest%%\"*}"
}

# Downloads and unpacks FILE. The archive is kept for the next job on this machine, and verified each time: what is unpacked
# is never older than the job.
prebuilt() {
  local kept archive new folder
  kept=$(shelf)/$VERSION-$SHA256
  archive=$kept/$FILE
  if ! is_released "$archive"; then
    mkdir -p "$kept"
    new=$archive.$$
    base_url
    download "$BASE_URL/v$VERSION/$FILE" "$new"
    if ! is_released "$new"; then
      rm -f "$new"
      fail "$FILE is not what was released: its SHA-256 is another one"
    fi
    mv -f "$new" "$archive"
  fi
  [ "$VERIFY" = checksum ] || attested "$archive"
  folder=$(mktemp -d "$(posix "${RUNNER_TEMP:-${TMPDIR:-/tmp}}")/$PROGRAM.XXXXXX")
  # By relative names: to GNU's tar, `C:` is another machine.
  (cd "$folder" && tar -xzf - <"$archive") || fail "$FILE cannot be unpacked"
  for BIN in "$folder/$PROGRAM$(suffix)" "$folder"/*/"$PROGRAM$(suffix)"; do
    if [ -f "$BIN" ]; then
      chmod +x "$BIN"
      return
    fi
  done
  fail "$FILE has no $PROGRAM in it"
}

is_released() {
  [ -f "$1" ] || return 1
  digest "$1"
  [ "$DIGEST" = "$SHA256" ]
}

base_url() {
  BASE_URL=${INPUT_DOWNLOAD_BASE_URL:-https://github.com/$REPOSITORY/releases/download}
  BASE_URL=${BASE_URL%/}
  case $BASE_URL in
    *[[:space:]\"\\]*) fail "the input \`download-base-url\` is not an address" ;;
    https://?* | http://127.0.0.1[:/]* | http://localhost[:/]*) ;;
    *) fail "the input \`download-base-url\` has to begin with https://" ;;
  esac
}

download() {
  say "downloading $1"
  curl --fail --silent --show-error --location --proto '=https,http' --proto-redir '=https' \
    --retry 3 --connect-timeout 20 --max-time 300 --output "$2" --url "$1" ||
    fail "$1 cannot be downloaded; \`download-base-url\` names a mirror, \`binary-path\` a program that is there already"
}

digest() {
  if command -v sha256sum >/dev/null; then
    DIGEST=$(sha256sum <"$1")
  elif command -v shasum >/dev/null; then
    DIGEST=$(shasum -a 256 <"$1")
  else
    fail "this machine has neither sha256sum nor shasum, so that nothing can be verified"
  fi
  DIGEST=${DIGEST%% *}
}

# Asks github.com, where the releases are. The job's token is one for it only if the job runs there.
attested() {
  local token=$TOKEN
  command -v gh >/dev/null || fail "\`verify: attestation\` needs GitHub's program \`gh\`, which this machine does not have"
  if [ "${GITHUB_SERVER_URL:-https://github.com}" != https://github.com ]; then
    token=${GH_TOKEN:-}
    [ -n "$token" ] || fail "\`verify: attestation\` needs a token of github.com in GH_TOKEN: that of this job is for $GITHUB_SERVER_URL"
  fi
  GH_TOKEN=$token GH_HOST=github.com gh attestation verify "$(portable "$1")" --repo "$REPOSITORY" \
    --signer-workflow "$REPOSITORY/$SIGNER" >&2 ||
    fail "$(basename "$1") has no attestation of $REPOSITORY"
}

# What cargo builds from the registry's sources, with the releases' own versions of dependencies. It is kept for later steps of
# this job alone: nothing could tell what another job left from what cargo built.
built() {
  local root
  command -v cargo >/dev/null || fail "there is no cargo on this machine to build $PROGRAM with"
  if [ -n "${RUNNER_TEMP:-}" ]; then
    root=$(posix "$RUNNER_TEMP")/$PROGRAM-$VERSION
  else
    root=$(mktemp -d "${TMPDIR:-/tmp}/$PROGRAM.XXXXXX")
  fi
  BIN=$root/bin/$PROGRAM$(suffix)
  if ! [ -x "$BIN" ]; then
    compiled "$(portable "$root")" || fail "cargo could not install $PROGRAM $VERSION"
  fi
}

# `cargo install` into $1. Build scripts of all dependencies run in it, which neither speak for this step nor act for the job.
compiled() (
  unset ACTIONS_CACHE_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_RESULTS_URL \
    ACTIONS_RUNTIME_TOKEN ACTIONS_RUNTIME_URL
  unset GITHUB_ENV GITHUB_OUTPUT GITHUB_PATH GITHUB_STATE GITHUB_STEP_SUMMARY
  unset AWS_ACCESS_KEY_ID AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN GH_TOKEN GITHUB_TOKEN
  cargo install --locked --root "$1" "$PROGRAM@$VERSION" >&2
)

# Where things stay between the jobs of one machine.
shelf() {
  printf '%s/%s' "$(posix "${RUNNER_TOOL_CACHE:-${RUNNER_TEMP:-${TMPDIR:-/tmp}}}")" "$PROGRAM"
}

suffix() {
  case ${RUNNER_OS:-$(uname -s)} in
    Windows | MINGW* | MSYS*) printf '.exe' ;;
  esac
}

is_version() {
  [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]
}

# An input goes into messages and addresses, in which a line break would begin something else.
one_line() {
  case $2 in
    *[[:cntrl:]]*) fail "the input \`$1\` has more than one line" ;;
  esac
}

# A path as this shell has it, as all programs take it, and as Windows has it. Elsewhere they are the same.
posix() {
  if command -v cygpath >/dev/null; then cygpath -u -- "$1"; else printf '%s\n' "$1"; fi
}

portable() {
  if command -v cygpath >/dev/null; then cygpath -m -- "$1"; else printf '%s\n' "$1"; fi
}

native() {
  if command -v cygpath >/dev/null; then cygpath -w -- "$1"; else printf '%s\n' "$1"; fi
}

say() {
  printf '%s\n' "$*" >&2
}

# Ends the job with an error that GitHub shows. It is on stderr, since the output of several functions is their answer.
fail() {
  local text=$*
  text=${text//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '::error title=cargo lambdaship::%s\n' "$text" >&2
  exit 1
}

main
