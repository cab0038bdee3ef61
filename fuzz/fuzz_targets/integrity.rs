//! The integrity check on a whole workflow, action or dependabot file.
#![no_main]

use std::sync::OnceLock;

use ci_guard::checkout::{Checkout, Source};
use ci_guard::checks::{Context, integrity};
use ci_guard::cli::{CheckArguments, SettingsArguments};
use ci_guard::environment::Environment;
use ci_guard::runner::Runner;
use ci_guard::settings::{self, Settings};
use ci_guard_fuzz::folder::Folder;
use libfuzzer_sys::fuzz_target;

/// What a check is given besides the text: an empty repository without settings.
struct House {
    _folder: Folder,
    checkout: Checkout,
    settings: Settings,
    environment: Environment,
    runner: Runner,
}

static HOUSE: OnceLock<House> = OnceLock::new();

fn house() -> &'static House {
    HOUSE.get_or_init(|| {
        let folder = Folder::new("integrity");
        let checkout = Checkout::open(folder.path()).expect("an empty folder");
        let runner = Runner::default();
        let none = SettingsArguments { no_config: true, ..SettingsArguments::default() };
        let settings = settings::load(&none, CheckArguments::default(), &checkout, &runner);
        let settings = settings.expect("no settings at all");
        House { _folder: folder, checkout, settings, environment: Environment::default(), runner }
    })
}

fuzz_target!(|text: &str| {
    let house = house();
    let context = Context {
        checkout: &house.checkout,
        settings: &house.settings,
        environment: &house.environment,
        runner: &house.runner,
        wants_outputs: true,
    };
    // Each kind where it may be one: all three for every text would be three times slower.
    let kinds = [
        (".github/workflows/ci.yml", true),
        ("action.yml", text.contains("runs")),
        (".github/dependabot.yml", text.contains("updates")),
    ];
    for (path, _) in kinds.iter().filter(|(_, wanted)| *wanted) {
        let lines = Source::new(path, text.to_owned()).line_count();
        for finding in integrity::examine_text(path, text, &context) {
            assert!(!finding.message.is_empty());
            let related = finding.related.iter().map(|(location, _)| location);
            for location in std::iter::once(&finding.location).chain(related) {
                let (file, span) = location.in_file().expect("a place in the file");
                assert_eq!(file, *path);
                if let Some(span) = span {
                    assert!(1 <= span.line && span.line <= span.end_line && span.end_line as usize <= lines);
                }
            }
        }
    }
});
