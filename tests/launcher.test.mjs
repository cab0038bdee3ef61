// The launcher, started as the runner starts it, against servers that behave and misbehave. Run: node --test tests/*.mjs

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import {
  assertRan, assertRefused, CANARY, FAKE, launch, outputsOf, released, releaseOf, seal, send, serve, start, surroundings, target, tarEntry, tarGz,
  writeProgram,
} from "./launcher-kit.mjs";

// The stand-in for ci-guard is a shell script.
const options = { concurrency: true, skip: process.platform === "win32" ? "needs a POSIX shell" : false };
const [major, minor] = process.versions.node.split(".").map(Number);
const QUICK = { pause: 5 };
const IMPATIENT = { ...QUICK, stall: 200, tries: 2 };
const GITHUB = "https://github.com";

describe("a released action", options, () => {
  test("cold: downloads, verifies, runs, and keeps the binary", async (t) => {
    const { file, archive, artifact } = releaseOf();
    const server = await serve(t, send(archive));
    const box = released(t, server, artifact);
    const result = await launch(box);
    assertRan(result);
    assert.equal(result.outputs.verdict, "pass");
    assert.deepEqual(server.requests.map((request) => request.url), [`/owner/ci-guard/releases/download/ci-guard-v1.2.3/${file}`]);
    assert.equal(readFileSync(box.cached, "utf8"), FAKE);
    assert.deepEqual(readdirSync(dirname(box.cached)), ["ci-guard"], "no draft is left");
    assert.equal(readFileSync(box.summary, "utf8"), "", "the launcher writes no summary");
  });

  test("warm: makes no request", async (t) => {
    const server = await serve(t, send("", 500));
    const box = released(t, server, releaseOf().artifact);
    writeProgram(box.cached);
    assertRan(await launch(box));
    assert.equal(server.requests.length, 0);
  });

  const poisons = {
    "other content": (file) => writeProgram(file, "#!/bin/sh\necho pwned\n"),
    "an empty file": (file) => writeProgram(file, ""),
    "a file that lost its executable bit": (file) => chmodSync(writeProgram(file), 0o644),
  };
  for (const [what, poison] of Object.entries(poisons)) {
    test(`a tool cache with ${what} is healed`, async (t) => {
      const { archive, artifact } = releaseOf();
      const server = await serve(t, send(archive));
      const box = released(t, server, artifact);
      poison(box.cached);
      const result = await launch(box);
      assertRan(result);
      assert.doesNotMatch(result.text, /pwned/);
      assert.equal(server.requests.length, 1);
      assert.equal(readFileSync(box.cached, "utf8"), FAKE);
    });
  }

  test("a folder where the cached binary should be: RUNNER_TEMP serves", async (t) => {
    const { archive, artifact } = releaseOf();
    const box = released(t, await serve(t, send(archive)), artifact);
    mkdirSync(box.cached, { recursive: true });
    assertRan(await launch(box));
    assert.deepEqual(readdirSync(dirname(box.cached)), ["ci-guard"], "no draft is left");
  });

  test("two launchers at once", async (t) => {
    const { archive, artifact } = releaseOf();
    const server = await serve(t, (request, response) => setTimeout(() => response.end(archive), 100));
    const box = released(t, server, artifact);
    for (const result of await Promise.all([launch(box), launch(box)])) assertRan(result);
    assert.deepEqual(readdirSync(dirname(box.cached)), ["ci-guard"]);
  });

  test("no tool cache: RUNNER_TEMP serves, and is warm the second time", async (t) => {
    for (const RUNNER_TOOL_CACHE of [undefined, "", "/dev/null/cache"]) {
      const { archive, artifact } = releaseOf();
      const server = await serve(t, send(archive));
      const box = released(t, server, artifact);
      assertRan(await launch(box, { env: { RUNNER_TOOL_CACHE } }));
      assertRan(await launch(box, { env: { RUNNER_TOOL_CACHE } }));
      assert.equal(server.requests.length, 1);
    }
  });

  test("a read-only tool cache: RUNNER_TEMP serves", async (t) => {
    const { archive, artifact } = releaseOf();
    const box = released(t, await serve(t, send(archive)), artifact);
    for (const place of [box.base, box.temp, box.output]) chmodSync(place, 0o777);
    chmodSync(box.tool, 0o555);
    // Permissions do not bind root.
    assertRan(await launch(box, process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {}));
    assert.deepEqual(readdirSync(box.tool), []);
  });

  test("a read-only tool cache that holds the binary is used", async (t) => {
    const server = await serve(t, send("", 500));
    const box = released(t, server, releaseOf().artifact);
    writeProgram(box.cached);
    chmodSync(dirname(box.cached), 0o555);
    assertRan(await launch(box));
    chmodSync(dirname(box.cached), 0o755);
    assert.equal(server.requests.length, 0);
  });

  test("nowhere to keep the binary", async (t) => {
    const { archive, artifact } = releaseOf();
    const box = released(t, await serve(t, send(archive)), artifact);
    const nowhere = await launch(box, { env: { RUNNER_TOOL_CACHE: undefined, RUNNER_TEMP: undefined } });
    assertRefused(nowhere, 3, /RUNNER_TEMP\): neither is set/);
    const files = await launch(box, { env: { RUNNER_TOOL_CACHE: "/dev/null", RUNNER_TEMP: "/dev/null" } });
    assertRefused(files, 3, /no place to keep the binary.*ENOTDIR/);
  });
});

