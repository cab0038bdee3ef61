//! What stands inside of archives, and what GitHub says was uploaded: attacks and corruption, each with its own words.

use crate::support::github::Fake;
use crate::support::{Folder, Step, run};
use ci_guard::archive::make;
use data_encoding::BASE64;
use serde_json::{Value, json};

/// File, members, rule, and words of the message.
type Attack = (&'static str, &'static str, &'static str, &'static str);

const WHEEL: &str = "demo-1.0.dist-info/METADATA text='Metadata-Version: 2.4\\nName: demo\\nVersion: 1.0\\n'\n\
                     demo-1.0.dist-info/WHEEL text='Wheel-Version: 1.0\\nTag: py3-none-any\\n'\n";

/// Attacks that a line of members describes.
const ATTACKS: [Attack; 35] = [
    ("a1.tar", "../x text=x", "escaping-member", "`../x` leads out: its name holds `..`"),
    ("a2.tgz", "a/../../x text=x", "escaping-member", "`a/../../x` leads out"),
    ("a3.tar", "/etc/x text=x", "escaping-member", "its name is absolute"),
    ("a4.zip", "/etc/x text=x", "escaping-member", "its name is absolute"),
    ("a5.zip", "C:/x text=x", "escaping-member", "its name has a drive letter"),
    ("a6.zip", "..\\x text=x", "escaping-member", "its name holds `..`"),
    ("a7.zip", "\\\\host\\x text=x", "escaping-member", "its name is absolute"),
    ("a8.tar", "a/l link=/etc/passwd", "escaping-member", "it is a symbolic link to `/etc/passwd`"),
    ("a9.zip", "l link=../x", "escaping-member", "it is a symbolic link to `../x`"),
    ("b1.tar", "h hard-link=../x", "escaping-member", "it is a hard link to `../x`"),
    ("b2.tar", "l link=d\nl/x text=x", "escaping-member", "it would be written through the link `l`"),
    ("b3.tar", "t text=x mode=4755", "special-member", "`t` is set-uid (mode 4755)"),
    ("b4.zip", "t text=x mode=2755", "special-member", "`t` is set-gid (mode 2755)"),
    ("b5.tar", "null device", "special-member", "`null` is a device"),
    ("b6.zip", "pipe fifo", "special-member", "`pipe` is a FIFO or socket"),
    (
        "b7.tar",
        "t text=x mode=0666",
        "writable-member",
        "1 member can be written by everybody, such as `t` (mode 0666)",
    ),
    ("b8.tar", "x text=1\nx text=2", "duplicate-member", "`x` stands in it twice"),
    ("b9.zip", "x text=1\n./x text=2", "duplicate-member", "`./x` stands in it twice"),
    ("c1.tar", "x text=1\nX text=2", "duplicate-member", "`X` and `x` are one name on Windows and macOS"),
    ("c2.zip", "x text=1 local=y", "ambiguous-archive", "the directory's `x` is `y` by its own header"),
    ("c3.tar", "x text=1 size=0", "ambiguous-archive", "1 bytes by its header and 0 by the extended header"),
    ("c4.zip", "x text=1 claim=4000000000", "archive-bomb", "more than 250 times larger than it is"),
    ("c5.zip", "x text=1 claim=2", "broken-archive", "`x` has 1 bytes and not 2"),
    ("c6.tar", "x text=1 claim=5000", "broken-archive", "it is cut off within `x`"),
    (
        "c7.zip",
        "p/.env text=A=1",
        "forbidden-member",
        "`p/.env` must not be shipped: files of this name hold credentials",
    ),
    ("c8.tgz", ".git/config text=x", "forbidden-member", "part of a repository of git"),
    ("c9.tgz", "p/key.pfx text=x", "forbidden-member", "it is a store of keys"),
    ("d1.tgz", ".ssh/known_hosts text=x", "forbidden-member", "its folder is one of credentials"),
    ("d2.tgz", "p/a.map text=x", "forbidden-member", "the settings say so"),
    (
        "d3.tgz",
        "x/c.ini text='\\nDATADOG_API_KEY=7c21f09be4d84a6195b3d08ea2f5c7e3\\n'",
        "secret-inside",
        "line 2 of `x/c.ini` holds a",
    ),
    ("d4.tgz", "package/package.json text='{}'", "incomplete-metadata", "lacks `name`, `version`"),
    (
        "d5.tgz",
        "package/package.json text='{'",
        "incomplete-metadata",
        "`package/package.json` cannot be read",
    ),
    ("e-1.0.crate", "e-1.0/src text=x", "incomplete-metadata", "it has no Cargo.toml"),
    (
        "f-2.0.crate",
        "f-2.0/Cargo.toml text='[package]\\nname=\"f\"\\nversion=\"1.0\"\\n'",
        "version-mismatch",
        "the name and version is `f-2.0` by the file name and `f-1.0`",
    ),
    (
        "g-2.0.tgz",
        "package/package.json text='{\"name\":\"g\",\"version\":\"1.0\"}'",
        "version-mismatch",
        "the version is `2.0` by the file name and `1.0`",
    ),
];

