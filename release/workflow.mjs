// Makes .github/workflows/release.yml: what `dist generate` writes for dist-workspace.toml, with the edits below.
//
//   node release/workflow.mjs            writes it
//   node release/workflow.mjs --check    fails if it is not what it would be: that is our `dist generate --check`
//
// Needs cargo-dist (release/tools.sh dist). Every edit says why, and must fit exactly as often as it says: when another
// version of cargo-dist writes something else, this fails instead of letting it through.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, ".github/workflows/release.yml");

// cargo-dist adds its own flags to these, and Cargo then reads none from its configuration. Systems other than Linux load
// no program that must lie at one place.
const STATIC = readFileSync(join(root, ".cargo/config.toml"), "utf8").match(/^rustflags = "(.*)"$/m)[1];
const ELSEWHERE = STATIC.replace(" -Crelocation-model=static", "");
const RUSTFLAGS = `\${{ contains(join(matrix.targets, ' '), 'musl') && '${STATIC}' || '${ELSEWHERE}' }}`;

const VERSIONS = { "actions/attest": "v4.2.2", "actions/checkout": "v7.0.1", "actions/download-artifact": "v8.0.1", "actions/upload-artifact": "v7.0.1" };

const HEADER = `# A release, from a tag ci-guard-v1.2.3 to the action's tag v1; RELEASING.md is its manual.
#
# Written by release/workflow.mjs: what \`dist generate\` (cargo-dist, MIT or Apache-2.0) makes of dist-workspace.toml, with
# edits that are listed there. Do not edit it here.

name: Release
permissions: {}
concurrency:
  group: release
  cancel-in-progress: false
`;

// Whole lines of the generated text, as they stand there.
const NAME_REPOSITORY = '      - run: release/name-repository.sh "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"\n        shell: bash\n';
const tools = (...names) => `      - name: Install ${names.join(", ")}\n        run: release/tools.sh ${names.join(" ")}\n        shell: bash\n`;
const job = (name, minutes, permissions, label = name) => {
  const lines = permissions.map(([permission, why]) => `      ${permission} # ${why}\n`).join("");
  const granted = permissions.length === 0 ? "    permissions: {}\n" : `    permissions:\n${lines}`;
  return { name, text: `    name: ${label}\n    timeout-minutes: ${minutes}\n${granted}` };
};
const READ = ["contents: read", "checkout"];

const JOBS = [
  job("plan", 30, [READ], "Plan"),
  job("build-local-artifacts", 60, [READ], "Build (${{ join(matrix.targets, ', ') }})"),
  job("build-global-artifacts", 30, [READ], "Build installers and SBOM"),
  job("host", 20, [
    ["contents: write", "the release ci-guard-v1.2.3 with its files"],
    ["id-token: write", "signs the attestations as this workflow"],
    ["attestations: write", "records them"],
  ], "Attest and release"),
  job("announce", 5, [], "Announced"),
];

const CALLS = {
  "publish-image": {
    permissions: [READ, ["packages: write", "the image"], ["id-token: write", "signs its attestations"], ["attestations: write", "records them"]],
  },
  "publish-packages": {
    permissions: [READ, ["id-token: write", "trusted publishing to npm and crates.io, where it is on"]],
    secrets: "    secrets:\n      HOMEBREW_TAP_TOKEN: ${{ secrets.HOMEBREW_TAP_TOKEN }}\n",
  },
  "stamp-action": {
    permissions: [["contents: write", "the release branch, the tags v1.2.3, v1.2 and v1"], ["packages: write", "the image's tags 1.2 and 1"]],
  },
};

