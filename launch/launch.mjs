// Starts the prebuilt ci-guard binary: finds or downloads it, verifies it, runs `ci-guard action`.
//
// No dependencies and no build step: the file you read is the file that runs. Nothing runs unverified. Where no SHA-256
// is known (release.json) or it differs, the step fails, and its output `verdict` is `error`.

import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  accessSync, appendFileSync, closeSync, constants, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync,
} from "node:fs";
import { constants as system } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const TARGETS = {
  "darwin-arm64": "aarch64-apple-darwin",
  "darwin-x64": "x86_64-apple-darwin",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "linux-x64": "x86_64-unknown-linux-musl",
  "win32-arm64": "aarch64-pc-windows-msvc",
  "win32-x64": "x86_64-pc-windows-msvc",
};

/** Bounds of a download: milliseconds and bytes. `stall` is the longest silence, before the first byte too. */
export const LIMITS = { tries: 5, pause: 500, stall: 30_000, total: 300_000, redirects: 5, bytes: 100 * 2 ** 20 };

const RESTARTED = "--restarted-for-proxy";
const MIRROR = "Where it is out of reach, name a mirror in the input 'download-url' or a file in 'binary'.";
const ELSE = "Set the input 'binary' to a ci-guard that you built (cargo build --release)";

/** What the user is told, and the exit code: 2 for a mistake in the settings, 3 for a tool that could not be had. */
export class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const binaryName = (target) => (target.includes("windows") ? "ci-guard.exe" : "ci-guard");

// The runner keeps hyphens in names of inputs; people who set the variables by hand cannot.
function input(env, name) {
  const variable = `INPUT_${name.toUpperCase()}`;
  return (env[variable] || env[variable.replaceAll("-", "_")] || "").trim();
}

// Without its query, which can hold the signature of a mirror.
const show = (url) => url.origin === "null" ? url.href : url.origin + url.pathname;

/** The file to run, if there is one already; otherwise what to download and where it may be kept. */
function plan(env) {
  const given = input(env, "binary");
  if (given) return { file: checkedProgram(resolve(given)) };

  const machine = `${process.platform}-${process.arch}`;
  const target = TARGETS[machine];
  const release = JSON.parse(readFileSync(new URL("release.json", import.meta.url), "utf8"));
  if (Object.keys(release.artifacts ?? {}).length === 0) {
    throw new Failure(2, `this is ci-guard's source, which names no release to download. Use a released tag or its commit. ${ELSE} to test the source.`);
  }
  const artifact = release.artifacts[target];
  if (!artifact) throw new Failure(2, `ci-guard ${release.version} has no build for ${machine}. ${ELSE}.`);

  const places = [env.RUNNER_TOOL_CACHE, env.RUNNER_TEMP]
    .filter(Boolean)
    .map((folder) => join(folder, "ci-guard", release.version, target, binaryName(target)));
  const file = places.find((place) => intact(place, artifact.binary_sha256));
  return file ? { file } : { release, artifact, places, name: binaryName(target), url: addressOf(artifact.file, release, env) };
}