describe("what is downloaded is verified", options, () => {
  const good = releaseOf();
  const flipped = Buffer.from(good.archive);
  flipped[flipped.length >> 1] ^= 1;
  const answers = {
    "a flipped byte": [flipped, /checksum mismatch for http:.*expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}.*Nothing was run/],
    "a truncated archive": [good.archive.subarray(0, 200), /checksum mismatch.*\(200 bytes\)/],
    "an empty answer": [Buffer.alloc(0), /checksum mismatch.*\(0 bytes\)/],
    "a page in HTML": [Buffer.from("<!doctype html><title>Sign in</title>"), /checksum mismatch.*It is a web page/],
  };
  for (const [what, [bytes, says]] of Object.entries(answers)) {
    test(what, async (t) => {
      const box = released(t, await serve(t, send(bytes)), good.artifact);
      assertRefused(await launch(box), 3, says);
      assert.deepEqual(readdirSync(box.tool), []);
    });
  }

  // From here on the release itself is at fault: release.json vouches for the archive.
  const entry = (...more) => tarEntry("ci-guard-x/ci-guard", ...more);
  const damaged = (change) => {
    const header = entry("x");
    change(header);
    return tarGz(header);
  };
  const archives = {
    "no binary inside": [tarGz(tarEntry("README.md", "hello")), /does not contain it/],
    "only a folder of that name": [tarGz(tarEntry("ci-guard/", "", "5"), entry("", "5")), /does not contain it/],
    "only a link of that name": [tarGz(entry("", "2")), /does not contain it/],
    "another binary inside": [tarGz(entry("#!/bin/sh\necho pwned\n")), /checksum mismatch for ci-guard in http/],
    "a size beyond the end": [tarGz(entry("x", "0", 1e6)), /is truncated/],
    "a size that is no number": [damaged((header) => seal(header.fill(0xff, 124, 135))), /is damaged/],
    "a header of garbage": [damaged((header) => (header[150] ^= 1)), /is damaged/],
    "noise": [tarGz(Buffer.alloc(4096, "noise")), /is damaged/],
    "not even gzip": [Buffer.from("PK\x03\x04"), /cannot be unpacked/],
    "gzip cut short": [tarGz(entry("x".repeat(9000))).subarray(0, -9), /cannot be unpacked/],
    "nothing inside": [gzipSync(""), /does not contain it/],
  };
  for (const [what, [archive, says]] of Object.entries(archives)) {
    test(`a release with ${what}`, async (t) => {
      const { artifact } = releaseOf(FAKE, archive);
      const box = released(t, await serve(t, send(archive)), artifact);
      assertRefused(await launch(box), 3, says);
      assert.deepEqual(readdirSync(box.tool), []);
    });
  }

  test("long-name headers before the binary are passed over", async (t) => {
    const long = "x/".repeat(80) + "README";
    const { archive, artifact } = releaseOf(FAKE, tarGz(
      tarEntry("pax_global_header", "52 comment=0000000000000000000000000000000000000000\n", "g"),
      tarEntry("././@LongLink", long, "L"),
      tarEntry(long, "not it"),
      tarEntry("./PaxHeaders/ci-guard", "11 mtime=1\n", "x"),
      tarEntry("./ci-guard", FAKE),
    ));
    assertRan(await launch(released(t, await serve(t, send(archive)), artifact)));
  });

  test("a server that labels the file Content-Encoding: gzip", async (t) => {
    const server = await serve(t, send(good.archive, 200, { "content-encoding": "gzip" }));
    assertRefused(await launch(released(t, server, good.artifact)), 3, /without Content-Encoding/);
    assert.equal(server.requests[0].encoding, "identity");
  });

  test("no checksum known", async (t) => {
    const box = released(t, await serve(t, send(good.archive)), { file: good.file });
    assertRefused(await launch(box), 3, /checksum mismatch/);
  });
});

