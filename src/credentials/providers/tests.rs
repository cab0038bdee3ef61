//! The table itself, its samples, and what names and beginnings say.

use super::*;
use crate::credentials::proofs;

fn ids(rows: &[&Provider]) -> Vec<String> {
    rows.iter().map(|row| row.id.clone()).collect()
}

#[test]
fn the_table_is_whole() {
    let text = include_str!("../data/providers.toml");
    let rows = &table().providers;
    assert!(rows.len() >= 59, "{}", rows.len());
    for line in text.lines().filter_map(|line| line.strip_prefix("checked = ")) {
        assert!(line.trim_matches('"').parse::<Date>().is_ok(), "{line}");
    }
    for row in rows {
        assert!(row.shapes.is_empty() != row.form.is_none(), "{}: shapes or a form", row.id);
        assert!(rows.iter().filter(|other| other.id == row.id).count() == 1, "{} stands twice", row.id);
        assert!(!row.title.starts_with("a ") && !row.title.ends_with('.'), "{}", row.title);
        assert_eq!(row.form == Some(Form::Dsn), !row.schemes.is_empty(), "{}", row.id);
    }
}

#[test]
fn the_page_names_every_kind() {
    let page = include_str!("../../checks/preflight/preflight.md");
    let missing: Vec<&str> =
        kinds().into_iter().filter(|kind| !page.contains(&format!("`{kind}`"))).collect();
    assert!(missing.is_empty(), "preflight.md lacks {missing:?}");
}

#[test]
fn names_say_what_is_meant() {
    assert_eq!(ids(&by_name("PROD_OPENAI_API_KEY").strict), ["openai"]);
    assert_eq!(ids(&by_name("OPENAI_API_KEY_STAGING").strict), ["openai"]);
    assert_eq!(ids(&by_name("gemini_api_key").strict), ["gemini-auth-key", "gemini-standard-key"]);
    assert_eq!(ids(&by_name("DATABASE_URL").loose), ["postgres-url", "mysql-url"]);
    assert!(by_name("DATABASE_URL").strict.is_empty());
    assert_eq!(ids(&by_name("SUPABASE_ANON_KEY").strict), ["supabase-anon", "supabase-publishable-key"]);
    assert!(by_name("MYGH_TOKEN").strict.is_empty());
    assert!(by_name("SECRET").strict.is_empty());
    assert!(by_name("HAS_NPM_TOKEN").strict.is_empty() && by_name("USE_DISCORD_WEBHOOK").loose.is_empty());
    assert_eq!(vendors("OPENAI_KEY_FOR_GITHUB"), ["GITHUB", "OPENAI"]);
    assert_eq!(of_kind("github-pat").len(), 3);
}

#[test]
fn a_value_that_was_cut_is_still_known_by_its_beginning() {
    let id = |value: &str| resembles_other(value, &[]).map(|row| row.id.as_str());
    assert_eq!(id("sk-ant-api03-abc"), Some("anthropic"));
    assert_eq!(id("sk-ant-cut-off"), Some("anthropic"));
    assert_eq!(id("sk-proj-abc"), Some("openai"));
    assert_eq!(id("GOCSPX-abc"), Some("google-oauth-client-secret"));
    assert_eq!(id("sk_live_"), Some("stripe-secret"));
    assert_eq!(id("hunter2-real-secret"), None);
    assert_eq!(id("AIza"), None);
    assert!(resembles_other("sk-ant-cut-off", &of_kind("anthropic-oauth")).is_none());
}

/// A generator that only depends on its seed.
fn chooser(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    }
}

#[test]
fn documented_samples_are_accepted_and_truncated_ones_are_not() {
    let mut samples = 0;
    for row in all() {
        for shape in &row.shapes {
            for seed in 0..200 {
                let value = shape.sample(&mut chooser(seed * 7919 + samples));
                samples += 1;
                assert!(row.matches(&value), "{}: {}", row.id, shape.words());
                let cut = &value[..value.len() - 1 - chooser(seed)(value.len() / 2)];
                if shape.is_fixed() {
                    assert!(!shape.matches(cut), "{}", row.id);
                }
            }
        }
    }
    assert!(samples >= 10_000, "{samples}");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(10_000))]

    #[test]
    fn any_documented_sample_is_recognised_or_not_distinctive(seed: u64) {
        let mut choose = chooser(seed);
        let row = &all()[choose(all().len())];
        if let Some(shape) = (!row.shapes.is_empty()).then(|| &row.shapes[choose(row.shapes.len())]) {
            let value = shape.sample(&mut choose);
            proptest::prop_assert!(row.matches(&value));
            if shape.is_distinctive() {
                proptest::prop_assert!(recognise(&value).is_some());
            }
            if shape.is_fixed() {
                let cut = &value[..value.len() - 1 - choose(value.len() - 1)];
                proptest::prop_assert!(!shape.matches(cut));
            }
        }
    }

    #[test]
    fn a_token_of_github_with_its_checksum_is_accepted_and_no_other(body in "[0-9A-Za-z]{30}", at in 4usize..34) {
        let sum = proofs::base62_checksum(body.as_bytes());
        let token = format!("ghp{}{body}{}", "_", std::str::from_utf8(&sum).unwrap());
        proptest::prop_assert_eq!(proofs::github_checksum(&token), Some(true));
        let mut other = token.clone().into_bytes();
        other[at] = if other[at] == b'x' { b'y' } else { b'x' };
        let other = String::from_utf8(other).unwrap();
        proptest::prop_assert_eq!(proofs::github_checksum(&other), Some(false));
    }
}
