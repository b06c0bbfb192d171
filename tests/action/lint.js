// Lints of actions and workflows, and the scripts in them for others to lint: the files are named in the request, the
// result is JSON on standard output.
//
// Request: `files`; `own`, our action's `name` and its file.

import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

import { Lexer, Parser } from "@actions/expressions";
import { FunctionCall, IndexAccess, Literal } from "@actions/expressions/ast";
import { validate } from "@actions/languageservice";
import { NoOperationTraceWriter, isBasicExpression, isString, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { splitAllowedContext } from "@actions/workflow-parser/templates/allowed-context";
import { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";

import { condition, jobRules } from "./rules.js";
import { fields, items } from "./runner/template.js";

// What other people's actions leave behind.
const OUTPUTS = {
  "actions/checkout": ["ref", "commit"],
  "actions/upload-artifact": ["artifact-id", "artifact-url", "artifact-digest"],
  "actions/download-artifact": ["download-path"],
  "actions/cache": ["cache-hit"],
  "actions/cache/restore": ["cache-hit", "cache-primary-key", "cache-matched-key"],
};

// One file and what is wrong with it.
class Document {
  constructor(path, own) {
    this.path = path;
    this.own = own;
    this.text = readFileSync(path, "utf8");
    const file = { name: path, content: this.text };
    this.plain = parse(this.text) ?? {};
    this.isAction = "runs" in this.plain;
    this.tree = (this.isAction ? parseAction : parseWorkflow)(file, new NoOperationTraceWriter()).value;
    this.root = fields(this.tree);
    this.findings = [];
    this.scripts = [];
  }

  find(token, rule, message) {
    this.findings.push({ file: this.path, line: token?.range?.start.line ?? 1, rule, message });
  }

  // GitHub's own opinion.
  async validate() {
    const uri = `file://${resolve(this.path)}${this.isAction ? "/action.yml" : ""}`;
    const metadata = async ({ owner, name, path }) => {
      const mine = `${owner}/${name}` === this.own?.name && !path;
      return mine ? parse(readFileSync(this.own.file, "utf8")) : { name };
    };
    const config = { actionsMetadataProvider: { fetchActionMetadata: metadata } };
    for (const { message, severity, range } of await validate(TextDocument.create(uri, "yaml", 1, this.text), config)) {
      // 3 and 4 are information and hints, such as when a schedule next runs.
      if ((severity ?? 1) < 3) this.findings.push({ file: this.path, line: range.start.line + 1, rule: "languageservice", message });
    }
  }

  lint() {
    if (this.isAction) {
      this.lintSteps(fields(this.root.runs).steps, "bash");
      this.lintReferences(this.tree, this.stepOutputs(fields(this.root.runs).steps));
    } else {
      this.lintPermissions(this.root.permissions);
      for (const [id, job] of Object.entries(fields(this.root.jobs))) {
        this.lintJob(fields(job), job);
        this.lintCondition(fields(job).if);
        const around = { root: this.root, workflow: this.plain, own: this.own };
        for (const finding of jobRules(job, this.plain.jobs[id], around)) this.find(...finding);
      }
    }
    this.lintUses();
  }

  lintCondition(token) {
    const problem = condition(token, this.text);
    if (problem) this.find(token, ...problem);
  }

  lintPermissions(permissions) {
    if (!permissions || Object.keys(fields(permissions)).length > 0 || isString(permissions)) {
      this.find(permissions, "permissions", "a workflow begins with `permissions: {}`");
    }
  }

  lintJob(job, token) {
    if (!job.permissions) this.find(token, "permissions", "a job says what it may do");
    const { "id-token": idToken, attestations } = fields(job.permissions);
    // Attestations are signed with one, and a cloud whose trust is bound to an environment lets such a job in to nothing.
    if (idToken?.toString() === "write" && attestations?.toString() !== "write" && !job.environment) {
      this.find(job.permissions, "id-token", "only a job with an environment may ask for an OIDC token");
    }
    this.lintSteps(job.steps, "bash -e {0}");
    this.lintReferences(token, this.stepOutputs(job.steps));
  }

  lintSteps(steps, shell) {
    for (const step of items(steps)) {
      const { run, uses, with: inputs, shell: own, if: condition } = fields(step);
      this.lintCondition(condition);
      if (run && (isBasicExpression(run) || run.toString().includes("${{"))) {
        this.find(run, "expression-in-run", "an expression becomes part of the script: hand it on by `env`");
      }
      if (run) this.scripts.push({ file: this.path, line: run.range.start.line, shell: own?.toString() ?? shell, script: run.toString() });
      if (uses?.toString().startsWith("actions/checkout@") && fields(inputs)["persist-credentials"]?.toString() !== "false") {
        this.find(step, "persist-credentials", "a checkout leaves the token behind unless told otherwise");
      }
    }
  }

  // By step id in lower case, what it writes; null where that is not known.
  stepOutputs(steps) {
    const found = {};
    for (const step of items(steps)) {
      const { id, run, uses } = fields(step);
      if (id) found[id.toString().toLowerCase()] = run ? written(run.toString()) : this.outputsOf(uses.toString().split("@")[0]);
    }
    return found;
  }

  outputsOf(action) {
    if (action === this.own?.name) return Object.keys(parse(readFileSync(this.own.file, "utf8")).outputs ?? {});
    return OUTPUTS[action] ?? null;
  }

  // Inputs that nobody declared, steps that are not there, outputs that no step writes.
  lintReferences(tree, steps) {
    const declared = Object.keys(this.isAction ? fields(this.root.inputs) : this.workflowInputs()).map((name) => name.toLowerCase());
    for (const { token, path } of references(tree)) {
      const [context, first, member, name] = path;
      if (context === "inputs" && first !== undefined && !declared.includes(first)) {
        this.find(token, "undeclared-input", `there is no input ${first}`);
      }
      if (context !== "steps" || first === undefined) continue;
      if (!(first in steps)) {
        this.find(token, "unknown-step", `there is no step ${first}`);
      } else if (member === "outputs" && name !== undefined && steps[first] !== null && !steps[first].includes(name)) {
        this.find(token, "unwritten-output", `no script of step ${first} writes ${name}`);
      }
    }
  }

  workflowInputs() {
    const events = fields(this.root.on);
    return { ...fields(fields(events.workflow_dispatch).inputs), ...fields(fields(events.workflow_call).inputs) };
  }

  lintUses() {
    this.text.split("\n").forEach((line, at) => {
      const uses = /^\s*(?:-\s+)?uses:\s*(\S+)(.*)$/.exec(line);
      if (!uses || uses[1].startsWith("./")) return;
      if (!/@[0-9a-f]{40}$/.test(uses[1]) || !/^\s+# v?\d+(\.\d+)*\s*$/.test(uses[2])) {
        this.findings.push({ file: this.path, line: at + 1, rule: "pinned", message: "an action is named by its commit, with the version as a comment" });
      }
    });
  }
}

// The names that a script appends to `GITHUB_OUTPUT`; null for one that leaves that to a program.
function written(script) {
  if (!script.includes("GITHUB_OUTPUT")) return null;
  return [...script.matchAll(/([A-Za-z_][\w-]*)(=|<<)/g)].map(([, name]) => name.toLowerCase());
}

// Every `context.name.name` in the expressions below a token.
function references(tree) {
  const found = [];
  for (const [, token] of TemplateToken.traverse(tree)) {
    const isIf = isString(token) && ["step-if", "job-if"].includes(token.definition?.key);
    const expressions = isBasicExpression(token) ? [token] : isIf ? [{ expression: token.value, definitionInfo: token.definitionInfo }] : [];
    for (const { expression, definitionInfo } of expressions) {
      const allowed = splitAllowedContext((definitionInfo ?? token.definitionInfo)?.allowedContext ?? []);
      try {
        walk(new Parser(new Lexer(expression).lex().tokens, allowed.namedContexts, allowed.functions).parse(), (path) => found.push({ token, path }));
      } catch {
        // The language service says so.
      }
    }
  }
  return found;
}

function walk(node, visit) {
  const path = pathOf(node);
  if (path) visit(path.map((name) => name.toLowerCase()));
  const parts = node instanceof FunctionCall ? node.args : [node.left, node.right, node.expr, node.group, ...(node.args ?? [])];
  if (!path) parts.filter(Boolean).forEach((part) => walk(part, visit));
}

// `a.b['c']` as a list; nothing for other expressions.
function pathOf(node) {
  if (node?.name?.lexeme !== undefined) return [node.name.lexeme];
  if (!(node instanceof IndexAccess) || !(node.index instanceof Literal)) return undefined;
  const before = pathOf(node.expr);
  return before && [...before, node.index.literal.coerceString()];
}

async function main({ files, own }) {
  const documents = files.map((path) => new Document(path, own));
  for (const document of documents) {
    await document.validate();
    document.lint();
  }
  const all = (name) => documents.flatMap((document) => document[name]);
  process.stdout.write(JSON.stringify({ findings: all("findings"), scripts: all("scripts") }));
}

main(JSON.parse(readFileSync(process.argv[2], "utf8")));