describe("servers and networks that fail", options, () => {
  const { archive, artifact } = releaseOf();

  test("404 is final", async (t) => {
    const server = await serve(t, send("Not Found", 404));
    assertRefused(await launch(released(t, server, artifact)), 3, /cannot download http:[^ ]*\/ci-guard-v1.2.3\/ci-guard-[^ ]*\.tar\.gz: HTTP 404/);
    assert.equal(server.requests.length, 1);
  });

  for (const status of [500, 503, 429]) {
    test(`${status}, then the file`, async (t) => {
      const server = await serve(t, (request, response, n) => send(n < 3 ? "later" : archive, n < 3 ? status : 200)(request, response));
      assertRan(await launch(released(t, server, artifact), { limits: QUICK }));
      assert.equal(server.requests.length, 3);
    });
  }

  test("a connection that breaks, then the file", async (t) => {
    const server = await serve(t, (request, response, n) => {
      if (n > 1) return response.end(archive);
      response.writeHead(200, { "content-length": archive.length }).write(archive.subarray(0, 100), () => response.destroy());
    });
    assertRan(await launch(released(t, server, artifact)));
    assert.equal(server.requests.length, 2);
  });

  test("500 for ever", async (t) => {
    const server = await serve(t, send("", 500));
    assertRefused(await launch(released(t, server, artifact), { limits: QUICK }), 3, /HTTP 500 \(5 tries\)/);
    assert.equal(server.requests.length, 5);
  });

  test("nobody listens", async (t) => {
    assertRefused(await launch(released(t, "http://127.0.0.1:1", artifact), { limits: QUICK }), 3, /cannot download.*\(5 tries\)/);
  });

  test("no headers come", async (t) => {
    const server = await serve(t, () => {});
    assertRefused(await launch(released(t, server, artifact), { limits: IMPATIENT }), 3, /no data for 0.2 s \(2 tries\)/);
  });

  test("the body stalls", async (t) => {
    const server = await serve(t, (request, response) => response.write(archive.subarray(0, 100)));
    assertRefused(await launch(released(t, server, artifact), { limits: IMPATIENT }), 3, /no data for 0.2 s \(2 tries\)/);
  });

  test("the body drips", async (t) => {
    const server = await serve(t, (request, response) => {
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    });
    assertRefused(await launch(released(t, server, artifact), { limits: { ...QUICK, tries: 1, total: 400 } }), 3, /not finished after 0.4 s/);
  });

  test("a body that is slow but steady arrives", async (t) => {
    const server = await serve(t, async (request, response) => {
      for (let at = 0; at < archive.length; at += 100) {
        response.write(archive.subarray(at, at + 100));
        await new Promise((wake) => setTimeout(wake, 500));
      }
      response.end();
    });
    assertRan(await launch(released(t, server, artifact), { limits: { ...QUICK, stall: 1500, tries: 1 } }));
    assert.ok(archive.length > 400, "longer on the way than the longest silence");
  });

  test("more bytes than any release has", async (t) => {
    const server = await serve(t, send(Buffer.alloc(5000)));
    assertRefused(await launch(released(t, server, artifact), { limits: { bytes: 4096 } }), 3, /larger than 4096 bytes/);
    assert.equal(server.requests.length, 1);
  });

  test("redirects in a circle", async (t) => {
    const server = await serve(t, (request, response) => send("", 302, { location: request.url })(request, response));
    assertRefused(await launch(released(t, server, artifact)), 3, /more than 5 redirects/);
  });

  test("a proxy is used, and the binary's environment stays as it was", { skip: major < 24 && "needs node 24" }, async (t) => {
    const proxied = [];
    const proxy = await serve(t, (request, response) => {
      proxied.push(request.url);
      response.end(archive);
    });
    // A client may tunnel plain http as well; the tunnel then leads back here.
    proxy.server.on("connect", (request, socket) => {
      proxied.push(request.url);
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      const tunnel = connect(proxy.server.address().port, "127.0.0.1");
      tunnel.on("error", () => {}).pipe(socket.on("error", () => {})).pipe(tunnel);
    });
    const box = released(t, "http://release.invalid", artifact);
    const result = await launch(box, { env: { HTTP_PROXY: proxy.origin } });
    assertRan(result);
    assert.match(result.text, /proxy-switch=unset/);
    assert.match(proxied[0], /release\.invalid/);

    proxied.length = 0;
    assertRan(await launch(box, { env: { HTTP_PROXY: proxy.origin, FAKE_EXIT: "1" } }), 1);
    assert.deepEqual(proxied, [], "a warm start needs no proxy");
  });

  test("a failure behind a proxy is told once", async (t) => {
    const server = await serve(t, send("", 404));
    const box = released(t, server, artifact);
    assertRefused(await launch(box, { env: { HTTPS_PROXY: "http://127.0.0.1:1" } }), 3, /HTTP 404/);
    const inputs = { "download-url": pathToFileURL(box.work).href };
    assertRefused(await launch(box, { env: { https_proxy: "http://127.0.0.1:1" }, inputs }), 3, /ENOENT/);
  });

  const systemRoots = major > 24 || (major === 24 && minor >= 5);
  test("a company's own root in the system's store", { skip: !systemRoots && "needs node 24.5" }, async (t) => {
    const box = released(t, GITHUB, artifact);
    const [key, cert] = [join(box.base, "key.pem"), join(box.base, "cert.pem")];
    const request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1";
    try {
      execFileSync("openssl", [...request.split(" "), "-keyout", key, "-out", cert], { stdio: "ignore" });
    } catch {
      return t.skip("needs openssl");
    }
    const server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, send(archive));
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    t.after(() => server.close());
    const inputs = { "download-url": `https://127.0.0.1:${server.address().port}/mirror` };
    assertRefused(await launch(box, { inputs, limits: QUICK }), 3, /self-signed certificate/);
    assertRan(await launch(box, { inputs, env: { SSL_CERT_FILE: cert } }));
  });
});

