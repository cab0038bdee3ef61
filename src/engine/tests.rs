use super::*;
use crate::cli::{CheckArguments, SettingsArguments};
use crate::environment::Environment;
use crate::location::Location;
use crate::redact::Redactor;
use crate::report::{CheckOutcome, Report};
use crate::rule::{Category, Rule, Severity};
use crate::runner::Runner;
use crate::settings;

const CANARY: &str = "canary-71c0de";

static RULE: Rule = Rule {
    id: "good/found",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "",
    allow: None,
};

/// A check that ends as its name says.
struct Ends(&'static str);

impl Check for Ends {
    fn name(&self) -> &'static str {
        self.0
    }

    fn summary(&self) -> &'static str {
        ""
    }

    fn unit(&self) -> Unit {
        Unit { one: "thing", many: "things" }
    }

    fn rules(&self) -> &'static [&'static Rule] {
        &[]
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> anyhow::Result<Outcome> {
        record.push(Finding::new(&RULE, Location::file("x"), format!("found by {}", self.0)));
        match self.0 {
            "panics" => {
                // While it holds what the others need as well.
                let _ = context.checkout.read("x");
                panic!("{CANARY}");
            }
            "overflows" => Ok(Outcome::Examined([0_usize; 3][context.checkout.listing().files.len() + 3])),
            "fails" => anyhow::bail!("the disk is on fire"),
            _ => {
                let size = context.checkout.read("x").map(|source| source.text().len())?;
                record.output("size", size.to_string());
                Ok(Outcome::Examined(1))
            }
        }
    }
}

fn runs(checks: &[&'static dyn Check]) -> (tempfile::TempDir, Vec<Run>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x"), "text").unwrap();
    let checkout = Checkout::open(folder.path()).unwrap();
    let (environment, runner) = (Environment::default(), Runner::default());
    let none = SettingsArguments { no_config: true, ..SettingsArguments::default() };
    let settings = settings::load(&none, CheckArguments::default(), &checkout, &runner).unwrap();
    let context = Context {
        checkout: &checkout,
        settings: &settings,
        environment: &environment,
        runner: &runner,
        wants_outputs: true,
    };
    (folder, run(checks, &context))
}

#[test]
fn a_check_that_panics_or_fails_is_not_verified_and_the_others_go_on() {
    let (_folder, mut runs) = runs(&[&Ends("panics"), &Ends("overflows"), &Ends("fails"), &Ends("good")]);
    let names: Vec<&str> = runs.iter().map(|run| run.check).collect();
    assert_eq!(names, ["panics", "overflows", "fails", "good"]);
    for crashed in &mut runs[..2] {
        assert_eq!(crashed.not_verified, ["the check crashed; this is a bug of ci-guard"]);
        assert!(crashed.findings.is_empty() && crashed.evidence().not_verified);
    }
    assert_eq!(runs[2].not_verified, ["the disk is on fire"]);
    assert_eq!(runs[2].findings.len(), 1, "what was found before the error still counts");
    assert!(runs[3].not_verified.is_empty());
    assert_eq!(runs[3].findings[0].finding.message, "found by good");
    assert_eq!(runs[3].outputs["size"].text, "4");
    assert!(!format!("{runs:?}").contains(CANARY), "the panic's own words appear nowhere");
}

#[test]
fn the_gate_of_a_check_that_crashed_does_not_open() {
    let (_folder, mut runs) = runs(&[&Ends("panics"), &Ends("good")]);
    let mut policy = crate::policy::Policy::advisory(jiff::civil::date(2026, 1, 1));
    let judgement = policy.judge(runs.iter_mut().map(Run::evidence).collect());
    let report = Report::new(&runs, judgement, &policy, &Redactor::default());
    assert_eq!(report.checks[0].outcome, CheckOutcome::NotVerified);
    assert_eq!(report.exit.code(), 0, "advisory checks change nothing");
    policy.forced_mode = Some(crate::policy::Mode::Blocking);
    let judgement = policy.judge(vec![runs[0].evidence()]);
    assert_eq!(judgement.unverified, ["panics"]);
    let report = Report::new(&runs[..1], judgement, &policy, &Redactor::default());
    assert_eq!(report.exit.code(), 3);
}
