// The operations that ci-guard uses, out of GitHub's own description of its API, with everything that they refer to.
// Usage: node subset.mjs api.github.com.json > github.json

import { readFileSync } from "node:fs";

const WANTED = {
  "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs": ["get"],
  "/repos/{owner}/{repo}/actions/runs": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts": ["get"],
  "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs": ["get"],
  "/repos/{owner}/{repo}/branches/{branch}": ["get"],
  "/repos/{owner}/{repo}/check-runs": ["post"],
  "/repos/{owner}/{repo}/check-runs/{check_run_id}": ["patch"],
  "/repos/{owner}/{repo}/commits/{commit_sha}/pulls": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}/check-runs": ["get"],
  "/repos/{owner}/{repo}/commits/{ref}/statuses": ["get"],
  "/repos/{owner}/{repo}/compare/{basehead}": ["get"],
  "/repos/{owner}/{repo}/deployments": ["get", "post"],
  "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses": ["get", "post"],
  "/repos/{owner}/{repo}/git/blobs/{file_sha}": ["get"],
  "/repos/{owner}/{repo}/git/commits": ["post"],
  "/repos/{owner}/{repo}/git/commits/{commit_sha}": ["get"],
  "/repos/{owner}/{repo}/git/matching-refs/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/ref/{ref}": ["get"],
  "/repos/{owner}/{repo}/git/refs": ["post"],
  "/repos/{owner}/{repo}/git/refs/{ref}": ["patch"],
  "/repos/{owner}/{repo}/git/trees": ["post"],
  "/repos/{owner}/{repo}/issues/{issue_number}/comments": ["get", "post"],
  "/repos/{owner}/{repo}/issues/comments/{comment_id}": ["patch", "delete"],
  "/repos/{owner}/{repo}/releases": ["get"],
  "/repos/{owner}/{repo}/rules/branches/{branch}": ["get"],
  "/repos/{owner}/{repo}/statuses/{sha}": ["post"],
};

const whole = JSON.parse(readFileSync(process.argv[2], "utf8"));
const subset = { openapi: whole.openapi, info: whole.info, servers: whole.servers, paths: {}, components: {} };

for (const [path, methods] of Object.entries(WANTED)) {
  const known = whole.paths[path];
  if (!known) throw new Error(`the description knows no ${path}`);
  const kept = known.parameters ? { parameters: known.parameters } : {};
  for (const method of methods) {
    if (!known[method]) throw new Error(`the description knows no ${method} ${path}`);
    kept[method] = known[method];
  }
  subset.paths[path] = kept;
}

const collect = (value) => {
  if (Array.isArray(value)) return value.forEach(collect);
  if (value === null || typeof value !== "object") return;
  if (typeof value.$ref === "string") {
    const [, kind, name] = value.$ref.match(/^#\/components\/([^/]+)\/([^/]+)$/);
    subset.components[kind] ??= {};
    if (!(name in subset.components[kind])) {
      subset.components[kind][name] = whole.components[kind][name];
      collect(whole.components[kind][name]);
    }
  }
  Object.values(value).forEach(collect);
};
collect(subset.paths);

process.stdout.write(JSON.stringify(subset));
