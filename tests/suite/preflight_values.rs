//! Ten thousand values, each with a mark in it that must stand nowhere in what the program writes: on both streams, in
//! every report, in the outputs and the summary, raw or encoded, with debug logging on.

use crate::support::{Folder, command, finish};
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// Stands at the begin and at the end of every value, and nowhere else in the world. Nine bytes: whole groups of
/// base64.
const MARK: &str = "qZ7vXk9Wj";

/// Values for each run of the program.
const IN_A_RUN: usize = 120;

/// Values in all.
const CASES: usize = 10_080;

/// What tokens begin with.
const PREFIXES: &str = "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ AQ. AIza GOCSPX- ya29. sk- sk-proj- sk-ant-api03- AKIA ASIA ABSK \
    dop_v1_ dckr_pat_ npm_ pypi-AgEIcHlwaS5vcmc cio rubygems_ glpat- xoxb- xoxp- xapp- \
    https://hooks.slack.com/services/ https://discord.com/api/webhooks/ sk_live_ sk_test_ pk_live_ whsec_ SK \
    SG. key- hf_ dapi dp.st. dp.pt. hvs. pul- fo1_ HRKU-AA sntrys_ glsa_ NRAK- lin_api_ ntn_ PMAK- pscale_tkn_ \
    shpat_ pplx- eyJ AGE-SECRET-KEY-1 age1 postgres:// redis:// mongodb+srv:// sb_secret_ FlyV1";

/// Kinds of entries.
const KINDS: &str = "secret text url json pem kubeconfig dsn port integer boolean duration file email hex base64 uuid jwt age \
    amqp-url anthropic anthropic-oauth aws-access-key-id aws-bedrock-key aws-secret-access-key \
    azure-ad-client-secret azure-guid azure-storage-conn cloudflare crates-io databricks digitalocean \
    discord-webhook docker-pat doppler flyio gcp-service-account-json gemini gemini-auth-key \
    gemini-standard-key github github-pat github-pat-classic github-fine-grained github-oauth \
    github-user-to-server github-server-to-server github-refresh github-legacy gitlab-pat google-api-key \
    google-oauth-access google-oauth-client-secret grafana-sa heroku huggingface linear mailgun mongodb-url \
    mysql-url newrelic notion npm openai pem-private-key private-key perplexity planetscale postgres-url \
    postman pulumi pypi redis-url rubygems sendgrid sentry-dsn sentry-org shopify slack-app slack-bot \
    slack-webhook stripe-publishable stripe-secret stripe-webhook supabase-public supabase-anon \
    supabase-publishable-key supabase-secret supabase-service-role supabase-secret-key telegram \
    terraform-cloud twilio twilio-account-sid vault";

