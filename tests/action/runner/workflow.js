// The jobs of a workflow: their order, conditions, matrices, permissions and outputs.

import { newScope, runSteps } from "./steps.js";
import { Refused, evaluate, fields, holds, items, readWorkflow, texts } from "./template.js";

// Runs the jobs of the workflow, or those of the request's `jobs` only, for which `needs` may say what others did.
export async function runWorkflow(path, run) {
  const { context, root } = await readWorkflow(path);
  const done = { ...run.request.needs };
  const jobs = {};
  const waiting = Object.entries(fields(root.jobs)).filter(([id]) => run.request.jobs?.includes(id) ?? true);
  while (waiting.length > 0) {
    const next = waiting.findIndex(([, job]) => needs(fields(job)).every((id) => id in done));
    if (next < 0) throw new Error(`the needs of ${waiting.map(([id]) => id)} were not run`);
    const [[id, job]] = waiting.splice(next, 1);
    jobs[id] = await runJob(context, root, id, fields(job), done, run);
    done[id] = { result: jobs[id].conclusion, outputs: jobs[id].outputs };
  }
  return { conclusion: worst(Object.values(jobs)), jobs };
}

function needs(job) {
  if (!job.needs) return [];
  return job.needs.isScalar ? [job.needs.toString()] : items(job.needs).map(String);
}

async function runJob(context, root, id, job, done, run) {
  const { github, vars = {}, inputs = {}, secrets = {} } = run.request;
  const mine = Object.fromEntries(needs(job).map((name) => [name, done[name]]));
  const contexts = { github: { ...github, job: id }, vars, inputs, secrets, needs: mine, env: {}, runner: run.runner(), job: { status: "success" } };
  const scope = newScope({ ...contexts, strategy: {}, matrix: null, steps: {} }, run);
  const results = Object.values(mine).map(({ result }) => result);
  scope.functions.success = () => !run.cancelled && results.every((result) => result === "success");
  scope.functions.failure = () => results.includes("failure");
  scope.functions.cancelled = () => run.cancelled;
  if (!holds(context, job.if, scope)) return { conclusion: "skipped", outputs: {}, legs: [] };
  const legs = [];
  for (const matrix of expand(evaluate(fields(job.strategy).matrix, scope))) {
    legs.push(await runLeg(context, root, job, { ...contexts, matrix, strategy: { "job-index": legs.length }, steps: {} }, run));
  }
  return { conclusion: worst(legs), outputs: Object.assign({}, ...legs.map((leg) => leg.outputs)), legs };
}

// One job of a matrix, or the only one.
async function runLeg(context, root, job, contexts, run) {
  const workspace = run.newMachine();
  contexts.github = { ...contexts.github, workspace };
  contexts.runner = run.runner();
  const scope = newScope(contexts, run);
  contexts.env = texts(root.env, scope);
  contexts.env = { ...contexts.env, ...texts(job.env, scope) };
  scope.inherited = contexts.env;
  scope.defaults = Object.assign({}, ...[root, job].map((of) => evaluate(fields(of.defaults).run, scope) ?? {}));
  const environment = job.environment && evaluate(job.environment, scope);
  const permissions = evaluate(job.permissions ?? root.permissions, scope);
  run.permit(permissions);
  const steps = await runSteps(context, items(job.steps), scope, run);
  const outputs = texts(job.outputs, scope);
  const forgiven = scope.status === "failure" && evaluate(job["continue-on-error"], scope) === true;
  const conclusion = forgiven ? "success" : scope.status;
  return { matrix: contexts.matrix, environment: environment?.name ?? environment, permissions, workspace, conclusion, steps, outputs, summary: run.summary };
}

// Every combination of a matrix, as GitHub makes them.
function expand(matrix) {
  if (!matrix) return [null];
  const { include = [], exclude = [], ...axes } = matrix;
  const names = Object.keys(axes);
  const agrees = (leg, with_) => Object.entries(with_).every(([name, value]) => !(name in axes) || leg[name] === value);
  let legs = names.reduce((made, name) => made.flatMap((leg) => axes[name].map((value) => ({ ...leg, [name]: value }))), names.length > 0 ? [{}] : []);
  legs = legs.filter((leg) => !exclude.some((out) => agrees(leg, out)));
  const original = legs.map((leg) => ({ ...leg }));
  for (const more of include) {
    const fitting = legs.filter((_, at) => at < original.length && agrees(original[at], more));
    if (fitting.length > 0) fitting.forEach((leg) => Object.assign(leg, more));
    else legs.push({ ...more });
  }
  if (legs.length === 0) throw new Refused("Matrix vector does not contain any values");
  if (legs.length > 256) throw new Refused("Matrix exceeds 256 jobs");
  return legs;
}

function worst(parts) {
  const all = parts.map(({ conclusion }) => conclusion);
  return ["failure", "cancelled", "success"].find((one) => all.includes(one)) ?? "skipped";
}