/// Wheels: what is put before the metadata, and what behind RECORD.
const WHEELS: [(&str, &str, &str, &str, &str); 9] = [
    (
        "demo-1.0-1-py3-none-any.whl",
        "demo/a.py text=x recorded=y",
        "",
        "record-mismatch",
        "`demo/a.py` is not what",
    ),
    (
        "demo-1.0-2-py3-none-any.whl",
        "demo/a.py text=x recorded=xx",
        "",
        "record-mismatch",
        "`demo/a.py` has 1 bytes, and 2 by",
    ),
    (
        "demo-1.0-3-py3-none-any.whl",
        "demo/a.py text=x",
        "demo/b.py text=x",
        "record-mismatch",
        "`demo/b.py` is not listed",
    ),
    (
        "demo-1.0-5-py3-none-any.whl",
        "demo/a.py text=x recorded=y recorded-by=sha512",
        "",
        "record-mismatch",
        "`demo/a.py` is not what",
    ),
    (
        "demo-1.0-6-py3-none-any.whl",
        "demo/a.py text=x recorded-by=sha224",
        "",
        "record-mismatch",
        "lists `demo/a.py` with `sha224`, which is too weak",
    ),
    (
        "demo-1.0-4-py2-none-any.whl",
        "demo/a.py text=x",
        "",
        "version-mismatch",
        "the file name is for `py2-none-any`",
    ),
    (
        "other-1.0-py3-none-any.whl",
        "demo/a.py text=x",
        "",
        "version-mismatch",
        "the name is `other` by the file name and `demo`",
    ),
    (
        "demo-1.1-py3-none-any.whl",
        "demo/a.py text=x",
        "",
        "version-mismatch",
        "the version is `1.1` by the file name and `1.0`",
    ),
    ("demo.whl", "demo/a.py text=x", "", "version-mismatch", "`demo.whl` is no name of a wheel"),
];

/// Damage that no description makes: what is done to the bytes of a sound archive.
fn damaged() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let made = |name: &str| make::archive(name, "a text='hello'\nb text='world'\n").unwrap();
    let (zip, tar, tgz) = (made("x.zip"), made("x.tar"), made("x.tgz"));
    let flip = |bytes: &[u8], what: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = bytes.windows(what.len()).position(|window| window == what).unwrap();
        bytes[at] ^= 1;
        bytes
    };
    let directory = zip.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let mut entries = zip.clone();
    let end = entries.len() - 22;
    entries[end + 10] = 3;
    vec![
        ("s1.zip", b"<html>not found</html>".to_vec(), "broken-archive", "no directory at its end"),
        ("s2.zip", zip[..zip.len() - 30].to_vec(), "broken-archive", "no directory at its end"),
        ("s3.zip", flip(&zip, b"hello"), "broken-archive", "the checksum of `a` is wrong"),
        (
            "s4.zip",
            [b"MZ stub".as_slice(), &zip].concat(),
            "ambiguous-archive",
            "bytes stand before its first member",
        ),
        ("s5.zip", [&zip, b"tail".as_slice()].concat(), "ambiguous-archive", "bytes follow its end record"),
        ("s6.zip", entries, "ambiguous-archive", "its end record counts 3 entries"),
        ("s7.zip", [&zip[directory..]].concat(), "broken-archive", "its end record leads out of it"),
        ("t1.tar", flip(&tar, b"ustar"), "broken-archive", "the checksum of a header is wrong"),
        ("t2.tar", tar[..1024].to_vec(), "broken-archive", "it has no end mark"),
        ("t3.tar", tar[..700].to_vec(), "broken-archive", "it is cut off behind a member"),
        ("t4.tar", [tar.as_slice(), &tar].concat(), "ambiguous-archive", "bytes follow its end mark"),
        ("t5.tgz", tgz[..tgz.len() - 9].to_vec(), "broken-archive", "it is cut off"),
        ("t6.tgz", flip(&tgz, b"world"), "broken-archive", "it cannot be decompressed"),
        ("t7.tar.xz", b"nonsense and more of it".to_vec(), "broken-archive", "it cannot be decompressed"),
        ("t9.tar.bz2", b"nonsense and more of it".to_vec(), "broken-archive", "it cannot be decompressed"),
        ("u1.tar.bz2", bzip2()[..60].to_vec(), "broken-archive", "it is cut off"),
        ("u2.tar.bz2", bzip2(), "special-member", "`app/su` is set-uid (mode 4755)"),
        ("t8.tar.zst", b"nonsense and more of it".to_vec(), "broken-archive", "it cannot be decompressed"),
    ]
}

