#!/usr/bin/env bash
# Whether this checkout may be released as a version: Cargo.toml, the action's default and the changelog all say so.
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
grep -qF "## [$version] - " CHANGELOG.md || problem "CHANGELOG.md has no section \`## [$version] - <date>\`"
if [ -f action.yml ]; then
    # The input `version` is the only one whose default is one.
    grep -qxE "    default: '?${version//./\\.}'?" action.yml || problem "action.yml installs another version"
fi
exit "$problems"
