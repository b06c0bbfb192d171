// Our own rules for jobs: what all linters let through, and what would hurt whoever copies the workflow.

import { fields } from "./runner/template.js";

// By permission, what in a job's steps shows that it is used. No other one is granted.
const GRANTS = {
  "actions: read": /gh api .*\/actions\/runs\/|curl .*\/repos\/\$GITHUB_REPOSITORY\/environments\//,
  "attestations: read": /gh attestation verify/,
  "attestations: write": /actions\/attest-build-provenance@/,
  "contents: read": /actions\/checkout@/,
  "contents: write": /git push|gh release/,
  "deployments: write": /"deployments":"on"/,
  "id-token: write": /"role-to-assume"|actions\/attest-build-provenance@|rust-lang\/crates-io-auth-action@/,
  "issues: write": /"command":"drift"/,
  "pull-requests: write": /"command":"comment"|gh pr create/,
};

// Commands of our action that write to an environment.
const WRITES = ["deploy", "promote", "rollback", "prune"];

// What is wrong with the `if` of a job or step, as rule and message. GitHub makes a text of an expression with anything beside it,
// were it a line end, and a text is true.
export function condition(token, source) {
  if (!token) return undefined;
  const { start, end } = token.range;
  if (start.line !== end.line) return ["condition", "an `if` of several lines may always be true: put it into one"];
  const value = source.split("\n")[start.line - 1].slice(start.column - 1, end.column - 1);
  const bare = value.trim().replace(/^(["'])(.*)\1$/, "$2");
  const alone = /^\$\{\{(?:(?!\$\{\{).)*\}\}$/.test(bare);
  if (bare.includes("${{") && !alone) return ["condition", "an `if` with text beside its expression is always true"];
  return undefined;
}

// What is wrong with a job, as rules and messages: `token` and `plain` are the same job, `root` and `workflow` what it is in.
export function* jobRules(token, plain, { root, workflow, own }) {
  const job = fields(token);
  if (!job.uses && !job["timeout-minutes"]) yield [token, "timeout", "a job without `timeout-minutes` may run for six hours"];
  yield* permissionRules(job, plain);
  yield* turnRules(job, plain, { root, workflow, own });
  if (JSON.stringify(workflow.on).includes('"workflow_run"') && (/actions\/checkout@/.test(JSON.stringify(plain)) || job.environment)) {
    yield [token, "strangers", "what runs after a stranger's run neither checks out nor reaches an environment"];
  }
}

function* permissionRules(job, plain) {
  if (job.permissions?.isScalar) yield [job.permissions, "permissions", "each permission is named"];
  const steps = JSON.stringify(plain.steps ?? []);
  for (const [name, value] of Object.entries(fields(job.permissions))) {
    const grant = `${name}: ${value}`;
    if (!GRANTS[grant]?.test(steps)) yield [value, "unused-permission", `nothing in the job uses \`${grant}\``];
  }
}

// Deployments, rollbacks and deletions of an environment wait for each other, whichever workflow they are in.
function* turnRules(job, plain, { root, workflow, own }) {
  for (const { uses, with: inputs } of plain.steps ?? []) {
    if (uses?.split("@")[0] !== own?.name || !WRITES.includes(inputs?.command)) continue;
    const groups = [plain.concurrency, workflow.concurrency].filter(Boolean);
    const at = job.concurrency ?? root.concurrency ?? job.steps;
    if (!groups.some(({ group, queue }) => group === `lambdaship-${inputs.environment}` && queue === "max")) {
      yield [at, "turn", `it waits for its turn: group \`lambdaship-${inputs.environment}\` with \`queue: max\``];
    }
    if (groups.some((one) => one["cancel-in-progress"])) yield [at, "cut-off", "what writes is not cancelled for a newer one"];
    if ((plain.environment?.name ?? plain.environment) !== inputs.environment) {
      yield [job.environment ?? job.steps, "environment", `it writes to ${inputs.environment}, whose reviewers and role are not the job's`];
    }
  }
}
