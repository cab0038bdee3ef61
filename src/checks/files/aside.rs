//! Why a file is left alone: vendored, test data, a template. Only vendored files are left alone unread. The other
//! reasons are asked for when a file has a fault, so that a folder's name never hides a file that is sound.

use crate::checkout::Checkout;

use super::{kind, template};

pub(super) const TEMPLATE: &str = "a template";
pub(super) const TEST_DATA: &str = "test data";
pub(super) const VENDORED: &str = "vendored";

/// Folders for other people's files, lowercase.
const VENDORED_FOLDERS: &[&str] = &[
    "3rdparty",
    "bower_components",
    "carthage",
    "jspm_packages",
    "node_modules",
    "pods",
    "third-party",
    "third_party",
    "thirdparty",
    "vendor",
    "vendored",
    "vendors",
];

/// Words in a folder's name that say that its files are made to be examples of something, faults included.
const TEST_WORDS: &[&str] = &[
    "bad",
    "broken",
    "conformance",
    "corpora",
    "corpus",
    "corrupt",
    "corrupted",
    "e2e",
    "fixture",
    "fixtures",
    "golden",
    "goldens",
    "invalid",
    "malformed",
    "mock",
    "mocks",
    "regression",
    "regressions",
    "snapshot",
    "snapshots",
    "testcase",
    "testcases",
    "testdata",
    "testfiles",
    "testfixtures",
    "testresources",
    "testsuite",
    "testsuites",
    "unparsable",
    "unparseable",
];

/// Words that follow `test` in the name of such a folder: `test-data`.
const TEST_THINGS: &[&str] = &[
    "apps",
    "assets",
    "case",
    "cases",
    "charts",
    "content",
    "corpus",
    "data",
    "file",
    "files",
    "input",
    "inputs",
    "manifests",
    "packages",
    "projects",
    "recipes",
    "repo",
    "repos",
    "resources",
    "samples",
    "sites",
    "suite",
    "suites",
    "vectors",
];

/// Words before `error` in the name of such a folder.
const ERRONEOUS: &[&str] = &["has", "load", "parse", "parser", "parsing", "syntax", "with"];

/// Words in a file's name that say that it is made to be wrong.
const WRONG_WORDS: &[&str] =
    &["bad", "broken", "corrupt", "corrupted", "invalid", "malformed", "unparsable", "unparseable"];

/// Folders in which `test` is the name of an environment, whose files are real.
const ENVIRONMENTS: &[&str] = &[
    "accounts",
    "clusters",
    "conf",
    "config",
    "configs",
    "deploy",
    "deployment",
    "deployments",
    "env",
    "environment",
    "environments",
    "envs",
    "inventories",
    "inventory",
    "overlays",
    "packages",
    "profiles",
    "settings",
    "stacks",
    "stages",
    "tenants",
    "values",
];

/// Folders whose files are made to be filled in.
const TEMPLATE_FOLDERS: &[&str] = &[
    "_templates",
    "blueprint",
    "blueprints",
    "boilerplate",
    "cookiecutter",
    "scaffold",
    "scaffolds",
    "skeleton",
    "skeletons",
    "template",
    "templates",
];

/// Files that are looked through for tests.
const MAX_SEARCHED: usize = 2_000;

/// True if the path leads through a folder for other people's files.
pub(super) fn is_vendored(path: &str) -> bool {
    folders(path).any(|folder| VENDORED_FOLDERS.iter().any(|name| folder.eq_ignore_ascii_case(name)))
}

/// True if the path says that the file is an example for tests.
pub(super) fn is_test_data(path: &str, checkout: &Checkout) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if words(stem).iter().any(|word| WRONG_WORDS.contains(&&**word)) || name.starts_with("syntax_test_") {
        return true;
    }
    let mut parent = "";
    let mut end = 0;
    for folder in folders(path) {
        end += folder.len() + 1;
        if is_test_folder(folder, parent) || is_spec_folder(folder, &path[..end], checkout) {
            return true;
        }
        parent = folder;
    }
    false
}

fn is_test_folder(folder: &str, parent: &str) -> bool {
    let words = words(folder);
    if words.iter().any(|word| TEST_WORDS.contains(&&**word)) {
        return true;
    }
    let is_test = |word: &String| ["test", "tests", "testing"].contains(&&**word);
    match &words[..] {
        // `has-error`, `load-error`, `syntax-errors`
        [.., before, last] if last.starts_with("error") && ERRONEOUS.contains(&&**before) => true,
        [only] if is_test(only) => {
            only == "tests" || !ENVIRONMENTS.iter().any(|name| parent.eq_ignore_ascii_case(name))
        }
        [.., last] if is_test(last) => true,
        [first, second, ..] => is_test(first) && TEST_THINGS.contains(&&**second),
        _ => false,
    }
}

