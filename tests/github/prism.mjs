// Prism between a client and the fake GitHub: what is not as GitHub describes its API is refused, and remembered.
//
//     node prism.mjs FOLDER-WITH-NODE_MODULES DESCRIPTION http://127.0.0.1:PORT-OF-THE-FAKE
//
// The first line on standard output is a port of 127.0.0.1, where any GET answers {"port": PRISM'S, "violations": [TEXT]}.

import { createServer as listenHttp } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, description, upstream] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const { getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { createServer } = require("@stoplight/prism-http-server");

const violations = [];
const silent = () => {};
// Prism tells in its log only what it refused; a connection that the fake cut is no violation.
const logger = {
  ...Object.fromEntries(["trace", "debug", "info", "success", "warn"].map((level) => [level, silent])),
  child: () => logger,
  error(about, text) {
    const { method, url } = about.input ?? {};
    const told = `${method ?? ""} ${url?.path ?? ""} ${text}`;
    console.error(told);
    if (!about.input || told.includes("prism/errors#")) violations.push(told);
  },
};

const server = createServer(await getHttpOperationsFromSpec(description), {
  cors: false,
  config: {
    mock: false,
    isProxy: true,
    upstream: new URL(upstream),
    checkSecurity: true,
    validateRequest: true,
    validateResponse: true,
    errors: true,
    upstreamProxy: undefined,
  },
  components: { logger },
});
const address = await server.listen(0, "127.0.0.1");
const control = listenHttp((_, answer) => {
  answer.end(JSON.stringify({ port: Number(new URL(address).port), violations }));
});
control.listen(0, "127.0.0.1", () => console.log(control.address().port));
