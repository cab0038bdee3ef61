//! RELEASING.md lists what the workflows may do.

use std::path::PathBuf;

use super::{root, sync};

#[test]
fn releasing_lists_every_permission_of_every_workflow_with_its_reason() {
    let mut rows = String::from("\n| workflow | job | permission | why |\n|---|---|---|---|\n");
    let folder = root().join(".github/workflows");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.lines().any(|line| line == "permissions: {}"),
            "{name} does not begin with no permissions"
        );
        let (mut job, mut inside) = (String::new(), false);
        for line in text.lines().skip_while(|line| *line != "jobs:") {
            let indent = line.len() - line.trim_start().len();
            if indent == 2 && line.ends_with(':') {
                job = line.trim().trim_end_matches(':').to_owned();
            }
            if indent == 4 {
                inside = line == "    permissions:";
            } else if inside && indent == 6 {
                let (permission, why) = line
                    .trim()
                    .split_once(" # ")
                    .unwrap_or_else(|| panic!("{name}, {job}: `{}` has no reason", line.trim()));
                rows += &format!("| `{name}` | {job} | `{permission}` | {why} |\n");
            }
        }
    }
    sync("RELEASING.md", "<!-- permissions:begin -->", "<!-- permissions:end -->", &format!("{rows}\n"));
}