/// `spec` is a folder for tests where it holds tests, and one for specifications, which are real, elsewhere.
fn is_spec_folder(folder: &str, path: &str, checkout: &Checkout) -> bool {
    if !folder.eq_ignore_ascii_case("spec") && !folder.eq_ignore_ascii_case("specs") {
        return false;
    }
    let files = &checkout.listing().files;
    let first = files.partition_point(|entry| &*entry.path < path);
    let below = files[first..].iter().take(MAX_SEARCHED).take_while(|entry| entry.path.starts_with(path));
    let mut names = below.filter_map(|entry| entry.path.rsplit_once('/')).map(|(_, name)| name);
    names.any(|name| name.contains("_spec.") || name.contains(".spec.") || name.starts_with("spec_helper"))
}

/// True if the path says that the file is a template, and the text has something to fill in: what has nothing is
/// read as it is, in a Helm chart as well.
pub(super) fn is_template(path: &str, text: &str, checkout: &Checkout) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let engine = ["{{", "{%", "<%"];
    let has_blocks = engine.iter().any(|marker| text.contains(marker));
    let is_generated = kind::is_template_name(name) && template::has_markers(text);
    is_generated
        || (has_blocks && (engine.iter().any(|marker| path.contains(marker)) || is_in_chart(path, checkout)))
}

/// True in the `templates` folder of a Helm chart.
fn is_in_chart(path: &str, checkout: &Checkout) -> bool {
    let from_root = path.starts_with("templates/").then_some(0);
    let below = path.match_indices("/templates/").map(|(at, _)| at + 1);
    let mut folders = from_root.into_iter().chain(below);
    folders.any(|at| {
        let chart = &path[..at];
        checkout.contains(&format!("{chart}Chart.yaml")) || checkout.contains(&format!("{chart}Chart.yml"))
    })
}

/// True in a folder whose files are made to be filled in: there every marker counts.
pub(super) fn is_in_template_folder(path: &str) -> bool {
    folders(path).any(|folder| TEMPLATE_FOLDERS.iter().any(|name| folder.eq_ignore_ascii_case(name)))
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/')
}

/// The words of a name in lowercase: `FunctionalTests` and `functional-tests` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (lower && c.is_uppercase()) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        lower = c.is_lowercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout(files: &[&str]) -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        for path in files {
            let place = folder.path().join(path);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, "").unwrap();
        }
        let checkout = Checkout::open(folder.path()).unwrap();
        (folder, checkout)
    }

    #[test]
    fn test_data_is_told_by_its_folders() {
        let (_folder, checkout) =
            checkout(&["gem/spec/a_spec.rb", "gem/spec/x/a.yml", "api/spec/openapi.yml"]);
        for path in [
            "tests/a.yml",
            "src/test/resources/a.yml",
            "pkg/testdata/a.yml",
            "a/__fixtures__/b.json",
            "a/Foo.FunctionalTests/b.json",
            "SymfonyTests/b.json",
            "a/test-fixtures/b.json",
            "test_data/b.json",
            "json/invalid/1.json",
            "a/invalid-config.yaml",
            "a/config.bad.yml",
            "gem/spec/x/a.yml",
            "config/tests/a.yml",
            "fuzz/corpus/a.json",
            "playground/has-error/tsconfig.json",
        ] {
            assert!(is_test_data(path, &checkout), "{path}");
        }
        for path in [
            "a.yml",
            "test.yml",
            "docker-compose.test.yml",
            "environments/test/values.yaml",
            "config/packages/test/a.yaml",
            "config/test/a.yml",
            "packages/test-utils/package.json",
            "latest/a.yml",
            "contest/a.yml",
            "api/spec/openapi.yml",
            "badges/a.yml",
            "attestation/a.yml",
        ] {
            assert!(!is_test_data(path, &checkout), "{path}");
        }
    }

    #[test]
    fn templates_are_told_by_their_path() {
        let (_folder, checkout) = checkout(&["charts/x/Chart.yaml", "charts/x/templates/sub/a.yaml"]);
        for path in [
            "charts/x/templates/sub/a.yaml",
            "charts/x/templates/a.yaml",
            "{{cookiecutter.name}}/a.yaml",
            "a/x.tmpl.yaml",
        ] {
            assert!(is_template(path, "{{ x }}", &checkout), "{path}");
        }
        assert!(!is_template("charts/x/templates/crd.yaml", "a: 1", &checkout));
        assert!(!is_template("app/runtimeconfig.template.json", "{", &checkout));
        for path in ["charts/x/values.yaml", "templates/a.yaml", "templates.yaml", "template.yaml"] {
            assert!(!is_template(path, "{{ x }}", &checkout), "{path}");
        }
    }

    #[test]
    fn vendored_folders() {
        for path in ["vendor/a.yml", "a/third_party/b/c.json", "web/node_modules/x/package.json"] {
            assert!(is_vendored(path), "{path}");
        }
        for path in ["vendor.yml", "a/vendoring/b.yml", "vendors.json"] {
            assert!(!is_vendored(path), "{path}");
        }
    }
}