// A file that is no program is handed to the shell by execvp, and the shell is content with an empty one: exit code 0.
function checkedProgram(file) {
  const wrong = (what) => new Failure(2, `input 'binary': ${file} ${what}`);
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status) throw wrong("does not exist");
  if (!status.isFile()) throw wrong("is not a file");
  const start = Buffer.alloc(4);
  const descriptor = openSync(file);
  readSync(descriptor, start);
  closeSync(descriptor);
  if (!/^(\x7fELF|MZ|#!|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)/.test(start.toString("latin1"))) throw wrong("is not a program");
  return file;
}

// Also false for a file that may not be executed, as on a disk mounted noexec: then the next place is tried.
function intact(file, expected) {
  try {
    accessSync(file, constants.X_OK);
    return sha256(readFileSync(file)) === expected;
  } catch {
    return false;
  }
}

function addressOf(file, { server, repository, tag }, env) {
  const text = input(env, "download-url") || `${server}/${repository}/releases/download/${tag}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["https:", "http:", "file:"].includes(url.protocol) || url.username || url.password) {
    throw new Failure(2, "input 'download-url' must be an https, http or file URL without user name and password");
  }
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${file}`;
  return url;
}

// The token is for the server that issued it, if the release is there: not for a mirror, and not for github.com when the
// job runs on an enterprise server. Origins are compared: a prefix also fits `https://github.com.example.net`.
function tokenFor(url, server, env) {
  const mayHaveIt = [server, env.GITHUB_SERVER_URL].every((trusted) => URL.canParse(trusted) && new URL(trusted).origin === url.origin);
  return mayHaveIt ? input(env, "token") : "";
}

/** Downloads `url`. The token is used only where the server refuses a request without it: a public release needs none. */
export async function download(url, token, limits = LIMITS) {
  let bearer = "";
  for (let attempt = 1; ; attempt++) {
    try {
      return await request(url, bearer, limits);
    } catch (error) {
      if (token && !bearer && [401, 403, 404, 429].includes(error.status)) {
        bearer = token;
        continue;
      }
      const hopeless = error instanceof Failure || (error.status < 500 && error.status !== 429);
      if (hopeless || attempt >= limits.tries) {
        const tries = attempt > 1 ? ` (${attempt} tries)` : "";
        throw new Failure(3, `cannot download ${show(url)}: ${error.cause?.message || error.cause?.code || error.message}${tries}. ${MIRROR}`);
      }
      if (attempt === 1) await trustSystemRoots();
      await new Promise((wake) => setTimeout(wake, limits.pause * 2 ** (attempt - 1)));
    }
  }
}

// Redirects are followed by hand, because the token must not go along to another origin (release files lie on one).
async function request(url, bearer, limits) {
  const aborter = new AbortController();
  const after = (time, what) => setTimeout(() => aborter.abort(new Error(`${what} ${time / 1000} s`)), time);
  const total = after(limits.total, "not finished after");
  const silence = after(limits.stall, "no data for");
  try {
    for (let hop = 0; hop <= limits.redirects; hop++) {
      const headers = { "accept-encoding": "identity", ...(bearer && { authorization: `Bearer ${bearer}` }) };
      const response = await fetch(url, { headers, redirect: "manual", signal: aborter.signal });
      silence.refresh();
      // fetch would undo the encoding, and with it the .gz of a file that the server has labelled so by mistake.
      if (response.headers.has("content-encoding")) throw new Failure(3, "the server must send the file without Content-Encoding");
      if (response.ok) return await readAll(response.body, silence, limits);
      const location = response.status >= 300 && response.status < 400 && response.headers.get("location");
      if (!location) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
      const next = new URL(location, url);
      if (next.origin !== url.origin) bearer = "";
      url = next;
    }
    throw new Failure(3, `more than ${limits.redirects} redirects`);
  } finally {
    clearTimeout(total);
    clearTimeout(silence);
    aborter.abort(); // frees the connection of a body that nobody reads
  }
}

async function readAll(body, silence, limits) {
  const chunks = [];
  let left = limits.bytes;
  for await (const chunk of body ?? []) {
    silence.refresh();
    chunks.push(chunk);
    if ((left -= chunk.length) < 0) throw new Failure(3, `larger than ${limits.bytes} bytes`);
  }
  return Buffer.concat(chunks);
}

// A company's own roots are often in the system's store only, where node ≥ 24.5 can take them from. Reading it takes
// longer than many a download, hence only after a failure. Node itself honours NODE_EXTRA_CA_CERTS.
async function trustSystemRoots() {
  const tls = await import("node:tls");
  try {
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), ...tls.getCACertificates("system")]);
  } catch {
    // An older node, or a store that it cannot read: the next try shows what is wrong.
  }
}

/** The verified binary out of the release's archive. */
async function obtain({ release, artifact, name, url }, env, limits) {
  const archive = url.protocol === "file:" ? readFileSync(url) : await download(url, tokenFor(url, release.server, env), limits);
  if (sha256(archive) !== artifact.sha256) {
    const page = archive[0] === 0x3c ? "It is a web page: is there a log-in or a filter in between? " : "";
    throw new Failure(3, `checksum mismatch for ${show(url)}: expected SHA-256 ${artifact.sha256}, got ${sha256(archive)} (${archive.length} bytes). ${page}Nothing was run.`);
  }
  const binary = await unpack(archive, name);
  if (sha256(binary) !== artifact.binary_sha256) {
    throw new Failure(3, `checksum mismatch for ${name} in ${show(url)}: expected SHA-256 ${artifact.binary_sha256}, got ${sha256(binary)}. Nothing was run.`);
  }
  return binary;
}

