// Cuts GitHub's description of its API down to the paths that are used here, so that prism starts in seconds.
//
//     node describe.mjs FOLDER-WITH-NODE_MODULES FILE
//
// GraphQL is not in it: the one query that is used is described here.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const repository = "/repos/{owner}/{repo}";
const used = [
  "/user",
  `${repository}/commits/{commit_sha}/pulls`,
  `${repository}/deployments`,
  `${repository}/deployments/{deployment_id}/statuses`,
  `${repository}/environments/{environment_name}`,
  `${repository}/issues`,
  `${repository}/issues/{issue_number}`,
  `${repository}/issues/{issue_number}/comments`,
  `${repository}/issues/comments/{comment_id}`,
  `${repository}/pulls`,
];

// GitHub answers these to anything, and describes them for some paths only.
const anywhere = {
  401: "no token, or a wrong one",
  403: "no permission, or a rate limit",
  404: "not there, or not to be seen",
  422: "refused",
  429: "a rate limit",
  500: "GitHub failed",
  502: "GitHub failed",
  503: "GitHub failed",
};

const graphql = {
  post: {
    operationId: "graphql/viewer",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["query"],
            additionalProperties: false,
            properties: { query: { type: "string", enum: ["{ viewer { login } }"] } },
          },
        },
      },
    },
    responses: {
      200: {
        description: "who asks",
        content: {
          "application/json": {
            schema: {
              type: "object",
              required: ["data"],
              properties: { data: { type: "object", required: ["viewer"] } },
            },
          },
        },
      },
    },
  },
};

const [modules, file] = process.argv.slice(2);
const whole = join(modules, "node_modules/@octokit/openapi/generated/api.github.com.deref.json");
const description = JSON.parse(readFileSync(whole, "utf8"));
const paths = { "/graphql": graphql };
for (const path of used) {
  if (!description.paths[path]) throw new Error(`GitHub does not describe ${path}`);
  paths[path] = description.paths[path];
}
for (const operations of Object.values(paths)) {
  for (const operation of Object.values(operations)) {
    for (const [status, text] of Object.entries(anywhere)) {
      operation.responses[status] ??= { description: text };
    }
    for (const response of Object.values(operation.responses)) delete response.content?.["application/json"]?.examples;
  }
}
// An address that is not given is "" in GitHub's answers, as their defaults say, and no URI.
const loosen = (schema) => {
  if (typeof schema !== "object" || schema === null) return;
  if (schema.format === "uri" && schema.default === "") delete schema.format;
  Object.values(schema).forEach(loosen);
};
loosen(paths);
const { openapi, info } = description;
// Whole or not at all: several tests may do this at the same time.
writeFileSync(`${file}.${process.pid}`, JSON.stringify({ openapi, info, servers: [{ url: "/" }], paths }));
renameSync(`${file}.${process.pid}`, file);
