//! What was uploaded, by GitHub's own word: workflow artifacts of a run, and assets of a release.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::claims::Claims;
use super::rules::{EXPIRES_EARLY, NOT_UPLOADED, UPLOAD_DIFFERS};
use super::{Arguments, words};
use crate::checks::checksum::names::as_release_asset;
use crate::checks::{Column, Context, Record, Table};
use crate::finding::Finding;
use crate::github::GitHub;
use crate::github::model::{Artifact, Asset};
use crate::hashing::Algorithm;
use crate::location::Location;
use crate::sorted::IntoMap as _;

/// Uploads that the report shows.
const MAX_ROWS: usize = 100;

/// True if something is asked that only GitHub knows.
pub(super) fn are_asked_for(arguments: &Arguments) -> bool {
    !arguments.uploaded.is_empty() || arguments.release.is_some()
}

/// Asks GitHub, and compares. The number of things that were looked at.
pub(super) fn look(claims: &Claims, context: &Context<'_>, record: &mut Record) -> usize {
    let arguments = &context.settings.arguments.artifacts;
    if !are_asked_for(arguments) {
        return 0;
    }
    let github = match GitHub::of(context.environment) {
        Ok(github) => github,
        Err(reason) => {
            record.not_verified(format!("uploads: {reason}"));
            return 0;
        }
    };
    let mut examined = 0;
    if !arguments.uploaded.is_empty() {
        examined += of_run(&github, arguments, claims, context, record);
    }
    if let Some(tag) = &arguments.release {
        examined += of_release(&github, tag, claims, record);
    }
    examined
}

fn of_run(
    github: &GitHub,
    arguments: &Arguments,
    claims: &Claims,
    context: &Context<'_>,
    record: &mut Record,
) -> usize {
    let Some(run) = arguments.run_id.or_else(|| context.runner.run_id.parse().ok()) else {
        record.not_verified("uploads: which run is not known: give `--run-id`");
        return 0;
    };
    let there = match github.artifacts(run) {
        Ok(there) => there,
        Err(error) => {
            record.not_verified(format!("the artifacts of run {run} cannot be listed: {error}"));
            return 0;
        }
    };
    let (mut examined, mut rows) = (0, Vec::new());
    for wanted in &arguments.uploaded {
        let (name, digest) = match wanted.split_once('=') {
            Some((name, digest)) => (name, Some(digest.trim())),
            None => (wanted.as_str(), None),
        };
        // Of a name that was uploaded again, the newest counts.
        let Some(artifact) = there.iter().filter(|artifact| artifact.name == name).max_by_key(|a| a.id)
        else {
            let message = format!("run {run} has no artifact `{name}`");
            let help = "look at the step that uploads it: `if-no-files-found: error` lets it fail there";
            record.push(finding(&NOT_UPLOADED, name, message).help(help).subject("missing"));
            continue;
        };
        examined += 1;
        judge(artifact, digest, arguments, claims, record);
        let server = &context.runner.server_url;
        let server = if server.is_empty() { "https://github.com" } else { server };
        let url = format!("{server}/{}/actions/runs/{run}/artifacts/{}", github.repository, artifact.id);
        let digest = artifact.digest.clone().unwrap_or_default();
        rows.push(vec![name.to_owned(), words::size(artifact.size_in_bytes), digest, url]);
    }
    if !rows.is_empty() {
        record.table(table(rows));
    }
    examined
}

/// What was uploaded, and where it is.
fn table(mut rows: Vec<Vec<String>>) -> Table {
    let columns =
        vec![Column::code("artifact"), Column::text("size"), Column::code("digest"), Column::text("where")];
    let more = rows.len().saturating_sub(MAX_ROWS);
    rows.truncate(MAX_ROWS);
    Table { columns, rows, more }
}