/** The first regular file called `name`, in whatever folder, of a .tar.gz. No path is taken from the archive. */
export async function unpack(archive, name) {
  const { gunzipSync } = await import("node:zlib");
  const broken = (what) => new Failure(3, `the archive with ${name} ${what}`);
  let tar;
  try {
    tar = gunzipSync(archive, { maxOutputLength: 2 ** 29 });
  } catch (error) {
    throw broken(`cannot be unpacked: ${error.message}`);
  }
  // A header block of 512 bytes, then the content, padded. Long-name headers (GNU, PAX) are entries that are no files.
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + 512);
    const field = (from, to) => header.toString("latin1", from, to).replace(/\0.*$/s, "").trim();
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (parseInt(field(148, 156), 8) !== sum || !/^[0-7]+$/.test(field(124, 136))) throw broken("is damaged");
    const end = at + 512 + parseInt(field(124, 136), 8);
    if (end > tar.length) throw broken("is truncated");
    const isFile = header[156] === 0x30 || header[156] === 0;
    if (isFile && field(0, 100).split("/").pop() === name) return tar.subarray(at + 512, end);
    at = Math.ceil(end / 512) * 512;
  }
  throw broken("does not contain it");
}

// Written under another name first: jobs on one machine share the tool cache. Windows refuses to replace a program that
// runs; then the one in place, if intact, is as good as ours.
function install(binary, { places, artifact }) {
  const reasons = [];
  for (const place of places) {
    const draft = `${place}.${randomUUID()}`;
    try {
      mkdirSync(dirname(place), { recursive: true });
      try {
        writeFileSync(draft, binary, { mode: 0o755, flag: "wx" });
        renameSync(draft, place);
      } finally {
        rmSync(draft, { force: true });
      }
    } catch (error) {
      reasons.push(error.message);
    }
    if (intact(place, artifact.binary_sha256)) return place;
  }
  throw new Failure(3, `no place to keep the binary (RUNNER_TOOL_CACHE, RUNNER_TEMP): ${reasons.join("; ") || "neither is set"}`);
}

/** Runs a program on our standard streams, passes the runner's signals on to it, and waits for its end. */
function run(file, args, env) {
  return new Promise((done, failed) => {
    let child;
    // Before the start: the child may be up, and a signal may come, before this process gets any further.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      // On Windows the console has told the child already, and kill() would end it on the spot.
      process.on(signal, () => process.platform === "win32" || child?.kill(signal));
    }
    child = spawn(file, args, { stdio: "inherit", env });
    child.on("error", failed);
    child.on("exit", (code, signal) => done(signal ? 128 + system.signals[signal] : code));
  });
}

async function startGuard(file, env) {
  const code = await run(file, ["action"], env).catch((error) => {
    const hint = error.code === "EACCES" ? " (is it executable? artifacts lose that: chmod +x)" : "";
    throw new Failure(input(env, "binary") ? 2 : 3, `cannot start ${file}: ${error.message}${hint}`);
  });
  if (![0, 1, 2, 3].includes(code)) throw new Failure(code, `ci-guard did not end by itself: exit code ${code}`);
  return code;
}

// Node takes its proxy from the environment only if this was asked for when it started.
function needsRestartForProxy({ url }, env) {
  const proxied = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => env[name]);
  return url && proxied && env.NODE_USE_ENV_PROXY === undefined && !process.argv.includes(RESTARTED);
}

// Steps that ask for the verdict must not find an older or an empty one.
function report(failure, env) {
  const token = input(env, "token");
  const text = token ? failure.message.replaceAll(token, "***") : failure.message;
  console.log(`::error title=ci-guard::${text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")}`);
  const delimiter = `ci-guard-${randomUUID()}`;
  try {
    if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `\nverdict<<${delimiter}\nerror\n${delimiter}\n`);
  } catch (error) {
    console.log(`::error title=ci-guard::cannot write the output 'verdict': ${error.code}`);
  }
}

/** Everything; returns the exit code. */
export async function main(env = process.env, limits = LIMITS) {
  try {
    const wanted = plan(env);
    if (needsRestartForProxy(wanted, env)) {
      return await run(process.execPath, [fileURLToPath(import.meta.url), RESTARTED], { ...env, NODE_USE_ENV_PROXY: "1" });
    }
    const file = wanted.file ?? install(await obtain(wanted, env, limits), wanted);
    const { NODE_USE_ENV_PROXY: _, ...original } = env;
    return await startGuard(file, process.argv.includes(RESTARTED) ? original : env);
  } catch (error) {
    report(error, env);
    return error instanceof Failure ? error.code : 3;
  }
}

// Tests import this file with a query. Everyone else runs it, and an end without a result is a failure.
if (new URL(import.meta.url).search === "") {
  process.exitCode = 3;
  process.exitCode = await main();
}
