#!/usr/bin/env node
// Writes the licences of all crates that the binaries hold, with their texts: ci-guard.licences.txt. Their licences ask that
// the text goes along. Needs cargo, and the crates' sources where it keeps them.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const more = process.argv.slice(2); // such as --offline, or --filter-platform TARGET
const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--format-version=1", "--locked", ...more], {
    cwd: here,
    maxBuffer: 1 << 28,
  }),
);
const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
const packages = new Map(metadata.packages.map((found) => [found.id, found]));

// What is only needed to build or test is in no binary; nor are macros and what they need.
const held = new Set();
const visit = (id) => {
  const macro = packages.get(id).targets.some(({ kind }) => kind.includes("proc-macro"));
  if (held.has(id) || macro) return;
  held.add(id);
  for (const dependency of nodes.get(id).deps) {
    if (dependency.dep_kinds.some(({ kind }) => kind === null)) visit(dependency.pkg);
  }
};
visit(metadata.resolve.root);
held.delete(metadata.resolve.root);

const texts = new Map(); // licence text -> crates
const without = [];
for (const found of [...held].map((id) => packages.get(id)).sort((a, b) => a.name.localeCompare(b.name))) {
  const crate = `${found.name} ${found.version} (${found.license ?? "see its text"})`;
  const folder = dirname(found.manifest_path);
  const files = readdirSync(folder).filter((name) => /^(licen[sc]e|copying|notice|unlicense)/i.test(name));
  let any = false;
  for (const file of files.sort()) {
    let text;
    try {
      text = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
    } catch {
      continue; // a folder of texts: its crates have the files beside it as well
    }
    any = true;
    texts.set(text, [...(texts.get(text) ?? []), crate]);
  }
  if (!any) without.push(crate);
}

const line = "=".repeat(80);
const parts = [...texts].map(([text, crates]) => `${line}\n${crates.join("\n")}\n${line}\n\n${text}\n`);
if (without.length > 0) {
  parts.unshift(`${line}\nCrates that come without a text of their licence:\n${without.join("\n")}\n${line}\n`);
}
const head = `ci-guard holds these ${held.size} crates, under these licences.\n`;
writeFileSync(join(here, "ci-guard.licences.txt"), [head, ...parts].join("\n"));
console.log(`ci-guard.licences.txt: ${held.size} crates, ${texts.size} texts, ${without.length} without a text`);