describe("the token", options, () => {
  const { archive, artifact } = releaseOf();
  const needsToken = (status) => (request, response) => {
    const known = request.headers.authorization !== undefined;
    send(known ? archive : "", known ? 200 : status)(request, response);
  };
  const seen = (server) => server.requests.map((request) => request.authorization);

  test("is not sent for a public release", async (t) => {
    const server = await serve(t, send(archive));
    assertRan(await launch(released(t, server, artifact), { env: { GITHUB_SERVER_URL: server.origin } }));
    assert.deepEqual(seen(server), [undefined]);
  });

  for (const status of [401, 403, 404, 429]) {
    test(`is sent to the release server after ${status}`, async (t) => {
      const server = await serve(t, needsToken(status));
      assertRan(await launch(released(t, server, artifact), { env: { GITHUB_SERVER_URL: server.origin } }));
      assert.deepEqual(seen(server), [undefined, `Bearer ${CANARY}`]);
    });
  }

  test("is tried once", async (t) => {
    const server = await serve(t, send("", 404));
    assertRefused(await launch(released(t, server, artifact), { env: { GITHUB_SERVER_URL: server.origin } }), 3, /HTTP 404/);
    assert.deepEqual(seen(server), [undefined, `Bearer ${CANARY}`]);
  });

  test("of an enterprise server is not sent to the server of the release", async (t) => {
    const server = await serve(t, needsToken(404));
    for (const GITHUB_SERVER_URL of ["https://ghes.example.com", "", "not a URL", undefined]) {
      assertRefused(await launch(released(t, server, artifact), { env: { GITHUB_SERVER_URL } }), 3, /HTTP 404/);
    }
    assert.deepEqual(seen(server), [undefined, undefined, undefined, undefined]);
  });

  test("is dropped on a redirect to another origin, and kept on one to the same", async (t) => {
    const storage = await serve(t, send(archive));
    const server = await serve(t, (request, response) => {
      if (!request.headers.authorization) return send("", 404)(request, response);
      send("", 302, { location: request.url === "/moved" ? `${storage.origin}/file` : "/moved" })(request, response);
    });
    assertRan(await launch(released(t, server, artifact), { env: { GITHUB_SERVER_URL: server.origin } }));
    assert.deepEqual(seen(server), [undefined, `Bearer ${CANARY}`, `Bearer ${CANARY}`]);
    assert.equal(server.requests[2].url, "/moved");
    assert.deepEqual(seen(storage), [undefined]);
  });

  test("is not sent to a mirror", async (t) => {
    const mirror = await serve(t, needsToken(401));
    const result = await launch(released(t, GITHUB, artifact), { inputs: { "download-url": mirror.origin }, env: { GITHUB_SERVER_URL: GITHUB } });
    assertRefused(result, 3, /HTTP 401/);
    assert.deepEqual(seen(mirror), [undefined]);
  });

  test("is not sent to a mirror whose address begins like the release server's", async (t) => {
    // http://127.0.0.1:803 is a prefix of http://127.0.0.1:8034, as https://github.com is of https://github.com.example.net.
    const mirror = await serve(t, needsToken(401));
    const prefix = mirror.origin.slice(0, -1);
    const result = await launch(released(t, prefix, artifact), { inputs: { "download-url": mirror.origin }, env: { GITHUB_SERVER_URL: prefix } });
    assertRefused(result, 3, /HTTP 401/);
    assert.deepEqual(seen(mirror), [undefined]);
  });

  test("is hidden where an error would quote it", async (t) => {
    const result = await launch(released(t, GITHUB, artifact), { inputs: { binary: `/nowhere/${CANARY}` } });
    assertRefused(result, 2, /\/nowhere\/\*\*\* does not exist/);
    // No header can hold this token, and fetch says so by quoting the header.
    const server = await serve(t, needsToken(404));
    const inputs = { token: `${CANARY}\n${CANARY}` };
    const quoted = await launch(released(t, server, artifact), { inputs, env: { GITHUB_SERVER_URL: server.origin }, limits: QUICK });
    assertRefused(quoted, 3, /cannot download/);
  });
});