// [why, how often, what, instead]
const EDITS = [
  ["the header says where this file comes from; nothing is granted to all jobs", 1, /^[^]*?\n(?=on:\n)/, HEADER],
  ["versions for readers, and for Dependabot", 17, /uses: (actions\/[a-z-]+)@([0-9a-f]{40})$/gm, (_, name, commit) => `uses: ${name}@${commit} # ${VERSIONS[name]}`],
  ["there are no submodules", 5, / +submodules: recursive\n/g, ""],
  ["only the step that makes the release needs a token", 5, / +GH_TOKEN: \$\{\{ secrets\.GITHUB_TOKEN \}\}\n/g, ""],
  ["an env: that is empty now", 3, /^    env:\n(?!      )/gm, ""],
  ["a pull request never gets here", 1, /\$\{\{ !github\.event\.pull_request && github\.ref_name \|\| '' \}\}/, "${{ github.ref_name }}"],
  ["the same, and nothing needs it as a word of a command", 1, /^ +tag-flag: .*\n/m, ""],
  ["the same", 1, /publishing: \$\{\{ !github\.event\.pull_request \}\}/, "publishing: true"],
  ["the same", 1, /^ +# sure would be cool[^]*?(?= +- id: plan)/m, ""],
  ["expressions are not pasted into scripts", 1, /dist \$\{\{ \(!github\.event[^\n]*?\}\} --output-format=json > plan-dist-manifest\.json/, 'dist host --steps=create "--tag=$GITHUB_REF_NAME" --output-format=json > plan-dist-manifest.json'],
  ["the same", 1, /dist build \$\{\{ needs\.plan\.outputs\.tag-flag \}\} --print=linkage --output-format=json \$\{\{ matrix\.dist_args \}\}/, 'dist build "--tag=$GITHUB_REF_NAME" --print=linkage --output-format=json --artifacts=local "--target=$TARGET"'],
  ["its variable; on Windows too", 1, / +- name: Build artifacts\n/, (line) => `${line}        shell: bash\n        env:\n          TARGET: \${{ join(matrix.targets, ' ') }}\n          RUSTFLAGS: ${RUSTFLAGS}\n`],
  ["the same", 1, /dist build \$\{\{ needs\.plan\.outputs\.tag-flag \}\} --output-format=json "--artifacts=global"/, 'dist build "--tag=$GITHUB_REF_NAME" --output-format=json "--artifacts=global"'],
  ["the same", 1, /dist host \$\{\{ needs\.plan\.outputs\.tag-flag \}\} --steps=upload/, 'dist host "--tag=$GITHUB_REF_NAME" --steps=upload'],
  ["the same", 1, /gh release create "\$\{\{ needs\.plan\.outputs\.tag \}\}" --target "\$RELEASE_COMMIT" \$PRERELEASE_FLAG/, 'gh release create "$GITHUB_REF_NAME" --verify-tag ${PRERELEASE_FLAG:+"$PRERELEASE_FLAG"}'],
  ["the tag is there, so --verify-tag; and the token, here only", 1, / +RELEASE_COMMIT: "\$\{\{ github\.sha \}\}"\n/, "          GH_TOKEN: ${{ github.token }}\n          GH_REPO: ${{ github.repository }}\n"],
  ["quoted", 1, /> \$RUNNER_TEMP\/notes\.txt/, '> "$RUNNER_TEMP/notes.txt"'],
  ["tools of a version, from crates.io, instead of scripts from the network", 1, / +- name: Install dist\n +# we specify[^]*?\n +run: "curl [^\n]*\n/, tools("dist")],
  ["the same", 1, / +- name: Install dist\n +run: \$\{\{ matrix\.install_dist\.run \}\}\n/, tools("dist", "cargo-auditable")],
  ["the same", 1, / +- name: Install cargo-auditable\n +run: \$\{\{ matrix[^\n]*\n/, ""],
  ["the SBOM's tool", 1, /(build-global-artifacts:\n[^]*?- run: chmod \+x ~\/\.cargo\/bin\/dist\n)/, (text) => text + tools("cargo-cyclonedx")],
  ["no containers; Rust is on every runner", 1, / +- name: Install Rust non-interactively[^]*?fi\n(?= +- )/, ""],
  ["the same", 1, /^ +container: .*\n/m, ""],
  ["no commands from data", 1, / +- name: Install dependencies\n +run: \|\n +\$\{\{ matrix\.packages_install \}\}\n/, "      - name: Install the linker of musl\n        if: ${{ contains(join(matrix.targets, ' '), 'musl') }}\n        run: sudo apt-get update && sudo apt-get install --yes --no-install-recommends musl-tools\n"],
  ["as CI tested it: cargo-dist does not pass --locked", 1, /( +# Actually do builds and make zips and whatnot\n)/, (line) => `${line}          cargo fetch --locked\n`],
  ["a checkout that nothing reads", 1, /(  announce:\n[^]*?)    steps:\n +- uses: actions\/checkout[^]*?(?=\n  custom-)/, (_, head) => `${head}    steps:\n      - run: echo "$GITHUB_REF_NAME is out"\n`],
  ["cargo-dist asks Cargo.toml for the repository", 4, /( +- uses: actions\/checkout[^]*?persist-credentials: false\n)/g, (text) => text + NAME_REPOSITORY],
  ["its own name for it is longer", 1, / +name: build-local-artifacts \(.*\n/, ""],
  ["plain names of runners", 4, /runs-on: "ubuntu-24\.04"/g, "runs-on: ubuntu-24.04"],
  ["the host job's permissions are listed with reasons", 1, /( +val: \$\{\{ steps\.host\.outputs\.manifest \}\}\n)    permissions:\n(      ".*\n)+/, (_, line) => line],
  ["the platform's own syntax for `here`, which enterprise servers and actionlint do not know", 3, /uses: \$\/\.github/g, "uses: ./.github"],
  ["no secret is handed on", 3, /^ +secrets: inherit\n/gm, ""],
  ["their permissions are listed with reasons", 3, /^    permissions:\n(      ".*\n?)+/gm, ""],
  ["escalated no more", 1, / +# publish jobs get escalated permissions\n/g, ""],
  ["a tool of this run, not a result", 1, / +path: ~\/\.cargo\/bin\/dist\n/, (line) => `${line}          retention-days: 3\n`],
];

function edit(text) {
  for (const [why, times, what, instead] of EDITS) {
    const found = text.match(new RegExp(what, what.flags.includes("g") ? what.flags : `${what.flags}g`))?.length ?? 0;
    if (found !== times) throw new Error(`"${why}" fits ${found} times, not ${times}: ${what}`);
    text = text.replace(what, instead);
  }
  for (const { name, text: lines } of JOBS) text = insert(text, name, lines);
  for (const [name, { permissions, secrets = "" }] of Object.entries(CALLS)) {
    const granted = permissions.map(([permission, why]) => `      ${permission} # ${why}\n`).join("");
    text = insert(text, `custom-${name}`, `    name: ${name[0].toUpperCase()}${name.slice(1).replace("-", " ")}\n    permissions:\n${granted}${secrets}`);
  }
  return `${text.trimEnd()}\n`;
}

function insert(text, name, lines) {
  const head = `\n  ${name}:\n`;
  if (text.split(head).length !== 2) throw new Error(`there is no single job ${name}`);
  return text.replace(head, () => head + lines);
}

/** What cargo-dist itself writes, made in a copy, because it wants the repository's address in Cargo.toml. */
function generate() {
  const folder = mkdtempSync(join(tmpdir(), "ci-guard-dist-"));
  try {
    for (const name of ["Cargo.toml", "Cargo.lock", "README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "src", "scan", "tree", "release"]) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    const settings = readFileSync(join(root, "dist-workspace.toml"), "utf8");
    writeFileSync(join(folder, "dist-workspace.toml"), settings.replace(/^allow-dirty = .*\n/m, ""));
    execFileSync(join(folder, "release/name-repository.sh"), ["https://github.com/octo/ci-guard"]);
    mkdirSync(join(folder, ".github/workflows"), { recursive: true });
    execFileSync("dist", ["generate", "--mode=ci"], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    return readFileSync(join(folder, ".github/workflows/ci-guard--release.yml"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  const wanted = edit(generate());
  if (!process.argv.includes("--check")) writeFileSync(target, wanted);
  else if (!existsSync(target) || readFileSync(target, "utf8") !== wanted) throw new Error("release.yml is out of date: run node release/workflow.mjs");
} catch (error) {
  console.error(`release/workflow.mjs: ${error.stderr?.toString().trim() || error.message}`);
  process.exitCode = 1;
}