#[test]
fn every_attack_is_refused_in_its_own_words() {
    let folder = Folder::with(&[(
        ".github/ci-guard.yml",
        "version: 1\nchecks:\n  artifacts: { forbidden-members: [\"*.map\"], mode: blocking }\n",
    )]);
    let mut wanted: Vec<(&str, &str, &str)> = Vec::new();
    for (file, members, rule, words) in ATTACKS {
        folder.write(&format!("dist/{file}"), make::archive(file, members).unwrap());
        wanted.push((file, rule, words));
    }
    for (file, before, behind, rule, words) in WHEELS {
        let text = format!("{before}\n{WHEEL}demo-1.0.dist-info/RECORD record\n{behind}\n");
        folder.write(&format!("dist/{file}"), make::archive(file, &text).unwrap());
        wanted.push((file, rule, words));
    }
    for (file, bytes, rule, words) in damaged() {
        folder.write(&format!("dist/{file}"), bytes);
        wanted.push((file, rule, words));
    }
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    let checked = run(folder.path(), &["check", "artifacts", "--format=json"], &[]);
    assert_eq!(checked.code, 1);
    assert!(!checked.out.contains("7c21f09be4d84a6195b3d08ea2f5c7e3"), "a secret's value is shown");
    let findings = checked.json()["findings"].as_array().unwrap().clone();
    let mut missed = Vec::new();
    for (file, rule, words) in &wanted {
        let about = |finding: &&Value| finding["location"]["name"] == format!("dist/{file}");
        let told = |finding: &Value| {
            finding["rule"] == format!("artifacts/{rule}")
                && finding["message"].as_str().unwrap().contains(words)
        };
        if !findings.iter().filter(about).any(told) {
            let all: Vec<String> =
                findings.iter().filter(about).map(|f| format!("{} {}", f["rule"], f["message"])).collect();
            missed.push(format!("{file}: no {rule} with `{words}`, but {all:#?}"));
        }
    }
    assert!(
        wanted.len() >= 62 && missed.is_empty(),
        "{} of {}:\n{}",
        missed.len(),
        wanted.len(),
        missed.join("\n")
    );
}

/// A tar archive that bzip2 1.0 packed: `app/su` with mode 4755.
fn bzip2() -> Vec<u8> {
    let text = "QlpoOTFBWSZTWbHF0pAAAG1bgMmQQADXgAAQYABeQAgIIABUNJqZMAGhoEkgRkekDTR97UghBpIEIdvL6j7TQIqGYGLyRFgGAhmwJg5/A0Y4PWPBrahexIiA8LuSKcKEhY4ulIA=";
    BASE64.decode(text.as_bytes()).unwrap()
}

/// A zip that holds a zip, and so on; the innermost holds a file that must not be shipped.
fn nested(depth: usize) -> Vec<u8> {
    let mut inner = make::archive("x.zip", "p/.env text=A=1\n").unwrap();
    for _ in 0..depth {
        inner = make::archive("x.zip", &format!("lib/in.zip base64='{}'\n", BASE64.encode(&inner))).unwrap();
    }
    inner
}