/// One workflow artifact against what is known of it.
fn judge(
    artifact: &Artifact,
    digest: Option<&str>,
    arguments: &Arguments,
    claims: &Claims,
    record: &mut Record,
) {
    let name = &artifact.name;
    if artifact.expired {
        let help = "run the job that uploads it again, or keep artifacts longer: `retention-days`";
        let message = format!("the artifact `{name}` has expired and is gone");
        return record.push(finding(&NOT_UPLOADED, name, message).help(help).subject("expired"));
    }
    if artifact.size_in_bytes == 0 {
        let help = "look at the step that uploads it, and at the one that builds what it uploads";
        let message = format!("the artifact `{name}` is empty");
        return record.push(finding(&NOT_UPLOADED, name, message).help(help).subject("empty"));
    }
    let kept =
        arguments.kept_days.map(|days| Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days)));
    match (kept, &artifact.expires_at) {
        (Some(kept), Some(expires)) => match expires.parse::<Timestamp>() {
            Ok(expires) if expires < kept => {
                let message = format!(
                    "the artifact `{name}` is kept until {expires}, and the policy asks until {kept:.0}"
                );
                let help = "raise `retention-days`; the repository's own limit cuts it down without an error";
                record.push(finding(&EXPIRES_EARLY, name, message).help(help).subject("expires"));
            }
            Ok(_) => {}
            Err(_) => record.not_verified(format!("when `{name}` expires cannot be read: `{expires}`")),
        },
        (Some(_), None) => record.not_verified(format!("GitHub does not say when `{name}` expires")),
        (None, _) => {}
    }
    // An artifact that was uploaded without an archive around it has the digest of its one file.
    let own = claims.iter().find(|claim| claim.name.to_text() == *name);
    let own = own.and_then(|claim| {
        Some(data_encoding::HEXLOWER.encode(&claim.digests.get(&Algorithm::Sha256)?.digest))
    });
    let Some(expected) = digest.map(str::to_owned).or(own) else { return };
    let plain = |text: &str| text.trim_start_matches("sha256:").to_ascii_lowercase();
    match &artifact.digest {
        None => record.not_verified(format!("GitHub knows no digest of the artifact `{name}`")),
        Some(actual) if plain(actual) == plain(&expected) => {}
        Some(actual) => {
            let message =
                format!("the artifact `{name}` has the digest {actual}, not sha256:{}", plain(&expected));
            let help = "somebody uploaded another one under its name: see which steps and runs did";
            record.push(finding(&UPLOAD_DIFFERS, name, message).help(help).subject("digest"));
        }
    }
}

/// The assets of a release against what is listed.
fn of_release(github: &GitHub, tag: &str, claims: &Claims, record: &mut Record) -> usize {
    let releases = match github.releases() {
        Ok(releases) => releases,
        Err(error) => {
            record.not_verified(format!("the release `{tag}` cannot be read: {error}"));
            return 0;
        }
    };
    let Some(release) = releases.into_iter().find(|release| release.tag_name == tag) else {
        let message = format!("there is no release `{tag}`");
        let help = "drafts are seen with `contents: write` only";
        record.push(finding(&NOT_UPLOADED, tag, message).help(help).subject("release"));
        return 0;
    };
    let assets: BTreeMap<&str, &Asset> =
        release.assets.iter().map(|asset| (asset.name.as_str(), asset)).into_map();
    let (mut examined, mut rows) = (0, Vec::new());
    for claim in claims.iter() {
        let file = String::from_utf8_lossy(claim.name.last()).into_owned();
        let renamed = as_release_asset(&file);
        let Some(asset) = assets.get(file.as_str()).or_else(|| assets.get(renamed.as_str())) else {
            let message = format!("the release `{tag}` has no asset `{file}`");
            let help = "upload it before the release is published; a published one may be immutable";
            record.push(finding(&NOT_UPLOADED, &claim.shown, message).help(help).subject("asset"));
            continue;
        };
        examined += 1;
        if asset.state != "uploaded" {
            let message =
                format!("the asset `{}` of `{tag}` is not uploaded yet: {}", asset.name, asset.state);
            let help = "delete it and upload it again: an upload that broke off leaves such an asset";
            record.push(finding(&NOT_UPLOADED, &claim.shown, message).help(help).subject("state"));
            continue;
        }
        rows.push(vec![
            asset.name.clone(),
            words::size(asset.size),
            asset.digest.clone().unwrap_or_default(),
            asset.url.clone(),
        ]);
        let wanted = claim
            .digests
            .get(&Algorithm::Sha256)
            .map(|listed| data_encoding::HEXLOWER.encode(&listed.digest));
        let said = asset.digest.as_deref().map(|digest| digest.trim_start_matches("sha256:"));
        let help = "upload the file that was built again, and see who replaced it";
        match (wanted, said) {
            (Some(wanted), Some(said)) if wanted != said => {
                let message = format!(
                    "the asset `{}` of `{tag}` has the digest sha256:{said}, not sha256:{wanted}",
                    asset.name
                );
                record.push(finding(&UPLOAD_DIFFERS, &claim.shown, message).help(help).subject("digest"));
            }
            (Some(_), Some(_)) => {}
            (_, None) => record.not_verified(format!("GitHub knows no digest of the asset `{}`", asset.name)),
            (None, _) => record.not_verified(format!("`{}` is listed without SHA-256", claim.shown)),
        }
        if claim.size.is_some_and(|size| size != asset.size) {
            let message = format!(
                "the asset `{}` of `{tag}` has {} bytes, not {}",
                asset.name,
                asset.size,
                claim.size.unwrap_or(0)
            );
            record.push(finding(&UPLOAD_DIFFERS, &claim.shown, message).help(help).subject("size"));
        }
    }
    if !rows.is_empty() {
        record.table(table(rows));
    }
    record.note(format!("{} of the release `{tag}` compared", words::count(examined, "asset")));
    examined
}

fn finding(rule: &'static crate::rule::Rule, name: &str, message: String) -> Finding {
    Finding::new(rule, Location::Artifact { name: name.to_owned() }, message)
}
