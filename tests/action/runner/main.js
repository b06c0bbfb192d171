// Runs an action, or jobs of a workflow, as GitHub's runner does: the request is JSON in the file that is named, the result
// is JSON on standard output. SIGUSR1 is somebody who clicks on "Cancel".
//
// Request: `action` and `with`, or `workflow` and perhaps `jobs`, `needs`; `github` (the context), `event`, `env` (the
// machine's), `folder` (for all that is written), `oidc` (`url`, `token`); for jobs also `actions` (the path of `action.yml`
// by name; each is also given the inputs in `with`), `checkout`, `artifacts`, `otherRuns`, `vars`, `secrets`, `inputs`.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { newScope, runComposite } from "./steps.js";
import { Refused } from "./template.js";
import { runWorkflow } from "./workflow.js";

// What all steps share.
class Run {
  constructor(request) {
    this.request = request;
    this.folder = join(request.folder, "runner");
    this.temp = join(request.folder, "temp");
    this.event = join(this.folder, "event.json");
    this.cancelled = false;
    this.interrupt = () => {};
    this.steps = 0;
    this.machines = 0;
    this.annotations = [];
    this.masks = new Set();
    for (const folder of [this.folder, this.temp]) mkdirSync(folder, { recursive: true });
    writeFileSync(this.event, JSON.stringify(request.event ?? {}));
    Object.assign(this, { env: {}, path: [], summary: "" });
    this.permit(undefined);
    for (const secret of [request.github.token, request.oidc?.token, ...Object.values(request.secrets ?? {})]) this.mask(secret ?? "");
  }

  // Nothing of one job's machine is there in the next. Answers the folder of its workspace.
  newMachine() {
    this.machines += 1;
    Object.assign(this, { env: {}, path: [], summary: "", temp: join(this.folder, `temp-${this.machines}`) });
    mkdirSync(this.temp);
    return join(this.folder, `workspace-${this.machines}`);
  }

  // Who may not ask for an OIDC token is not told where.
  permit(permissions) {
    const may = permissions === undefined || permissions === "write-all" || permissions?.["id-token"] === "write";
    this.oidc = may && this.request.oidc
      ? { ACTIONS_ID_TOKEN_REQUEST_URL: this.request.oidc.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.request.oidc.token }
      : {};
  }

  mask(secret) {
    for (const line of secret.split(/\r?\n/)) if (line.trim() !== "") this.masks.add(line);
  }

  masked(text) {
    return [...this.masks].sort((a, b) => b.length - a.length).reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
  }

  runner() {
    return { os: "Linux", arch: "X64", name: "test", temp: this.temp, tool_cache: join(this.folder, "tools"), environment: "github-hosted" };
  }

  // The variables that every step gets. The token is not one of them.
  variables({ contexts }) {
    const { token, event, ...github } = contexts.github;
    const context = Object.entries({ ...github, event_path: this.event }).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)]);
    const runner = Object.entries(this.runner()).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]);
    return { ...this.request.env, CI: "true", GITHUB_ACTIONS: "true", ...this.oidc, ...Object.fromEntries([...context, ...runner]) };
  }
}

async function main(path) {
  const request = JSON.parse(readFileSync(path, "utf8"));
  request.github = { event: request.event ?? {}, ...request.github };
  const run = new Run(request);
  process.on("SIGUSR1", () => {
    if (run.cancelled) return;
    run.cancelled = true;
    run.interrupt();
  });
  const result = request.action ? await runAlone(request, run) : await runWorkflow(request.workflow, run);
  const { annotations, env } = run;
  return { ...result, summary: run.summary, annotations: JSON.parse(run.masked(JSON.stringify(annotations))), env };
}

// The action as the only step of a job.
function runAlone(request, run) {
  const contexts = { github: request.github, env: {}, steps: {}, strategy: {}, matrix: null, job: { status: "success" }, runner: run.runner() };
  return runComposite(request.action, request.with ?? {}, {}, newScope(contexts, run), run);
}

main(process.argv[2]).then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error) => {
    if (!(error instanceof Refused)) throw error;
    process.stdout.write(JSON.stringify({ refused: error.message }));
  },
);
