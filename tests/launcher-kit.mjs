// What the tests of the launcher share: archives, a release server, and a runner's surroundings.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const { TARGETS, binaryName } = await import("../launch/launch.mjs?test");
export const target = TARGETS[`${process.platform}-${process.arch}`];
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** A token that must never be seen in any output. */
export const CANARY = "ghs_canaryCANARYcanary0123456789";

/** Stands in for ci-guard: says what it got, and does what FAKE_* tells it. */
export const FAKE = `#!/bin/sh
[ -n "$FAKE_TRAP" ] && trap 'echo "fake got $FAKE_TRAP"; exit 1' "$FAKE_TRAP"
[ -n "$FAKE_EARLY" ] && kill -s "$FAKE_TRAP" "$PPID"
echo "fake ci-guard: $*"
echo "fake saw: output=\${GITHUB_OUTPUT:+yes} proxy-switch=\${NODE_USE_ENV_PROXY:-unset} token-length=\${#INPUT_TOKEN}"
if [ -n "$FAKE_TRAP" ]; then
  echo "fake is ready"
  for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & wait $!; done
  exit 9
fi
[ -n "$FAKE_KILL" ] && kill -s "$FAKE_KILL" $$
[ -n "$GITHUB_OUTPUT" ] && printf 'verdict=%s\\n' "\${FAKE_VERDICT:-pass}" >> "$GITHUB_OUTPUT"
exit "\${FAKE_EXIT:-0}"
`;

/** One header block and the padded content. `type` is ustar's type flag: "0" a file, "5" a folder, "x" PAX, "L" GNU. */
export function tarEntry(name, content = "", type = "0", declaredSize) {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000755\0", 100);
  header.write((declaredSize ?? body.length).toString(8).padStart(11, "0") + "\0", 124);
  header.write("00000000000\0", 136);
  header.write(type, 156);
  header.write("ustar\x0000", 257);
  seal(header);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** Writes the header's checksum. */
export function seal(header) {
  header.write("        ", 148);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return header;
}

export const tarGz = (...entries) => gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));

/** A release as it is stamped: the archive, its file name, and the entry of release.json. */
export function releaseOf(binary = FAKE, archive = tarGz(tarEntry(`ci-guard-${target}/`, "", "5"), tarEntry(`ci-guard-${target}/ci-guard`, binary))) {
  const file = `ci-guard-${target}.tar.gz`;
  return { file, archive, artifact: { file, sha256: sha256(archive), binary_sha256: sha256(binary) } };
}

/** An HTTP server on its own port; `answer(request, response, n)` serves the n-th request (from 1). */
export async function serve(t, answer) {
  const requests = [];
  const server = http.createServer((request, response) => {
    requests.push({ url: request.url, authorization: request.headers.authorization, encoding: request.headers["accept-encoding"] });
    answer(request, response, requests.length);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, requests, origin: `http://127.0.0.1:${server.address().port}` };
}

export const send = (bytes, status = 200, headers = {}) => (_request, response) => response.writeHead(status, headers).end(bytes);

/** A runner's folders and files around a copy of the action. */
export function surroundings(t, release) {
  const base = mkdtempSync(join(tmpdir(), "ci-guard-launcher-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const box = { base };
  for (const folder of ["launch", "tool", "temp", "work"]) mkdirSync((box[folder] = join(base, folder)));
  box.output = join(base, "output");
  box.summary = join(base, "summary");
  writeFileSync(box.output, "");
  writeFileSync(box.summary, "");
  box.launcher = join(box.launch, "launch.mjs");
  copyFileSync(join(root, "launch/launch.mjs"), box.launcher);
  writeFileSync(join(box.launch, "release.json"), JSON.stringify(release));
  box.cached = join(box.tool, "ci-guard", `${release.version}`, target, binaryName(target));
  return box;
}

/** Surroundings of an action whose release lies on `server`. */
export function released(t, server, artifact) {
  const artifacts = { [target]: artifact };
  return surroundings(t, { version: "1.2.3", tag: "ci-guard-v1.2.3", server: server.origin ?? server, repository: "owner/ci-guard", artifacts });
}

/** Starts the launcher as the runner does: nothing in its environment but what the runner and the test put there. */
export function start(box, { inputs = {}, env = {}, limits, ...options } = {}) {
  const variables = {
    PATH: process.env.PATH,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_OUTPUT: box.output,
    GITHUB_STEP_SUMMARY: box.summary,
    GITHUB_WORKSPACE: box.work,
    RUNNER_TOOL_CACHE: box.tool,
    RUNNER_TEMP: box.temp,
    ...Object.fromEntries(Object.entries({ token: CANARY, ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    ...env,
  };
  for (const name of Object.keys(variables)) if (variables[name] === undefined) delete variables[name];
  // Shorter time-outs reach the launcher as a parameter only: an environment variable would be one more thing to attack.
  const script = `import(${JSON.stringify(`${pathToFileURL(box.launcher)}?test`)})
    .then(async (it) => { process.exitCode = await it.main(process.env, { ...it.LIMITS, ...${JSON.stringify(limits)} }); })`;
  const bounds = { cwd: box.work, env: variables, timeout: 60_000, killSignal: "SIGKILL" };
  const child = spawn(process.execPath, limits ? ["-e", script] : [box.launcher], { ...bounds, ...options });
  const running = { child, text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (running.text += data));
  running.ended = new Promise((done) => {
    child.on("close", (code, signal) => done({ code, signal, text: running.text, outputs: outputsOf(box) }));
  });
  return running;
}

/** Runs the launcher to its end. */
export async function launch(box, options) {
  const result = await start(box, options).ended;
  assert.ok(!result.text.includes(CANARY), "the token was printed");
  assert.ok(!readFileSync(box.output, "utf8").includes(CANARY), "the token was written");
  return result;
}

/** Reads the outputs as the runner does: `name=value` or a heredoc; the last one wins. */
export function outputsOf(box) {
  const outputs = {};
  const lines = existsSync(box.output) ? readFileSync(box.output, "utf8").split("\n") : [];
  while (lines.length > 0) {
    const line = lines.shift();
    const heredoc = /^([^=]+)<<(.+)$/.exec(line);
    if (heredoc) {
      const end = lines.indexOf(heredoc[2]);
      assert.notEqual(end, -1, "an output without its delimiter");
      outputs[heredoc[1]] = lines.splice(0, end + 1).slice(0, -1).join("\n");
    } else if (line !== "") {
      const [name, ...value] = line.split("=");
      outputs[name] = value.join("=");
    }
  }
  return outputs;
}

/** The launcher refused: one error for the user, nothing run, and no later step is fooled. */
export function assertRefused(result, code, says) {
  const errors = result.text.split("\n").filter((line) => line.startsWith("::error title=ci-guard::"));
  assert.equal(errors.length, 1, result.text);
  assert.match(errors[0], says);
  assert.equal(result.code, code, result.text);
  assert.equal(result.outputs.verdict, "error");
  assert.doesNotMatch(result.text, /fake ci-guard/);
  assert.doesNotMatch(result.text, /\n\s+at /, "a stack trace is not for users");
}

export function assertRan(result, code = 0) {
  assert.match(result.text, /fake ci-guard: action/, result.text);
  assert.equal(result.code, code, result.text);
}

export function writeProgram(file, content = FAKE) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o755);
  return file;
}
