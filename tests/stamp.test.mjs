// Stamping a release, and what holds between action.yml, release.json, the targets and the Dockerfile. Run: node --test tests/*.mjs

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { stamp } from "../launch/stamp.mjs?test";
import { assertRan, binaryName, FAKE, launch, root, sha256, surroundings, target, tarEntry, tarGz, TARGETS } from "./launcher-kit.mjs";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const read = (...path) => readFileSync(join(root, ...path), "utf8");

/** A checkout to stamp, a folder of archives, and the manifest that describes them. */
function setUp(t) {
  const base = mkdtempSync(join(tmpdir(), "ci-guard-stamp-"));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  for (const folder of ["launch", "docker"]) cpSync(join(root, folder), join(base, folder), { recursive: true });
  const archives = join(base, "archives");
  mkdirSync(archives);
  const artifacts = { "source.tar.gz": { name: "source.tar.gz", kind: "source-tarball" } };
  for (const triple of Object.values(TARGETS)) {
    const name = `ci-guard-${triple}.tar.gz`;
    const archive = tarGz(tarEntry(`ci-guard-${triple}/README.md`, "hello"), tarEntry(`ci-guard-${triple}/${binaryName(triple)}`, FAKE));
    writeFileSync(join(archives, name), archive);
    artifacts[name] = { name, kind: "executable-zip", target_triples: [triple], checksums: { sha256: sha256(archive) } };
  }
  const content = { announcement_tag: "ci-guard-v1.2.3", releases: [{ app_name: "ci-guard", app_version: "1.2.3" }], artifacts };
  const manifest = join(base, "dist-manifest.json");
  const save = () => writeFileSync(manifest, JSON.stringify(content));
  save();
  const written = () => [join(base, "launch/release.json"), join(base, "docker/action.yml")].map((file) => readFileSync(file, "utf8"));
  return { into: base, archives, manifest, content, save, written, options: { into: base, archives, manifest, repository: "owner/ci-guard" } };
}

test("a stamped action launches what was stamped", { skip: process.platform === "win32" && "needs a POSIX shell" }, async (t) => {
  const { options, into, archives } = setUp(t);
  await stamp(options);
  const release = JSON.parse(readFileSync(join(into, "launch/release.json"), "utf8"));
  const { artifacts, ...rest } = release;
  assert.deepEqual(rest, { version: "1.2.3", tag: "ci-guard-v1.2.3", server: "https://github.com", repository: "owner/ci-guard" });
  assert.deepEqual(Object.keys(artifacts), Object.values(TARGETS));
  assert.equal(artifacts[target].binary_sha256, sha256(FAKE));
  const box = surroundings(t, release);
  assertRan(await launch(box, { inputs: { "download-url": pathToFileURL(archives).href } }));
});

test("without a manifest, version and tag are given and the archives have their usual names", async (t) => {
  const { options, written } = setUp(t);
  const [before] = written();
  await assert.rejects(stamp({ ...options, manifest: undefined }), /--version is missing/);
  assert.equal(written()[0], before);
  await stamp({ ...options, manifest: undefined, version: "1.2.3", tag: "v" });
  assert.equal(JSON.parse(written()[0]).tag, "v");
});

test("the image is named by its digest", async (t) => {
  const { options, written } = setUp(t);
  const [, before] = written();
  await stamp(options);
  assert.equal(written()[1], before, "no image, no change");
  await stamp({ ...options, image: `ghcr.io/owner/ci-guard@${DIGEST}` });
  assert.equal(written()[1], before.replace("image: ../Dockerfile", `image: docker://ghcr.io/owner/ci-guard@${DIGEST}`));
  const again = `ghcr.io/owner/ci-guard@${DIGEST.replace("0", "f")}`;
  await stamp({ ...options, image: again });
  assert.ok(written()[1].includes(`  image: docker://${again}\n`), "stamped again");
});