describe("the input download-url", options, () => {
  const { file, archive, artifact } = releaseOf();

  test("names a folder, with or without a slash, and may carry a signature, which is not shown", async (t) => {
    const mirror = await serve(t, send(archive));
    for (const path of ["/a%20b/tools", "/a%20b/tools/", "/a%20b/tools?sig=s3cret"]) {
      assertRan(await launch(released(t, GITHUB, artifact), { inputs: { "download-url": mirror.origin + path } }));
    }
    assert.deepEqual(mirror.requests.map((request) => request.url), ["", "", "?sig=s3cret"].map((query) => `/a%20b/tools/${file}${query}`));
    const absent = await serve(t, send("", 404));
    const result = await launch(released(t, GITHUB, artifact), { inputs: { "download-url": `${absent.origin}/x?sig=s3cret` } });
    assertRefused(result, 3, /HTTP 404/);
    assert.doesNotMatch(result.text, /s3cret/);
  });

  test("may be spelt with an underscore", async (t) => {
    const mirror = await serve(t, send(archive));
    assertRan(await launch(released(t, GITHUB, artifact), { env: { INPUT_DOWNLOAD_URL: mirror.origin } }));
  });

  test("may be a folder on disk", async (t) => {
    const box = released(t, GITHUB, artifact);
    const inputs = { "download-url": pathToFileURL(box.work).href };
    assertRefused(await launch(box, { inputs }), 3, /ENOENT.*ci-guard-/);
    writeFileSync(join(box.work, file), "not it");
    assertRefused(await launch(box, { inputs }), 3, /checksum mismatch for file:/);
    writeFileSync(join(box.work, file), archive);
    assertRan(await launch(box, { inputs }));
  });

  for (const url of ["tools/here", "C:\\tools", "ftp://mirror.example.com/x", "data:,x", "https://user:pass@mirror.example.com/"]) {
    test(`is not ${url}`, async (t) => {
      const result = await launch(released(t, GITHUB, artifact), { inputs: { "download-url": url } });
      assertRefused(result, 2, /input 'download-url' must be/);
      assert.doesNotMatch(result.text, /pass@/);
    });
  }
});

