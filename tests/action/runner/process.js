// One script of a step, run as GitHub's runner does it, and its cancellation.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

// Only the entry process hears of a cancellation: first this, later that, and in the end all of the step is killed.
const SIGTERM_AFTER = 7500;
const SIGKILL_AFTER = 10000;

// `bash` is what a step asks for, and no shell at all is what a job's step gets on Linux.
const SHELLS = {
  "": ["bash", "-e", "{0}"],
  bash: ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"],
  sh: ["sh", "-e", "{0}"],
};

// Runs `script` to its end; answers its exit code, which is null when a signal ended it.
export function execute({ script, shell, cwd, env, folder, number }, run, line) {
  const file = join(folder, `script-${number}.sh`);
  writeFileSync(file, script);
  const [program, ...words] = (SHELLS[shell] ?? shell.split(" ")).map((word) => word.replace("{0}", file));
  return new Promise((resolve, reject) => {
    // A group of its own, so that all that it started can be ended with it.
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const ends = [lines(child.stdout, line), lines(child.stderr, line)];
    const timers = [];
    const signal = (id, name) => {
      try {
        process.kill(id, name);
      } catch {
        // It has ended.
      }
    };
    run.interrupt = () => {
      signal(child.pid, "SIGINT");
      timers.push(setTimeout(() => signal(child.pid, "SIGTERM"), SIGTERM_AFTER));
      timers.push(setTimeout(() => signal(-child.pid, "SIGKILL"), SIGKILL_AFTER));
    };
    child.on("error", reject);
    child.on("close", (code) => {
      run.interrupt = () => {};
      timers.forEach(clearTimeout);
      ends.forEach((end) => end());
      resolve(code);
    });
  });
}

// The runner takes a carriage return for the end of a line as well.
function lines(stream, line) {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (bytes) => {
    const parts = (rest + decoder.write(bytes)).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop();
    parts.forEach(line);
  });
  return () => {
    rest += decoder.end();
    if (rest !== "") rest.split("\r").forEach(line);
  };
}