test("nothing is written when anything does not fit", async (t) => {
  const faults = {
    "an archive is missing": [(it) => rmSync(join(it.archives, `ci-guard-${target}.tar.gz`)), /ENOENT/],
    "an archive is not the manifest's": [(it) => writeFileSync(join(it.archives, `ci-guard-${target}.tar.gz`), tarGz(tarEntry("ci-guard", "x"))), /is not the file of the manifest/],
    "an archive holds no binary": [(it) => {
      const archive = tarGz(tarEntry("README.md", "x"));
      writeFileSync(join(it.archives, `ci-guard-${target}.tar.gz`), archive);
      it.content.artifacts[`ci-guard-${target}.tar.gz`].checksums.sha256 = sha256(archive);
    }, /does not contain it/],
    "the manifest lacks a target": [(it) => delete it.content.artifacts[`ci-guard-${target}.tar.gz`], new RegExp(`no archive for ${target}`)],
    "the manifest is of another program": [(it) => (it.content.releases[0].app_name = "other"), /one release of ci-guard/],
    "the image is a tag": [(it) => (it.options.image = "ghcr.io/owner/ci-guard:1.2.3"), /by its digest/],
    "the repository is no OWNER/NAME": [(it) => (it.options.repository = "ci-guard"), /OWNER\/NAME/],
    "the repository is missing": [(it) => (it.options.repository = undefined), /--repository is missing/],
  };
  for (const [what, [breakIt, says]] of Object.entries(faults)) {
    const it = setUp(t);
    it.options.image = `ghcr.io/owner/ci-guard@${DIGEST}`;
    const before = it.written();
    breakIt(it);
    it.save();
    await assert.rejects(stamp(it.options), says, what);
    assert.deepEqual(it.written(), before, what);
  }
});

test("on the command line", (t) => {
  const { archives, manifest, into, written } = setUp(t);
  const run = (...args) => spawnSync(process.execPath, [join(into, "launch/stamp.mjs"), ...args], { encoding: "utf8" });
  const refused = run("--archives", archives);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^stamp: --version is missing\n$/);
  assert.match(run("--nonsense").stderr, /^stamp: Unknown option/);
  const done = run("--archives", archives, "--manifest", manifest, "--repository", "owner/ci-guard");
  assert.equal(done.status, 0, done.stderr);
  assert.equal(JSON.parse(written()[0]).version, "1.2.3");
});

// What the source promises about itself.

test("the source is unstamped", () => {
  const { version, artifacts, repository } = JSON.parse(read("launch/release.json"));
  assert.deepEqual({ version, artifacts, repository }, { version: "0.0.0-source", artifacts: {}, repository: "" });
  assert.match(read("docker/action.yml"), /^  image: \.\.\/Dockerfile$/m);
});

test("the launcher knows exactly the targets that are released", () => {
  const list = /^targets = \[([^\]]*)\]/m.exec(read("dist-workspace.toml"))[1];
  assert.deepEqual(list.match(/[\w-]+/g).sort(), Object.values(TARGETS).sort());
  for (const system of ["unix", "windows"]) assert.match(read("dist-workspace.toml"), new RegExp(`^${system}-archive = "\\.tar\\.gz"$`, "m"));
});

test("both actions have the same inputs and outputs, but for the launcher's own", () => {
  const block = (file, name) => new RegExp(`^# ${name}:begin \\(generated\\)\n([^]*?)^# ${name}:end$`, "m").exec(read(file))[1];
  const own = /^  (binary|download-url|token):\n(    .*\n)*/gm;
  assert.equal(block("docker/action.yml", "inputs"), block("action.yml", "inputs").replace(own, ""));
  assert.equal(block("action.yml", "inputs").match(own).length, 3);
  assert.equal(block("docker/action.yml", "outputs"), block("action.yml", "outputs"));
});

test("base images are pinned", () => {
  const images = read("Dockerfile").match(/^FROM (?!scratch\b|base\b).*/gm);
  assert.equal(images.length, 2);
  for (const image of images) assert.match(image, /^FROM [a-z]+:[\w.-]+@sha256:[0-9a-f]{64} AS \w+$/);
});
