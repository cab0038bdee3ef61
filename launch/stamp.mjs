// Stamps a release: writes release.json from the archives of that release, and the image's digest into docker/action.yml.
//
//   node launch/stamp.mjs --archives FOLDER --repository OWNER/NAME [--server URL] [--image REGISTRY/NAME@sha256:…]
//                         (--manifest dist-manifest.json | --version 1.2.3 --tag ci-guard-v1.2.3)
//
// The archives are read with the launcher's own code: what cannot be launched cannot be stamped. Nothing is written
// unless everything is in order.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { binaryName, sha256, TARGETS, unpack } from "./launch.mjs?import";

const root = fileURLToPath(new URL("..", import.meta.url));

// The parts of cargo-dist's manifest that count here.
function readManifest(file) {
  const { announcement_tag: tag, releases, artifacts } = JSON.parse(readFileSync(file, "utf8"));
  const [release, ...others] = releases.filter((it) => it.app_name === "ci-guard");
  if (!release || others.length > 0) throw new Error(`${file} does not describe one release of ci-guard`);
  return { tag, version: release.app_version, artifacts: Object.values(artifacts) };
}

async function describe(target, folder, manifest) {
  const listed = manifest?.artifacts.find((it) => it.kind === "executable-zip" && it.target_triples?.includes(target));
  if (manifest && !listed) throw new Error(`the manifest has no archive for ${target}`);
  const file = listed?.name ?? `ci-guard-${target}.tar.gz`;
  const archive = readFileSync(join(folder, file));
  const expected = listed?.checksums?.sha256;
  if (expected && expected !== sha256(archive)) throw new Error(`${file} is not the file of the manifest: ${expected} there, ${sha256(archive)} here`);
  return { file, sha256: sha256(archive), binary_sha256: sha256(await unpack(archive, binaryName(target))) };
}

function withImage(action, image) {
  if (!/^[a-z0-9.:/_-]+@sha256:[0-9a-f]{64}$/.test(image)) throw new Error(`--image must name an image by its digest, not ${image}`);
  const lines = action.match(/^  image: .*$/gm) ?? [];
  if (lines.length !== 1) throw new Error(`docker/action.yml has ${lines.length} lines with an image`);
  return action.replace(lines[0], `  image: docker://${image}`);
}

/** Stamps the action in `into` (this repository); throws, having written nothing, if anything does not fit. */
export async function stamp({ archives, repository, server = "https://github.com", image, manifest: file, version, tag, into = root }) {
  const manifest = file && readManifest(file);
  const release = { version: version ?? manifest?.version, tag: tag ?? manifest?.tag, server, repository, artifacts: {} };
  for (const [name, value] of Object.entries({ archives, ...release })) if (!value) throw new Error(`--${name} is missing`);
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository) || !URL.canParse(server)) throw new Error("--repository is OWNER/NAME, --server a URL");
  for (const target of Object.values(TARGETS)) release.artifacts[target] = await describe(target, archives, manifest);
  const container = join(into, "docker/action.yml");
  const action = image && withImage(readFileSync(container, "utf8"), image);
  writeFileSync(join(into, "launch/release.json"), `${JSON.stringify(release, null, 2)}\n`);
  if (action) writeFileSync(container, action);
}

// As in the launcher: tests import this file with a query, everyone else runs it.
if (new URL(import.meta.url).search === "") {
  const names = ["archives", "repository", "server", "image", "manifest", "version", "tag"];
  try {
    await stamp(parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) }).values);
  } catch (error) {
    console.error(`stamp: ${error.message}`);
    process.exitCode = 1;
  }
}
