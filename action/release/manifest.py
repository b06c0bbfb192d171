#!/usr/bin/env python3
"""Adds the archives of a release to action/manifest.json, with the digests that install.sh holds downloads against.

    manifest.py VERSION FOLDER [MANIFEST]

FOLDER has the archives `cargo-lambdaship-vVERSION-TARGET.tar.gz`, each with its `….sha256` beside it. Each is hashed
here again; a digest that differs, an archive too few or too many, or one of a version that is there already with
another digest ends with an error and leaves the manifest as it was.
"""

import hashlib
import json
import os
import pathlib
import re
import sys

TARGETS = (
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
)


def main(version: str, folder: str, manifest: str) -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        raise SystemExit(f"{version} is not a version such as 1.2.3")
    entries = archives(version, pathlib.Path(folder))
    path = pathlib.Path(manifest)
    versions = json.loads(path.read_text(encoding="utf-8"))
    if versions.get(version, entries) != entries:
        raise SystemExit(f"{path} has {version} already, with other archives: what was released stays as it is")
    versions[version] = entries
    # A half-written manifest would be worse than an old one.
    new = path.with_suffix(".new")
    new.write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    os.replace(new, path)


def archives(version: str, folder: pathlib.Path) -> dict[str, dict[str, str]]:
    """What the manifest has for the version: its archives by target."""
    names = {target: f"cargo-lambdaship-v{version}-{target}.tar.gz" for target in TARGETS}
    found = {path.name for path in folder.glob("*.tar.gz")}
    if found != set(names.values()):
        missing = sorted(set(names.values()) - found)
        extra = sorted(found - set(names.values()))
        raise SystemExit(f"{folder} has not the archives of a release: missing {missing}, not known {extra}")
    return {target: {"file": name, "sha256": digest(folder / name)} for target, name in names.items()}


def digest(archive: pathlib.Path) -> str:
    """The SHA-256 of the archive, which has to be the one that was stated where it was made."""
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    stated = archive.with_name(f"{archive.name}.sha256").read_text(encoding="utf-8").split()
    if not stated or stated[0] != found:
        raise SystemExit(f"{archive.name} is not what was built: its SHA-256 is {found}, and {stated[:1]} was stated")
    return found


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    own = pathlib.Path(__file__).resolve().parent.parent / "manifest.json"
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else str(own))
