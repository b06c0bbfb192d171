// What a step says to the runner: workflow commands in its output, and the files that it writes to.

import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SUMMARY_LIMIT = 1024 * 1024;
const FILES = { GITHUB_OUTPUT: "output", GITHUB_ENV: "env", GITHUB_PATH: "path", GITHUB_STATE: "state", GITHUB_STEP_SUMMARY: "summary" };

// The commands in the output of one step.
export class Commands {
  constructor(run, step) {
    this.run = run;
    this.step = step;
    this.resume = null;
  }

  // One line of a step's output: a command is carried out, anything else goes into the log.
  line(line) {
    const command = parse(line);
    if (!command || (this.resume !== null && command.name !== this.resume)) {
      this.step.raw.push(line);
      return;
    }
    if (command.name === this.resume) {
      this.resume = null;
    } else {
      this.carryOut(command, line);
    }
  }

  carryOut({ name, properties, message }, line) {
    switch (name) {
      case "error":
      case "warning":
      case "notice":
        this.run.annotations.push({ level: name, message, ...properties });
        break;
      case "add-mask":
        this.run.mask(message);
        return;
      case "stop-commands":
        this.resume = message;
        return;
      // Deprecated, and still obeyed.
      case "set-output":
        this.step.outputs[properties.name] = message;
        return;
      case "set-env":
      case "add-path":
        this.fail(`The \`${name}\` command is disabled.`);
        return;
      case "group":
      case "endgroup":
      case "debug":
      case "echo":
      case "save-state":
      case "add-matcher":
      case "remove-matcher":
        break;
      default:
    }
    this.step.raw.push(line);
  }

  fail(message) {
    this.run.annotations.push({ level: "error", message });
    this.step.failed = true;
  }

  // The files for a step to write to, as variables.
  files(folder) {
    this.paths = Object.entries(FILES).map(([variable, name]) => [variable, join(folder, `${name}-${this.step.number}`)]);
    for (const [, path] of this.paths) writeFileSync(path, "");
    return Object.fromEntries(this.paths);
  }

  // What the step wrote to them.
  read() {
    const path = Object.fromEntries(this.paths);
    this.take(path.GITHUB_OUTPUT, "output", (name, value) => (this.step.outputs[name] = value));
    this.take(path.GITHUB_ENV, "env", (name, value) => this.setEnv(name, value));
    if (existsSync(path.GITHUB_PATH)) this.run.path.unshift(...readFileSync(path.GITHUB_PATH, "utf8").split(/\r?\n/).filter(Boolean).reverse());
    if (!existsSync(path.GITHUB_STEP_SUMMARY)) return;
    if (statSync(path.GITHUB_STEP_SUMMARY).size > SUMMARY_LIMIT) {
      this.run.annotations.push({ level: "error", message: "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k" });
    } else {
      this.step.summary = readFileSync(path.GITHUB_STEP_SUMMARY, "utf8");
    }
  }

  setEnv(name, value) {
    if (name.toUpperCase() === "NODE_OPTIONS") throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
    if (!/^(GITHUB|RUNNER)_/i.test(name)) this.run.env[name] = value;
  }

  take(path, kind, set) {
    try {
      for (const [name, value] of existsSync(path) ? pairs(readFileSync(path, "utf8")) : []) set(name, value);
    } catch (error) {
      this.fail(`Unable to process file command '${kind}' successfully. ${error.message}`);
    }
  }
}

// `name=value` in one line, or `name<<delimiter` with the lines up to the delimiter.
export function pairs(text) {
  const lines = text.match(/[^\r\n]*(\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  const found = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at].replace(/[\r\n]+$/, "");
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals > 0 && (heredoc < 0 || equals < heredoc)) {
      found.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    if (heredoc <= 0 || (equals >= 0 && equals < heredoc)) throw new Error(`Invalid format '${line}'`);
    const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
    if (delimiter === "") throw new Error(`Invalid format '${line}'`);
    const value = [];
    for (at += 1; lines[at]?.replace(/[\r\n]+$/, "") !== delimiter; at += 1) {
      if (at >= lines.length || !/[\r\n]$/.test(lines[at])) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      value.push(lines[at]);
    }
    found.push([name, value.join("").replace(/(\r\n|\r|\n)$/, "")]);
  }
  return found;
}

// `::name key=value,…::message` at the start of a line, or the older `##[name key=value;…]message` anywhere in it.
function parse(line) {
  const found = /^\s*::([^\s:]+)(?:\s+(.*?))?::(.*)$/s.exec(line);
  if (found) return { name: found[1], properties: properties(found[2], ","), message: unescape(found[3]) };
  const older = /##\[([^\s\]]+)(?:\s+([^\]]*))?\](.*)$/s.exec(line);
  return older && { name: older[1], properties: properties(older[2], ";"), message: unescape(older[3]) };
}

function properties(text, separator) {
  const parts = (text ?? "").split(separator).filter((part) => part.includes("="));
  return Object.fromEntries(parts.map((part) => [part.slice(0, part.indexOf("=")).trim(), unescape(part.slice(part.indexOf("=") + 1))]));
}

function unescape(value) {
  const characters = { "%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%" };
  return value.replace(/%(0D|0A|3A|2C|25)/gi, (code) => characters[code.toUpperCase()]);
}
