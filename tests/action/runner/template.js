// What GitHub's own packages make of an action or a workflow: its tokens, and the values of its expressions.

import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import {
  NoOperationTraceWriter,
  convertWorkflowTemplate,
  isBasicExpression,
  isMapping,
  isSequence,
  parseWorkflow,
} from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { convertActionTemplate } from "@actions/workflow-parser/actions/action-template";
import { convertToIfCondition } from "@actions/workflow-parser/model/converter/if-condition";
import { splitAllowedContext } from "@actions/workflow-parser/templates/allowed-context";

// GitHub refuses the file.
export class Refused extends Error {}

// The tokens of an action, once GitHub has nothing against it.
export function readAction(path) {
  const { context, value } = parseAction({ name: path, content: readFileSync(path, "utf8") }, new NoOperationTraceWriter());
  if (value) convertActionTemplate(context, value);
  refuse(context);
  return { context, root: fields(value) };
}

// The tokens of a workflow, once GitHub has nothing against it.
export async function readWorkflow(path) {
  const { context, value } = parseWorkflow({ name: path, content: readFileSync(path, "utf8") }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  refuse(context);
  return { context, root: fields(value) };
}

function refuse(context) {
  const errors = context.errors.getErrors();
  if (errors.length > 0) throw new Refused(errors.map((error) => error.message).join("\n"));
}

// A mapping's tokens by key; nothing at all is an empty one.
export function fields(token) {
  if (!token || !isMapping(token)) return {};
  return Object.fromEntries([...token].map(({ key, value }) => [key.toString(), value]));
}

// A sequence's tokens.
export function items(token) {
  return token && isSequence(token) ? [...token] : [];
}

// The plain value of a token: its expressions evaluated, the rest as written.
export function evaluate(token, scope) {
  if (!token) return null;
  if (isBasicExpression(token)) return plain(expression(token, scope));
  if (isMapping(token)) {
    return Object.fromEntries([...token].map(({ key, value }) => [text(key, scope), evaluate(value, scope)]));
  }
  if (isSequence(token)) return [...token].map((item) => evaluate(item, scope));
  return token.value ?? null;
}

// The same as a string, as GitHub makes one of a number or a boolean.
export function text(token, scope) {
  if (!token) return "";
  return isBasicExpression(token) ? expression(token, scope).coerceString() : token.toString();
}

// The strings of a mapping, such as `env` and `with`.
export function texts(token, scope) {
  if (token && isBasicExpression(token)) return evaluate(token, scope) ?? {};
  return Object.fromEntries([...(token ?? [])].map(({ key, value }) => [text(key, scope), text(value, scope)]));
}

// Whether an `if` holds; none at all asks for success.
export function holds(context, token, scope) {
  const condition = token ? convertToIfCondition(context, token) : undefined;
  if (token && !condition) refuse(context);
  const value = condition ? expression(condition, scope) : call(scope.functions.success);
  return ![false, 0, "", null].includes(plain(value));
}

function call(body) {
  return new data.BooleanData(body());
}

// `scope.functions` are those that ask for the state of the job.
function expression(token, scope) {
  const allowed = splitAllowedContext(token.definitionInfo?.allowedContext ?? []);
  const functions = new Map([["hashfiles", { name: "hashFiles", minArgs: 1, maxArgs: 255, call: (...patterns) => hash(patterns, scope) }]]);
  for (const [name, body] of Object.entries(scope.functions)) {
    functions.set(name, { name, minArgs: 0, maxArgs: 0, call: () => call(body) });
  }
  const tree = new Parser(new Lexer(token.expression).lex().tokens, allowed.namedContexts, allowed.functions).parse();
  return new Evaluator(tree, JSON.parse(JSON.stringify(scope.contexts), data.reviver), functions).evaluate();
}

function plain(value) {
  return JSON.parse(JSON.stringify(value, data.replacer));
}

function hash(patterns, scope) {
  const cwd = scope.contexts.github.workspace;
  const files = globSync(patterns.map((pattern) => pattern.coerceString()), { cwd }).map((path) => join(cwd, path));
  const digest = createHash("sha256");
  const found = files.filter((path) => statSync(path).isFile()).sort();
  for (const path of found) digest.update(readFileSync(path));
  return new data.StringData(found.length > 0 ? digest.digest("hex") : "");
}