#[test]
fn archives_within_archives_are_looked_into_to_a_depth() {
    let check = |settings: &str, files: &[(&str, Vec<u8>)]| {
        let folder = Folder::with(&[(".github/ci-guard.yml", settings)]);
        for (file, bytes) in files {
            folder.write(&format!("dist/{file}"), bytes.clone());
        }
        assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
        run(folder.path(), &["check", "artifacts", "--mode=blocking"], &[])
    };
    let plain = "version: 1\n";
    let checked = check(plain, &[("a.zip", nested(3))]);
    let told = "in `lib/in.zip`: in `lib/in.zip`: in `lib/in.zip`: `p/.env` must not be shipped";
    assert!(checked.code == 1 && checked.out.contains(told), "{}", checked.out);
    let allowed = "version: 1\nrules:\n  artifacts/forbidden-member: { allow: [lib/in.zip/p/.env] }\n";
    let checked = check(allowed, &[("a.zip", nested(1))]);
    assert_eq!(checked.code, 0, "{}", checked.out);
    let checked = check(plain, &[("a.zip", nested(4))]);
    let deeper = "archives that stand in more than three others";
    assert!(checked.code == 0 && checked.out.contains(deeper), "{}", checked.out);
    // What tests hold is made up, and what cannot be read is shipped as it is.
    let text = format!(
        "tests/a.zip base64='{}'\nlib/b.zip text=nonsense\nlib/c.zip zeros=33554433\n",
        BASE64.encode(&nested(0))
    );
    let checked = check(plain, &[("a.tgz", make::archive("x.tgz", &text).unwrap())]);
    let words = ["archives within archives that cannot be read", "that are larger than 32 MiB"];
    assert!(checked.code == 0 && words.iter().all(|words| checked.out.contains(words)), "{}", checked.out);
    // A wheel within is held to its own RECORD.
    let wheel = format!("demo/a.py text=x recorded=y\n{WHEEL}demo-1.0.dist-info/RECORD record\n");
    let wheel = make::archive("x.whl", &wheel).unwrap();
    let text = format!("demo-1.0-py3-none-any.whl base64='{}'\n", BASE64.encode(&wheel));
    let checked = check(plain, &[("wheels.zip", make::archive("x.zip", &text).unwrap())]);
    let told = "in `demo-1.0-py3-none-any.whl`: `demo/a.py` is not what";
    assert!(checked.code == 1 && checked.out.contains(told), "{}", checked.out);
}

#[test]
fn record_may_list_longer_digests() {
    let folder = Folder::new();
    let text = format!(
        "demo/a.py text=x recorded-by=sha512\ndemo/b.py text=y recorded-by=sha384\n{WHEEL}demo-1.0.dist-info/RECORD record\n"
    );
    folder.write("dist/demo-1.0-py3-none-any.whl", make::archive("x.whl", &text).unwrap());
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    let checked = run(folder.path(), &["check", "artifacts", "--mode=blocking"], &[]);
    assert_eq!(checked.code, 0, "{}", checked.out);
}

#[test]
fn what_git_tags_and_settings_let_pass_is_let_pass() {
    let folder = Folder::with(&[(
        ".github/ci-guard.yml",
        "version: 1\nrules:\n  artifacts/special-member: { allow: [app/su] }\n",
    )]);
    folder.write("dist/app.tar", make::archive("x.tar", "app/su text=x mode=4755\n").unwrap());
    let text = format!("{WHEEL}demo-1.0.dist-info/RECORD record\n");
    folder.write("dist/demo-1.0-py3-none-any.whl", make::archive("x.whl", &text).unwrap());
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    let check = |tag: &str| {
        let tag = format!("--release-tag={tag}");
        run(folder.path(), &["check", "artifacts", "--mode=blocking", &tag], &[])
    };
    for tag in ["v1.0", "1.0.0", "demo-v1.0", "other@2.0", "nightly"] {
        let checked = check(tag);
        assert_eq!(checked.code, 0, "{tag}: {}", checked.out);
    }
    for tag in ["v1.1", "demo@2.0", "1.0rc1"] {
        let checked = check(tag);
        assert!(
            checked.code == 1 && checked.out.contains("artifacts/version-mismatch"),
            "{tag}: {}",
            checked.out
        );
    }
}