describe("the input binary", options, () => {
  const source = { version: "0.0.0-source", artifacts: {} };

  test("is run without any download, also from source", async (t) => {
    const box = surroundings(t, source);
    writeProgram(join(box.work, "target/release/ci-guard"));
    const result = await launch(box, { inputs: { binary: "target/release/ci-guard" } });
    assertRan(result);
    assert.match(result.text, new RegExp(`output=yes proxy-switch=unset token-length=${CANARY.length}`));
  });

  const wrong = {
    "does not exist": () => {},
    "is not a file": (file) => mkdirSync(file),
    // The shell would "run" it and succeed.
    "is not a program": (file) => writeProgram(file, ""),
  };
  for (const [says, make] of Object.entries(wrong)) {
    test(`refused: ${says}`, async (t) => {
      const box = surroundings(t, source);
      const binary = join(box.work, "100%\nci-guard");
      make(binary);
      assertRefused(await launch(box, { inputs: { binary } }), 2, new RegExp(`input 'binary': .*100%25%0Aci-guard ${says}`));
    });
  }

  test("refused: not executable", async (t) => {
    const box = surroundings(t, source);
    const binary = writeProgram(join(box.work, "ci-guard"));
    chmodSync(binary, 0o644);
    assertRefused(await launch(box, { inputs: { binary } }), 2, /cannot start .*EACCES.*chmod \+x/);
  });

  test("the exit code is ci-guard's own", async (t) => {
    for (const code of [0, 1, 2, 3]) {
      const box = surroundings(t, source);
      const binary = writeProgram(join(box.work, "ci-guard"));
      const result = await launch(box, { inputs: { binary }, env: { FAKE_EXIT: String(code), FAKE_VERDICT: `verdict${code}` } });
      assertRan(result, code);
      assert.equal(result.outputs.verdict, `verdict${code}`);
      assert.doesNotMatch(result.text, /::error/);
    }
  });

  test("a crash is never a pass", async (t) => {
    const crashes = [[{ FAKE_EXIT: "101" }, 101], [{ FAKE_KILL: "KILL" }, 137], [{ FAKE_KILL: "SEGV" }, 139]];
    for (const [env, code] of crashes) {
      const box = surroundings(t, source);
      const binary = writeProgram(join(box.work, "ci-guard"));
      const result = await launch(box, { inputs: { binary }, env });
      assertRan(result, code);
      assert.match(result.text, new RegExp(`::error title=ci-guard::ci-guard did not end by itself: exit code ${code}`));
      assert.equal(result.outputs.verdict, "error");
    }
  });

  test("the runner's signals reach it, and its answer reaches the runner", async (t) => {
    for (const signal of ["INT", "TERM", "HUP"]) {
      const box = surroundings(t, source);
      const binary = writeProgram(join(box.work, "ci-guard"));
      const running = start(box, { inputs: { binary }, env: { FAKE_TRAP: signal } });
      while (!running.text.includes("fake is ready") && running.child.exitCode === null) await new Promise((wake) => setTimeout(wake, 20));
      running.child.kill(`SIG${signal}`);
      const result = await running.ended;
      assertRan(result, 1);
      assert.match(result.text, new RegExp(`fake got ${signal}`));
    }
  });

  test("a signal that comes as soon as it runs reaches it, too", async (t) => {
    for (let round = 0; round < 8; round++) {
      const box = surroundings(t, source);
      const binary = writeProgram(join(box.work, "ci-guard"));
      // It may be told before it has said a word.
      const result = await launch(box, { inputs: { binary }, env: { FAKE_TRAP: "TERM", FAKE_EARLY: "1" } });
      assert.equal(result.code, 1, result.text);
      assert.match(result.text, /fake got TERM/);
    }
  });
});