/// Names that say what a variable holds.
const NAMES: &str = "ANTHROPIC_API_KEY ARM_CLIENT_SECRET AWS_ACCESS_KEY_ID AWS_BEARER_TOKEN_BEDROCK AWS_SECRET_ACCESS_KEY \
    AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_STORAGE_CONNECTION_STRING AZURE_SUBSCRIPTION_ID AZURE_TENANT_ID \
    CARGO_REGISTRY_TOKEN CLAUDE_API_KEY CLOUDFLARE_API_TOKEN DATABASE_URL DATABRICKS_TOKEN DEPLOY_KEY \
    DIGITALOCEAN_ACCESS_TOKEN DIGITALOCEAN_TOKEN DISCORD_WEBHOOK DISCORD_WEBHOOK_URL DOCKERHUB_TOKEN \
    DOCKER_PASSWORD DOPPLER_TOKEN FLY_API_TOKEN GCP_SA_KEY GEMINI_API_KEY GEM_HOST_API_KEY GH_PAT GH_TOKEN \
    GITHUB_PAT GITHUB_TOKEN GITLAB_TOKEN GOOGLE_API_KEY GOOGLE_APPLICATION_CREDENTIALS_JSON \
    GOOGLE_CLIENT_SECRET GOOGLE_CREDENTIALS GOOGLE_GENAI_API_KEY GRAFANA_TOKEN HEROKU_API_KEY HF_TOKEN \
    HUGGINGFACE_TOKEN KUBECONFIG KUBECONFIG_B64 KUBE_CONFIG LINEAR_API_KEY MAILGUN_API_KEY NEW_RELIC_API_KEY \
    NODE_AUTH_TOKEN NOTION_API_KEY NOTION_TOKEN NPM_TOKEN OPENAI_API_KEY PERPLEXITY_API_KEY \
    PLANETSCALE_SERVICE_TOKEN POSTGRES_URL POSTMAN_API_KEY PULUMI_ACCESS_TOKEN PYPI_API_TOKEN RUBYGEMS_API_KEY \
    SENDGRID_API_KEY SENTRY_AUTH_TOKEN SHOPIFY_ACCESS_TOKEN SLACK_APP_TOKEN SLACK_BOT_TOKEN SLACK_WEBHOOK \
    SLACK_WEBHOOK_URL SOPS_AGE_KEY SSH_PRIVATE_KEY STRIPE_API_KEY STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET \
    SUPABASE_ANON_KEY SUPABASE_SERVICE_ROLE_KEY TELEGRAM_BOT_TOKEN TFE_TOKEN TF_API_TOKEN TLS_KEY \
    TWILIO_ACCOUNT_SID TWILIO_API_KEY TWINE_PASSWORD UV_PUBLISH_TOKEN VAULT_TOKEN";

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn pick<'a>(&mut self, from: &'a [String]) -> &'a str {
        &from[self.below(from.len())]
    }

    fn filler(&mut self) -> String {
        const LETTERS: &[u8] = b"0123456789abcdefABCDEFghijKLMNOPxyzXYZ-_+/=.";
        (0..self.below(60)).map(|_| char::from(LETTERS[self.below(LETTERS.len())])).collect()
    }
}

/// What a value is made of: what is around the mark.
fn value(dice: &mut Dice, prefixes: &[String]) -> String {
    let (filler, more) = (dice.filler(), dice.filler());
    let prefix = match dice.below(3) {
        0 => String::new(),
        _ => dice.pick(prefixes).to_owned(),
    };
    let secret = format!("{prefix}{MARK}{filler}{MARK}");
    match dice.below(24) {
        0 => format!("{secret}\n"),
        1 => format!("\"{secret}\""),
        2 => format!("Bearer {secret}"),
        3 => format!("API_KEY={secret}"),
        4 => format!("\u{feff}{secret}\u{200b}"),
        5 => format!("<{secret}>"),
        6 => format!("${{{{ secrets.{MARK} }}}}"),
        7 => format!("postgres://{MARK}:{MARK}{more}@{MARK}.example:5432/{MARK}?sslmode={MARK}"),
        8 => format!("https://{MARK}@host.example/{MARK}?token={secret}"),
        9 => format!("{{\"{MARK}\": \"{secret}\", \"private_key\": \"{MARK}\\n{more}\"}}"),
        10 => format!(
            "{{\"type\": \"service_account\", \"project_id\": \"{MARK}\", \"private_key\": \"{secret}\"}}"
        ),
        11 => format!("-----BEGIN PRIVATE KEY-----\n{secret}\n{more}\n-----END PRIVATE KEY-----\n"),
        12 => format!("-----BEGIN {MARK} KEY-----\\n{secret}"),
        13 => format!("{secret}.{MARK}{more}.{MARK}"),
        14 => format!(
            "eyJhbGciOiJIUzI1NiJ9.{}.{MARK}",
            BASE64URL_NOPAD.encode(format!("{{\"exp\":1,\"role\":\"{MARK}{more}\"}}").as_bytes())
        ),
        15 => format!(
            "apiVersion: v1\nclusters: [{{name: {MARK}}}]\ncurrent-context: {MARK}\nusers:\n- {secret}\n"
        ),
        16 => format!("\u{1b}[31m{secret}\u{1b}[0m\r\nsecond line {MARK}"),
        17 => format!("op://{MARK}/{secret}"),
        18 => format!("::error::{MARK}{more}\n::add-mask::{MARK}\n##[error]{secret}"),
        19 => format!("/no/such/{MARK}/{more}"),
        _ => secret,
    }
}

