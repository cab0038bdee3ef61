//! What is said of sources.

use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

use super::super::super::format::Format;
use super::super::super::model::Package;
use super::super::together::{Common, named, with_places};
use super::allowed::{Allowed, Standing};
use super::{DISALLOWED_SOURCE, INSECURE_URL};

/// A package from git, of which another commit can be taken the next time.
pub fn moving(package: &Package<'_>, place: Location) -> Finding {
    let message = format!(
        "`{}` comes from git without a full commit, so what is installed can change",
        package.title()
    );
    Finding::new(&DISALLOWED_SOURCE, place, message)
        .severity(Severity::Warning)
        .help("lock it again with a tool that records the commit")
        .subject(package.title())
}

/// Packages that come from a host that nobody named.
pub fn disallowed(
    standing: Standing,
    host: &str,
    mut faults: Vec<Common>,
    format: &dyn Format,
    allowed: &Allowed<'_>,
) -> Finding {
    // Several files of one package are one fault.
    faults.dedup_by(|a, b| a.title == b.title);
    let names = named(&faults);
    let comes = if faults.len() == 1 { "comes" } else { "come" };
    let (severity, why) = match (standing, &allowed.list) {
        (Standing::Nearby, _) => {
            (Severity::Note, "which its index does not name; the index may well send there")
        }
        (Standing::Elsewhere, _) => (Severity::Warning, "which neither its index nor the manifest names"),
        (Standing::Unrecorded, _) => {
            (Severity::Warning, "which no manifest names; the lockfile does not say from which index")
        }
        (_, Some(_)) => (Severity::Error, "which is not in `allowed-hosts`"),
        (_, None) if allowed.partly => {
            (Severity::Warning, "which nothing names that could be read of the manifest")
        }
        (_, None) => (Severity::Error, "which no manifest names"),
    };
    let message = format!("{names} {comes} from `{host}`, {why}");
    let hosts: Vec<&str> = allowed.public.iter().copied().chain([host]).collect();
    let help = match allowed.list {
        Some(_) => format!(
            "find out how it came there; if it is meant, add `{host}` to `checks.lockfile.allowed-hosts`"
        ),
        None => format!(
            "find out how it came there; if it is meant, list all hosts: `allowed-hosts: {{ {}: [{}] }}` under `checks.lockfile`",
            format.ecosystem(),
            hosts.join(", ")
        ),
    };
    let first = faults[0].place.clone();
    let finding = Finding::new(&DISALLOWED_SOURCE, first, message).severity(severity).help(help);
    with_places(finding.subject(host), &faults[1..])
}

/// Packages that come over a connection that others can change.
pub fn unencrypted(server: &str, mut faults: Vec<Common>) -> Finding {
    faults.dedup_by(|a, b| a.title == b.title);
    let are = if faults.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {are} downloaded from `{server}`, over a connection that others can change",
        named(&faults)
    );
    let finding = Finding::new(&INSECURE_URL, faults[0].place.clone(), message)
        .help("write `https:` where the source is configured, and lock again")
        .subject(server);
    with_places(finding, &faults[1..])
}