#[test]
fn the_first_difference_of_two_builds_is_named() {
    for (file, first, second, words) in [
        ("a.tar", "x text='1\\n2'", "x text='1\\n3'", "the content of `x` differs, first in line 2"),
        ("a.tar", "x text=1 time=5", "x text=1 time=6", "the time of `x` differs: 5, then 6"),
        ("a.tar", "x text=1 mode=644", "x text=1 mode=755", "the mode of `x` differs: 0644, then 0755"),
        ("a.zip", "x text=1\ny text=2", "y text=2\nx text=1", "member 1 is `x`, then `y`: the order differs"),
        ("a.zip", "x text=1\ny text=2", "x text=1", "`y` is not in the second"),
    ] {
        let folder = Folder::new();
        folder.write(&format!("dist/{file}"), make::archive(file, first).unwrap());
        folder.write(&format!("again/{file}"), make::archive(file, second).unwrap());
        assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
        let checked = run(folder.path(), &["check", "artifacts", "--rebuilt=again", "--mode=blocking"], &[]);
        assert!(checked.code == 1 && checked.out.contains(words), "{words}: {}", checked.out);
    }
    let folder = Folder::with(&[("dist/x", "abc"), ("again/x", "abd")]);
    assert_eq!(run(folder.path(), &["checksum", "dist/*"], &[]).code, 0);
    let checked = run(folder.path(), &["check", "artifacts", "--rebuilt=again"], &[]);
    assert!(checked.out.contains("byte 3 is the first that differs"), "{}", checked.out);
    folder.write("again/x", "abc");
    let checked = run(folder.path(), &["check", "artifacts", "--rebuilt=again", "--mode=blocking"], &[]);
    assert_eq!(checked.code, 0, "{}", checked.out);
}

#[test]
fn statements_and_stamps_are_written() {
    let folder = Folder::with(&[("dist/a.bin", "abc")]);
    let list = folder.write("runner-list", "# before\n");
    let workspace = folder.path().canonicalize().unwrap();
    let variables = [
        ("GITHUB_ARTIFACTS", list.to_str().unwrap()),
        ("ImageOS", "ubuntu24"),
        ("ImageVersion", "20261101.1.0"),
    ];
    let arguments = [
        "checksum",
        "dist/*",
        "--statement=out/artifacts.intoto.json",
        "--predicate=out/predicate.json",
        "--build-info=out/build-info.json",
        "--tool=rustc=1.95.0",
        "--for-attest",
        "--manifest=out/m.json",
    ];
    let step = Step::new();
    let written = step.run(&workspace, &arguments, &variables);
    assert_eq!(written.code, 0, "{}", written.out);
    let read = |path: &str| -> Value { serde_json::from_str(&folder.read(path)).unwrap() };
    let statement = read("out/artifacts.intoto.json");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["subject"][0]["name"], "a.bin");
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(statement["subject"][0]["digest"], json!({ "sha256": abc }));
    assert_eq!(statement["predicate"], read("out/predicate.json"));
    assert_eq!(statement["predicate"], read("out/m.json"));
    let info = read("out/build-info.json");
    assert_eq!(info["build"]["tools"], json!({"rustc": "1.95.0", "runner-image": "ubuntu24 20261101.1.0"}));
    assert!(info.get("artifacts").is_none());
    assert_eq!(folder.read("runner-list"), "# before\ndist/a.bin\n");
    let same = run(folder.path(), &["checksum", "dist/*", "--statement=x.json", "--predicate=x.json"], &[]);
    assert!(same.code == 1 && same.out.contains("cannot be the same file"), "{}", same.out);
    // What the runner would refuse is refused before anything is written.
    let folder = Folder::with(&[("dist/a=b", "abc")]);
    let refused = step.run(folder.path(), &["checksum", "dist/*", "--for-attest"], &variables[..1]);
    assert!(refused.out.contains("holds `=`"), "{}", refused.out);
    assert_ne!(refused.code, 0, "{}", refused.out);
    assert!(!folder.path().join("dist/SHA256SUMS").exists());
}

