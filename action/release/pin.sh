#!/usr/bin/env bash
# Writes the commit of a release into what is made after it: the workflow templates, and the file that tells `init --github`.
#
#   pin.sh VERSION COMMIT
#
# VERSION is the one of Cargo.toml, COMMIT the whole name of the commit that the tag vVERSION is on.
set -euo pipefail

version=${1:?the version is missing}
commit=${2:?the commit is missing}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || { echo "$version is not a version" >&2; exit 1; }
[[ $commit =~ ^[0-9a-f]{40}$ ]] || { echo "$commit is not the whole name of a commit" >&2; exit 1; }

sources=cargo-lambdaship/src/ops/init
for template in "$sources"/templates/github/*.yml; do
    name=$(basename "$template")
    sed -E "s|(uses: cargo-lambdaship/cargo-lambdaship)@.*|\1@$commit # v$version|" "$template" >"$template.new"
    mv "$template.new" "$template"
    cp "$template" "workflow-templates/$name"
done
head -n 1 "$sources/pin.txt" >"$sources/pin.txt.new"
echo "$version $commit" >>"$sources/pin.txt.new"
mv "$sources/pin.txt.new" "$sources/pin.txt"
