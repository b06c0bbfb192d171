// What other people's actions do for a job, as far as a test needs it: the workspace, and files from job to job.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

// These change nothing that a test sees.
const NOTHING = [
  "actions/cache",
  "actions/cache/restore",
  "actions/cache/save",
  "actions/setup-python",
  "Swatinem/rust-cache",
  "dtolnay/rust-toolchain",
  "actions-rust-lang/setup-rust-toolchain",
  "taiki-e/install-action",
];

const ACTIONS = {
  "actions/checkout": checkout,
  "actions/upload-artifact": upload,
  "actions/download-artifact": download,
};

// Does what the action `name` does; answers whether it succeeded.
export function standIn(name, inputs, record, scope, run) {
  const action = NOTHING.includes(name) ? () => {} : ACTIONS[name];
  if (!action) throw new Error(`no stand-in for ${name}`);
  record.inputs = inputs;
  try {
    action(inputs, scope.contexts.github, run.request, record, run);
    return true;
  } catch (error) {
    record.raw.push(String(error.message));
    return false;
  }
}

// What is committed in the request's repository; the token stays behind unless told otherwise.
function checkout(inputs, github, request) {
  const target = resolve(github.workspace, inputs.path ?? "");
  execFileSync("git", ["clone", "--quiet", request.checkout, target], { stdio: "pipe" });
  const git = (...words) => execFileSync("git", ["-C", target, ...words], { stdio: "pipe" });
  if (inputs.ref) git("checkout", "--quiet", "--detach", inputs.ref);
  if (inputs["persist-credentials"] !== "false") {
    git("config", "--local", `http.${github.server_url}/.extraheader`, `AUTHORIZATION: basic ${github.token}`);
  }
}

// Files keep their path below the folder that all of them have in common.
function upload(inputs, github, request, record) {
  const lines = inputs.path.split("\n").map((line) => line.trim()).filter(Boolean);
  const found = lines.flatMap((line) => globSync(line, { cwd: github.workspace }).map((path) => resolve(github.workspace, path)));
  if (found.length === 0) {
    if (inputs["if-no-files-found"] === "error") throw new Error(`No files were found with the provided path: ${inputs.path}`);
    return;
  }
  const name = inputs.name ?? "artifact";
  const target = join(request.artifacts, name);
  if (existsSync(target) && inputs.overwrite !== "true") throw new Error("Failed to CreateArtifact: an artifact with this name already exists");
  rmSync(target, { recursive: true, force: true });
  const folder = (path) => (statSync(path).isDirectory() ? path : dirname(path));
  const root = found.map(folder).reduce((common, path) => {
    while (relative(common, path).startsWith("..")) common = dirname(common);
    return common;
  });
  mkdirSync(target, { recursive: true });
  for (const path of found) cpSync(path, join(target, relative(root, path)), { recursive: true });
  record.outputs["artifact-id"] = "1";
}

// One artifact by its name, or all that match a pattern; those of another run are in a folder of their own.
function download(inputs, github, request) {
  const elsewhere = inputs["run-id"] && inputs["run-id"] !== github.run_id;
  const shelf = elsewhere ? request.otherRuns?.[inputs["run-id"]] : request.artifacts;
  const target = resolve(github.workspace, inputs.path ?? "");
  mkdirSync(target, { recursive: true });
  const all = shelf && existsSync(shelf) ? readdirSync(shelf) : [];
  if (inputs.name) {
    if (!all.includes(inputs.name)) throw new Error(`Unable to download artifact(s): Artifact not found for name: ${inputs.name}`);
    cpSync(join(shelf, inputs.name), target, { recursive: true });
    return;
  }
  const matching = inputs.pattern ? globSync(inputs.pattern, { cwd: shelf ?? "." }).map((path) => basename(path)) : all;
  for (const name of matching.filter((name) => all.includes(name)).sort()) {
    cpSync(join(shelf, name), inputs["merge-multiple"] === "true" ? target : join(target, name), { recursive: true });
  }
}