/// An entry for the variable of this name: every kind, with and without modifiers.
fn entry(dice: &mut Dice, name: &str, kinds: &[String]) -> String {
    match dice.below(8) {
        0 => name.to_owned(),
        1 => format!("{name}: min-length=500"),
        2 => format!("{name}: one-of(a|b)"),
        3 => format!("{name}: /[a-z]{{3}}/"),
        4 => format!("{name}: {} optional", dice.pick(kinds)),
        _ => format!("{name}: {}", dice.pick(kinds)),
    }
}

/// Every form in which the mark could leave.
fn forms() -> Vec<String> {
    let bytes = MARK.as_bytes();
    let mut forms = vec![
        MARK.to_owned(),
        MARK.chars().rev().collect(),
        MARK.to_lowercase(),
        MARK.to_uppercase(),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
        bytes.iter().map(|byte| format!("%{byte:02X}")).collect(),
        MARK.chars().map(|c| format!("&#{};", c as u32)).collect(),
        MARK.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
        MARK[..6].to_owned(),
        MARK[3..].to_owned(),
    ];
    for shift in 0..3 {
        let core = &bytes[shift..shift + 6];
        forms.extend([BASE64_NOPAD.encode(core), BASE64URL_NOPAD.encode(core)]);
    }
    forms
}

fn assert_hidden(text: &str, what: &str) {
    let visible: String = text.chars().filter(|c| !matches!(c, '\u{2060}' | '\u{200b}' | '\\')).collect();
    for form in forms() {
        if let Some(at) = visible.find(&form).or_else(|| text.find(&form)) {
            let before: Vec<char> = visible.get(..at).unwrap_or_default().chars().rev().take(200).collect();
            let before: String = before.into_iter().rev().collect();
            panic!("{what} shows a value as {form} behind: {before}");
        }
    }
}

fn assert_hidden_in(folder: &std::path::Path, what: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => assert_hidden_in(&path, what),
            false => {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert_hidden(&text, &format!("{what}: {}", path.display()));
            }
        }
    }
}

#[test]
fn no_mark_of_ten_thousand_gets_out() {
    let owned = |words: &str| -> Vec<String> { words.split_whitespace().map(str::to_owned).collect() };
    let (prefixes, kinds, names) = (owned(PREFIXES), owned(KINDS), owned(NAMES));
    let mut dice = Dice(7);
    let mut number = 0;
    while number < CASES {
        let folder = Folder::new();
        let mut run = command(folder.path());
        let mut entries = Vec::new();
        for index in 0..IN_A_RUN {
            let name = format!("V{index}_{}", dice.pick(&names));
            entries.push(entry(&mut dice, &name, &kinds));
            run.env(&name, value(&mut dice, &prefixes));
        }
        let in_actions = (number / IN_A_RUN).is_multiple_of(2);
        if in_actions {
            for (name, file) in [("GITHUB_OUTPUT", "outputs"), ("GITHUB_STEP_SUMMARY", "summary")] {
                run.env(name, folder.write(file, ""));
            }
            run.env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "org/repo");
            run.env("GITHUB_SERVER_URL", "https://github.example").env("GITHUB_JOB", "deploy");
        }
        run.env("RUST_LOG", "trace").env("RUNNER_DEBUG", "1").env("RUST_BACKTRACE", "full");
        run.args(["check", "preflight", "--mode=blocking", "--environment=production"]);
        for format in ["text", "json", "sarif", "github", "markdown", "junit"] {
            run.arg(format!("--output={format}=report.{format}"));
        }
        run.args(["--required-secrets", &entries.join("\n")]);
        let run = finish(run);
        let what = format!("run {}", number / IN_A_RUN);
        assert!((0..=3).contains(&run.code), "{what}: {}", run.err);
        let out: String = run
            .out
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert!(in_actions || out == run.out, "{what}: masks outside of Actions");
        assert_hidden(&out, &what);
        assert_hidden(&run.err, &what);
        assert_hidden_in(folder.path(), &what);
        number += IN_A_RUN;
    }
    println!("{number} values, {} forms of each looked for", forms().len());
}
