// The steps of an action or a job, one after the other.

import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { Commands } from "./commands.js";
import { execute } from "./process.js";
import { standIn } from "./stand-ins.js";
import { evaluate, fields, holds, items, readAction, text, texts } from "./template.js";

// Runs the steps of `scope`, whose `status` and context `steps` they change, and answers what became of each.
export async function runSteps(context, tokens, scope, run) {
  const done = [];
  for (const token of tokens) {
    const step = { number: (run.steps += 1), id: fields(token).id?.toString() ?? "", raw: [], outputs: {}, summary: "", exit: null };
    const { outcome, conclusion } = await runStep(context, fields(token), step, scope, run);
    if (conclusion === "failure" && scope.status === "success") scope.status = "failure";
    if (run.cancelled) scope.status = "cancelled";
    if (step.id) scope.contexts.steps[step.id] = { outputs: step.outputs, outcome, conclusion };
    if (step.steps === undefined) run.summary += step.summary;
    const { id, exit, outputs, raw, steps } = step;
    done.push({ id, name: fields(token).name?.toString(), outcome, conclusion, exit, outputs, raw: raw.join("\n"), log: run.masked(raw.join("\n")), steps });
  }
  return done;
}

async function runStep(context, step, record, scope, run) {
  const outer = scope.contexts.env;
  scope.contexts.env = { ...outer, ...run.env, ...scope.inherited };
  const env = texts(step.env, scope);
  scope.contexts.env = { ...scope.contexts.env, ...env };
  try {
    if (!holds(context, step.if, scope)) return { outcome: "skipped", conclusion: "skipped" };
    const before = run.cancelled;
    const good = step.run ? await runScript(step, record, env, scope, run) : await runAction(step, record, env, scope, run);
    const outcome = run.cancelled && !before ? "cancelled" : good && !record.failed ? "success" : "failure";
    const forgiven = outcome === "failure" && ["true", true].includes(evaluate(step["continue-on-error"], scope));
    return { outcome, conclusion: forgiven ? "success" : outcome };
  } finally {
    scope.contexts.env = outer;
  }
}

async function runScript(step, record, env, scope, run) {
  const commands = new Commands(run, record);
  const { workspace } = scope.contexts.github;
  const request = {
    script: text(step.run, scope),
    shell: step.shell ? text(step.shell, scope) : (scope.defaults?.shell ?? ""),
    cwd: resolve(workspace, step["working-directory"] ? text(step["working-directory"], scope) : (scope.defaults?.["working-directory"] ?? "")),
    folder: run.folder,
    number: record.number,
  };
  request.env = { ...run.variables(scope), ...run.env, ...scope.inherited, ...env, ...commands.files(run.folder) };
  request.env.PATH = [...run.path, request.env.PATH].join(":");
  record.exit = await execute(request, run, (line) => commands.line(line));
  commands.read();
  if (record.exit !== 0 && !run.cancelled) run.annotations.push({ level: "error", message: `Process completed with exit code ${record.exit}.` });
  return record.exit === 0;
}

async function runAction(step, record, env, scope, run) {
  const uses = step.uses.toString();
  const [name] = uses.split("@");
  const inputs = texts(step.with, scope);
  const path = uses.startsWith("./") ? join(scope.contexts.github.workspace, uses, "action.yml") : run.request.actions?.[name];
  if (!path) return standIn(name, inputs, record, scope, run);
  const action = await runComposite(path, { ...inputs, ...run.request.with }, { ...scope.inherited, ...env }, scope, run);
  Object.assign(record, { outputs: action.outputs, steps: action.steps });
  return action.conclusion === "success";
}

// Runs a composite action: inputs with their defaults, its steps, its outputs.
export async function runComposite(path, given, inherited, outer, run) {
  const { context, root } = readAction(path);
  const github = { ...outer.contexts.github, action_path: dirname(path) };
  const { strategy, matrix, job, runner } = outer.contexts;
  const scope = newScope({ github, strategy, matrix, job, runner, env: outer.contexts.env, steps: {}, inputs: {} }, run);
  scope.inherited = inherited;
  const known = Object.keys(fields(root.inputs));
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) run.annotations.push({ level: "warning", message: `Unexpected input(s) '${name}'` });
  }
  scope.contexts.inputs = Object.fromEntries(known.map((name) => [name, given[name] ?? text(fields(fields(root.inputs)[name]).default, scope)]));
  const steps = await runSteps(context, items(fields(root.runs).steps), scope, run);
  const outputs = Object.entries(fields(root.outputs)).map(([name, output]) => [name, text(fields(output).value, scope)]);
  return { conclusion: scope.status, steps, outputs: Object.fromEntries(outputs) };
}

// Where expressions are evaluated, and what has become of the steps so far.
export function newScope(contexts, run) {
  mkdirSync(contexts.github.workspace, { recursive: true });
  const scope = { contexts, status: run.cancelled ? "cancelled" : "success", inherited: {} };
  scope.functions = {
    always: () => true,
    success: () => scope.status === "success",
    failure: () => scope.status === "failure",
    cancelled: () => scope.status === "cancelled",
  };
  return scope;
}
