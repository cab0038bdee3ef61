//! Each reason for an absent variable, with the run that shows it.

use serde_json::json;

use super::*;
use crate::checkout::Checkout;
use crate::cli::{CheckArguments, SettingsArguments};
use crate::environment::Environment;
use crate::settings;

struct Case {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    environment: Option<String>,
}

const WORKFLOW: &str = "on: push
env:
  FROM_VARS: ${{ vars.SITE }}
jobs:
  deploy:
    environment: staging
    env:
      API_KEY: ${{ secrets.THE_KEY }}
      TEXT: ''
      OUT: ${{ steps.x.outputs.y }}
      DATABASE_URL: ${{ secrets.DATABSE_URL }}
    steps:
      - run: true
      - name: Publish it
        env: { NPM_TOKEN: '${{ secrets.NPM_TOKEN }}' }
        run: true
  plain:
    env: { API_KEY: '${{ secrets.API_KEY }}' }
    steps: []
  call:
    uses: ./.github/workflows/called.yml
";

const CALLED: &str = "on: workflow_call
jobs:
  inner:
    steps:
      - env: { API_KEY: '${{ secrets.API_KEY }}' }
        run: true
";

impl Case {
    fn new(variables: &[(&str, &str)]) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let workflows = folder.path().join(".github/workflows");
        std::fs::create_dir_all(&workflows).unwrap();
        std::fs::write(workflows.join("deploy.yml"), WORKFLOW).unwrap();
        std::fs::write(workflows.join("called.yml"), CALLED).unwrap();
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Case { folder, variables, environment: None }
    }

    fn in_job(job: &str) -> Case {
        Case::new(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REPOSITORY", "org/repo"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_WORKFLOW_REF", "org/repo/.github/workflows/deploy.yml@refs/heads/main"),
            ("GITHUB_JOB", job),
        ])
    }

    fn with(mut self, name: &str, value: &str) -> Case {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn to(mut self, environment: &str) -> Case {
        self.environment = Some(environment.to_owned());
        self
    }

    fn event(self, event: serde_json::Value) -> Case {
        let path = self.folder.path().join("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        let path = path.to_str().unwrap().to_owned();
        self.with("GITHUB_EVENT_PATH", &path).with("GITHUB_EVENT_NAME", "pull_request")
    }

    fn ask(&self, cause: fn(&str, &Context<'_>) -> Cause, name: &str) -> String {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let environment = Environment::of(&variables);
        let runner = Runner::of(&environment);
        let checkout = Checkout::open(self.folder.path()).unwrap();
        let mut arguments = CheckArguments::default();
        arguments.preflight.environment.clone_from(&self.environment);
        let settings = settings::load(&SettingsArguments::default(), arguments, &checkout, &runner).unwrap();
        let context = Context {
            checkout: &checkout,
            settings: &settings,
            environment: &environment,
            runner: &runner,
            wants_outputs: true,
        };
        let cause = cause(name, &context);
        format!("{} | {}", cause.why, cause.repair)
    }

    fn unset(&self, name: &str) -> String {
        self.ask(of_unset, name)
    }

    fn empty(&self, name: &str) -> String {
        self.ask(of_empty, name)
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn on_a_desk_nothing_is_known_but_names() {
    says(&Case::new(&[]).unset("API_KEY"), &["nothing sets it here", "export API_KEY="]);
    says(&Case::new(&[]).empty("API_KEY"), &["set to nothing"]);
    says(&Case::new(&[("API_KAY", "x")]).unset("API_KEY"), &["`API_KAY` is set, which is spelt differently"]);
    says(&Case::new(&[("api_key", "x")]).unset("API_KEY"), &["`api_key` is set"]);
    says(&Case::new(&[("API_KAY", ""), ("DB_USR", "x")]).unset("DB_URL"), &["`DB_USR` is set"]);
    says(&Case::new(&[("API_KAY", "")]).unset("API_KEY"), &["nothing sets it here"]);
}

#[test]
fn what_is_not_handed_over_is_not_set() {
    says(
        &Case::in_job("deploy").unset("OTHER"),
        &["no `env:` of the job `deploy` sets it", "`OTHER: ${{ secrets.OTHER }}`"],
    );
    says(
        &Case::in_job("deploy").unset("NPM_TOKEN"),
        &["only the step `Publish it` gets it", "write the same line"],
    );
    says(
        &Case::in_job("plain").unset("API_KEY"),
        &["the job `plain` sets it, and it did not get here", "--env API_KEY"],
    );
    says(&Case::in_job("nowhere").unset("OTHER"), &["nothing hands it over to this step"]);
}

#[test]
fn an_expression_that_finds_nothing_is_explained() {
    says(&Case::in_job("deploy").empty("TEXT"), &["the workflow sets it to nothing"]);
    says(&Case::in_job("deploy").empty("OUT"), &["`${{ steps.x.outputs.y }}` came to nothing"]);
    says(
        &Case::in_job("deploy").empty("FROM_VARS"),
        &["variable `SITE` was never set", "gh variable set SITE"],
    );
    says(
        &Case::in_job("deploy").empty("API_KEY"),
        &[
            "`THE_KEY` was never set",
            "gh secret set THE_KEY --env staging",
            "https://github.example/org/repo/settings/environments",
        ],
    );
    says(
        &Case::in_job("plain").empty("API_KEY"),
        &["never set", "`gh secret set API_KEY`", "https://github.example/org/repo/settings/secrets/actions"],
    );
    says(&Case::in_job("nowhere").empty("API_KEY"), &["never set", "secrets: inherit"]);
    says(
        &Case::in_job("deploy").empty("DATABASE_URL"),
        &[
            "reads `secrets.DATABSE_URL`, which is spelt almost like `DATABASE_URL`",
            "secrets.DATABASE_URL }}",
        ],
    );
}

#[test]
fn an_environment_must_be_named_by_the_job() {
    says(
        &Case::in_job("plain").to("production").empty("API_KEY"),
        &["has no `environment:`", "write `environment: production` below `plain:`"],
    );
    says(&Case::in_job("deploy").to("production").empty("API_KEY"), &["deploys to `staging`"]);
    says(&Case::in_job("deploy").to("staging").empty("API_KEY"), &["never set", "--env staging"]);
}

#[test]
fn a_called_workflow_gets_what_its_caller_hands_over() {
    says(
        &Case::in_job("inner").empty("API_KEY"),
        &["the job `call` calls this workflow without", "`secrets: inherit`"],
    );
}

#[test]
fn forks_and_dependabot_get_other_secrets() {
    let event = |head: &str| json!({"pull_request": {"head": {"repo": {"full_name": head}}, "base": {"repo": {"full_name": "org/repo"}}}});
    says(
        &Case::in_job("plain").event(event("me/repo")).empty("API_KEY"),
        &["pull request from a fork", "head.repo.full_name"],
    );
    says(&Case::in_job("plain").event(event("org/repo")).empty("API_KEY"), &["never set"]);
    let dependabot = Case::in_job("plain").event(event("org/repo")).with("GITHUB_ACTOR", "dependabot[bot]");
    says(
        &dependabot.empty("API_KEY"),
        &[
            "Dependabot started this run",
            "gh secret set API_KEY --app dependabot",
            "/settings/secrets/dependabot",
        ],
    );
}

#[test]
fn odd_names_of_environments_are_quoted_for_the_shell() {
    says(&Case::in_job("nowhere").to("my env").empty("API_KEY"), &["--env 'my env'"]);
    assert_eq!(quoted("a'b c"), "'a'\\''b c'");
}
