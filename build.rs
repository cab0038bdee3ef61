//! Packs the documentation into one compressed file, a quarter of what its pages would take in the program, writes the
//! tables of facts as JSON, and tells the linker of the static binaries how to keep them small.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use lzma_rust2::{XzOptions, XzWriter};

fn main() {
    println!("cargo::rerun-if-changed=src");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let (mut pages, mut tables) = (Vec::new(), Vec::new());
    collect(Path::new("src"), &mut pages, &mut tables);
    pages.sort();
    for table in tables {
        write_as_json(&table, &folder.join("facts"));
    }
    let (mut texts, mut table) = (String::new(), String::from("&[\n"));
    for (id, path) in &pages {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let start = texts.len();
        texts += &text.replace("\r\n", "\n");
        writeln!(table, "    ({id:?}, {start}..{}),", texts.len()).expect("a string takes everything");
    }
    table.push(']');
    fs::write(folder.join("pages.rs"), table).expect("the folder is there");
    fs::write(folder.join("pages.xz"), packed(texts.as_bytes())).expect("the folder is there");
    if env::var("RUSTC_LINKER").is_ok_and(|linker| linker.ends_with("rust-lld")) {
        keep_small(&folder);
    }
}

/// Folds equal functions into one (400 kB), and leaves out the tables for unwinding, which nobody reads in a program that
/// aborts when it panics (940 kB), with what would read them (50 kB): to trace the stack is a call that does nothing, and
/// to unwind it ends the process. It stands here and not with the linker in `.cargo/config.toml`, because `RUSTFLAGS`,
/// which cargo-dist sets, replaces the flags there.
fn keep_small(folder: &Path) {
    for argument in ["--icf=all", "--no-eh-frame-hdr"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    let script = folder.join("no-unwind-tables.ld");
    let tables = "*(.eh_frame) *(.eh_frame_hdr) *(.gcc_except_table .gcc_except_table.*)";
    let readers =
        "_Unwind_Backtrace = getpid;\n_Unwind_FindEnclosingFunction = getpid;\n_Unwind_Resume = abort;\n";
    let text = format!("SECTIONS {{ /DISCARD/ : {{ {tables} }} }} INSERT AFTER .text;\n{readers}");
    fs::write(&script, text).expect("the folder is there");
    println!("cargo::rustc-link-arg-bins=-T{}", script.display());
}

/// A table of facts is written by people, in TOML; what the program reads on every run is JSON, in a third of the time.
fn write_as_json(table: &Path, folder: &Path) {
    let text = fs::read_to_string(table).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
    let value = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
    let file = folder.join(table.strip_prefix("src").expect("it stands there")).with_extension("json");
    fs::create_dir_all(file.parent().expect("it has one")).expect("the folder is there");
    fs::write(file, json(value).to_string()).expect("the folder is there");
}

fn json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(truth) => truth.into(),
        toml::Value::Datetime(day) => day.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(entries) => entries.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

/// Every page below a folder, by its id: the folder below `src/checks`, else below `src`, and its own name. Every table
/// of facts.
fn collect(folder: &Path, pages: &mut Vec<(String, PathBuf)>, tables: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("the sources are there").path();
        if path.is_dir() {
            collect(&path, pages, tables);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            let room = if parts[1] == "checks" { &parts[2] } else { &parts[1] };
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            pages.push((format!("{room}/{name}"), path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            tables.push(path);
        }
    }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut options = XzOptions::with_preset(9);
    // Whoever unpacks it makes room for so much.
    options.lzma_options.dict_size = text.len().next_power_of_two() as u32;
    let mut encoder = XzWriter::new(Vec::new(), options).expect("the options are valid");
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory takes everything")
}