/// A run of the check against the stand-in for GitHub.
fn asked(fake: &Fake, folder: &Folder, arguments: &[&str]) -> crate::support::Run {
    let api = fake.server.url.clone();
    let variables =
        [("GITHUB_API_URL", api.as_str()), ("GITHUB_REPOSITORY", "org/repo"), ("GITHUB_TOKEN", "t")];
    let all = [&["check", "artifacts", "--mode=blocking"], arguments].concat();
    run(folder.path(), &all, &variables)
}

#[test]
fn uploads_are_held_against_what_was_written() {
    let fake = Fake::start();
    let artifact = |id: u64, name: &str, size: u64, expired: bool, days: i64| {
        let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        json!({"id": id, "name": name, "size_in_bytes": size, "expired": expired,
               "expires_at": expires.to_string(), "digest": format!("sha256:{}", "ab".repeat(32))})
    };
    fake.world.lock().unwrap().artifacts = vec![
        artifact(1, "good", 10, false, 60),
        artifact(2, "gone", 10, true, -1),
        artifact(3, "empty", 0, false, 60),
        artifact(4, "short", 10, false, 5),
    ];
    let folder = Folder::new();
    let digest = format!("good=sha256:{}", "ab".repeat(32));
    let good = asked(&fake, &folder, &["--run-id=7", "--uploaded", &digest, "--kept-days=30"]);
    assert_eq!(good.code, 0, "{}", good.out);
    assert!(good.out.contains("/org/repo/actions/runs/7/artifacts/1"), "{}", good.out);
    let other = format!("good={}", "cd".repeat(32));
    for (arguments, rule, words) in [
        (vec!["--uploaded=none"], "not-uploaded", "run 7 has no artifact `none`"),
        (vec!["--uploaded=gone"], "not-uploaded", "has expired"),
        (vec!["--uploaded=empty"], "not-uploaded", "is empty"),
        (vec!["--uploaded=short", "--kept-days=30"], "expires-early", "is kept until"),
        (vec!["--uploaded", other.as_str()], "upload-differs", "has the digest sha256:abab"),
    ] {
        let checked = asked(&fake, &folder, &[&["--run-id=7"], &arguments[..]].concat());
        let told = checked.out.contains(&format!("artifacts/{rule}")) && checked.out.contains(words);
        assert!(checked.code == 1 && told, "{arguments:?}: {}", checked.out);
    }
    // Who cannot look does not pass.
    let blind =
        run(folder.path(), &["check", "artifacts", "--mode=blocking", "--uploaded=good", "--run-id=7"], &[]);
    assert_eq!(blind.code, 3, "{}", blind.out);
}

#[test]
fn assets_of_a_release_are_held_against_the_list() {
    let fake = Fake::start();
    let folder = Folder::with(&[("dist/a.bin", "abc"), ("dist/b c.zip.txt", "x")]);
    let manifest = ["checksum", "dist/*", "--manifest=dist/m.json"];
    assert_eq!(run(folder.path(), &manifest, &[]).code, 0);
    let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let x = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let asset = |name: &str, size: u64, digest: &str| json!({"name": name, "size": size, "state": "uploaded", "digest": digest});
    let check = |assets: Vec<Value>| {
        fake.world.lock().unwrap().releases = vec![json!({"tag_name": "v1.0", "assets": assets})];
        asked(&fake, &folder, &["--release=v1.0", "--manifest=dist/m.json"])
    };
    let good = check(vec![asset("a.bin", 3, abc), asset("b.c.zip.txt", 1, x)]);
    assert_eq!(good.code, 0, "{}", good.out);
    let missing = check(vec![asset("a.bin", 3, abc)]);
    assert!(missing.code == 1 && missing.out.contains("has no asset `b c.zip.txt`"), "{}", missing.out);
    let swapped = check(vec![asset("a.bin", 3, x), asset("b.c.zip.txt", 1, x)]);
    assert!(swapped.code == 1 && swapped.out.contains("artifacts/upload-differs"), "{}", swapped.out);
    let open = json!({"name": "a.bin", "size": 0, "state": "open", "digest": null});
    let broken = check(vec![open, asset("b.c.zip.txt", 1, x)]);
    assert!(broken.code == 1 && broken.out.contains("is not uploaded yet"), "{}", broken.out);
}
