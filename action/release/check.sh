#!/usr/bin/env bash
# Whether this checkout may be released as a version: Cargo.toml and its lock file, the action's default, the changelog and the pages
# all say so.
#
#   check.sh VERSION
set -euo pipefail

version=${1:?the version is missing}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

problems=0
problem() {
    echo "not ready for $version: $*" >&2
    problems=1
}

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || problem "it is not a version such as 1.2.3"
grep -qxF "version = \"$version\"" Cargo.toml || problem "Cargo.toml has another version"
grep -xFA 1 'name = "cargo-lambdaship"' Cargo.lock | grep -xF "version = \"$version\"" >/dev/null || problem "Cargo.lock has another version"
grep -qF "## [$version] - " CHANGELOG.md || problem "CHANGELOG.md has no section \`## [$version] - <date>\`"
if [ -f action.yml ]; then
    # The input `version` is the only one whose default is one.
    grep -qxE "    default: '?${version//./\\.}'?" action.yml || problem "action.yml installs another version"
fi
for page in README.md docs/github.md; do
    other=$(grep -F 'cargo-lambdaship/cargo-lambdaship@v' "$page" | grep -vE "@v${version//./\\.}( |\$)") || true
    [ -z "$other" ] || problem "$page names the action of another version"
done
exit "$problems"