describe("an action that cannot work says so", options, () => {
  test("from source", async (t) => {
    const box = surroundings(t, JSON.parse(readFileSync(new URL("../launch/release.json", import.meta.url), "utf8")));
    assertRefused(await launch(box), 2, /source.*Use a released tag or its commit.*input 'binary'.*cargo build --release/);
  });

  test("without a build for this machine", async (t) => {
    const box = released(t, GITHUB, undefined);
    const release = { version: "1.2.3", tag: "t", server: GITHUB, repository: "o/r", artifacts: { "sparc-sun-solaris": {} } };
    writeFileSync(join(box.launch, "release.json"), JSON.stringify(release));
    assertRefused(await launch(box), 2, new RegExp(`1.2.3 has no build for ${process.platform}-${process.arch}.*input 'binary'`));
  });

  test("with a broken release.json", async (t) => {
    const box = surroundings(t, {});
    assertRefused(await launch(box), 2, /source/);
    writeFileSync(join(box.launch, "release.json"), "<<<<<<< merge");
    assertRefused(await launch(box), 3, /JSON/);
  });

  test("even where outputs cannot be written", async (t) => {
    const box = surroundings(t, { version: "0", artifacts: {} });
    const closed = await launch(box, { env: { GITHUB_OUTPUT: "/dev/null/output" } });
    assert.equal(closed.code, 2);
    assert.match(closed.text, /cannot write the output 'verdict': ENOTDIR/);
    const none = await launch(box, { env: { GITHUB_OUTPUT: undefined } });
    assert.equal(none.code, 2);
    assert.deepEqual(outputsOf(box), {});
  });

  test("after an output that was not finished", async (t) => {
    const box = surroundings(t, { version: "0", artifacts: {} });
    writeFileSync(box.output, "verdict=pass");
    assertRefused(await launch(box), 2, /source/);
  });
});
