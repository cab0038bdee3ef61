// The end of a job that holds the lock. Run: node --test tests/*.mjs

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CANARY, root, writeProgram } from "./launcher-kit.mjs";

const options = { skip: process.platform === "win32" ? "needs a POSIX shell" : false };

// Says which inputs it got. No shell: some drop variables with hyphens in their names.
const LISTS_INPUTS = `#!${process.execPath}
const { env, argv } = process;
console.log("fake ci-guard: " + argv.slice(2).join(" "));
for (const name of Object.keys(env).filter((name) => name.startsWith("INPUT_") && name !== "INPUT_TOKEN")) console.log(name + "=" + env[name]);
console.log("token " + (env.INPUT_TOKEN === "${CANARY}"));
process.exitCode = Number(env.FAKE_EXIT ?? 0);
`;

function end(t, env) {
  const folder = mkdtempSync(join(tmpdir(), "ci-guard-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const binary = join(folder, "ci-guard");
  writeProgram(binary, LISTS_INPUTS);
  const inputs = { INPUT_COMMAND: "lock acquire", INPUT_ENVIRONMENT: "production", INPUT_WAIT: "30m", "INPUT_LOCK-REF": "refs/x/y", INPUT_BINARY: binary, INPUT_TOKEN: CANARY };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "launch/release-lock.mjs")], {
    env: { PATH: process.env.PATH, ...inputs, ...env },
    encoding: "utf8",
  });
  return { status, out: stdout + stderr };
}

test("the lock is given back with the step's token and the inputs that a release takes", options, (t) => {
  const { status, out } = end(t, { STATE_lock_token: "17" });
  assert.equal(status, 0, out);
  assert.match(out, /^fake ci-guard: action$/m);
  assert.match(out, /^INPUT_COMMAND=lock release$/m);
  assert.match(out, /^INPUT_LOCK-TOKEN=17$/m);
  assert.match(out, /^INPUT_LOCK-REF=refs\/x\/y$/m);
  assert.match(out, /^token true$/m);
  assert.doesNotMatch(out, /INPUT_WAIT/);
  assert.ok(!out.includes(CANARY));
});

test("without a token there is nothing to give back", options, (t) => {
  for (const STATE_lock_token of ["", "x; rm -rf /"]) {
    const { status, out } = end(t, { STATE_lock_token });
    assert.equal(status, 0);
    assert.equal(out, "ci-guard: this step holds no lock\n");
  }
});

test("a lock that is not given back is a warning", options, (t) => {
  const { status, out } = end(t, { STATE_lock_token: "17", FAKE_EXIT: "3" });
  assert.equal(status, 0);
  assert.match(out, /^::warning title=ci-guard::the lock was not given back/m);
});

test("the action names files that exist", options, () => {
  const action = readFileSync(join(root, "lock/action.yml"), "utf8");
  const files = [...action.matchAll(/^  (?:main|post): (.*)$/gm)].map((match) => match[1]);
  assert.equal(files.length, 2);
  for (const file of files) readFileSync(join(root, "lock", file));
  assert.match(action, /^  post-if: always\(\)$/m);
});
