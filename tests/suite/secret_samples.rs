//! Recall on samples that other scanners publish for their own tests. The samples are kept outside this repository:
//! they would set off everybody's scanner. `SECRET_SAMPLES` names a folder with `manifest.jsonl`, a line
//! `{"name": "00001.txt", "source": "…", "kind": "…", "true": true}` for each file in its folder `samples`.
//! With `SECRET_SAMPLES_TABLE` the table per kind is written to that file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::support::run;

/// What the best single scanner reaches on such a set; samples made from the same template are thinned.
const LEAST: f64 = 0.635;

#[test]
fn published_samples_are_found() {
    let Some(folder) = std::env::var_os("SECRET_SAMPLES").map(PathBuf::from) else {
        return eprintln!("skipped: SECRET_SAMPLES names no folder");
    };
    let report =
        run(&folder.join("samples"), &["check", "secrets", "--no-config", "--format=json"], &[]).json();
    let findings = report["findings"].as_array().unwrap();
    let hit: BTreeSet<&str> =
        findings.iter().map(|finding| finding["location"]["path"].as_str().unwrap()).collect();
    let manifest = std::fs::read_to_string(folder.join("manifest.jsonl")).unwrap();
    let mut kinds: BTreeMap<(String, String, bool), (usize, usize)> = BTreeMap::new();
    for line in manifest.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let count = kinds.entry((text("source"), text("kind"), row["true"] == true)).or_default();
        count.0 += 1;
        count.1 += usize::from(hit.contains(&*text("name")));
    }
    let total = |truth: bool| {
        let rows = kinds.iter().filter(|(kind, _)| kind.2 == truth);
        rows.fold((0, 0), |sum, (_, count)| (sum.0 + count.0, sum.1 + count.1))
    };
    if let Some(table) = std::env::var_os("SECRET_SAMPLES_TABLE") {
        let row = |((source, kind, truth), (all, found)): (&(String, String, bool), &(usize, usize))| {
            format!("{source}\t{kind}\t{truth}\t{all}\t{found}\n")
        };
        std::fs::write(table, kinds.iter().map(row).collect::<String>()).unwrap();
    }
    let (all, found) = total(true);
    let recall = found as f64 / all.max(1) as f64;
    let (negative, flagged) = total(false);
    eprintln!("{found} of {all} true samples found ({recall:.3}); {flagged} of {negative} others flagged");
    assert!(recall > LEAST, "{recall:.3}");
}
