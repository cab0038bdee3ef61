//! .terraform.lock.hcl of Terraform and OpenTofu.

mod required;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::checkout::Source;
use crate::tree::Syntax;

use super::super::few::Few;
use super::super::format::{Format, Project, Unreadable};
use super::super::model::{Declared, Encoding, File, Hash, Lock, Origin, Package};
use super::super::report::Report;
use super::bundler::version::{Requirement, Version};
use super::hcl::{Token, tokens};
use crate::sorted::IntoMap as _;
use required::{is_used, required};

/// .terraform.lock.hcl.
pub struct Terraform;

impl Format for Terraform {
    fn ecosystem(&self) -> &'static str {
        "terraform"
    }

    fn tool(&self) -> &'static str {
        "terraform"
    }

    fn names(&self) -> &'static [&'static str] {
        &[".terraform.lock.hcl"]
    }

    fn manifest(&self) -> &'static str {
        "main.tf"
    }

    fn syntax(&self, _source: &Source) -> Option<Syntax> {
        None
    }

    fn public_hosts(&self) -> &'static [&'static str] {
        &["registry.terraform.io", "registry.opentofu.org"]
    }

    fn repair(&self) -> &'static str {
        "terraform init"
    }

    fn read<'s>(&self, project: &Project<'s>) -> Result<Lock<'s>, Unreadable> {
        let text = project.source.text();
        let Some(tokens) = tokens(text) else {
            return Err(Unreadable::malformed("the file holds more words than any lockfile does", 0..0));
        };
        let mut lock = Lock::default();
        let mut rest = tokens.as_slice();
        while let Some(((first, place), after)) = rest.split_first() {
            let broken = |message: &str| Unreadable::malformed(message, place.clone());
            let (name, inner, behind) = match after {
                [(Token::Text(name), at), (Token::Sign('{'), _), ..] if first.is("provider") => {
                    let (inner, behind) = block(&after[1..])
                        .ok_or_else(|| broken("a block is not closed; the file may be cut off"))?;
                    ((name.as_str(), at.clone()), inner, behind)
                }
                _ => return Err(broken("the file holds something else than blocks of providers")),
            };
            lock.packages.push(provider(name, inner, text)?);
            rest = behind;
        }
        Ok(lock)
    }

    fn sync(&self, lock: &Lock<'_>, project: &Project<'_>, report: &mut Report<'_>) -> Declared {
        let mut declared = Declared::default();
        if lock.packages.is_empty() && is_used(project) {
            report.not_examined(
                "an empty .terraform.lock.hcl of a module that others use: terraform reads theirs",
            );
            return declared;
        }
        let locked: BTreeMap<&str, &Package<'_>> =
            lock.packages.iter().map(|package| (&*package.name, package)).into_map();
        for wanted in required(lock, project, report) {
            let place = wanted.source.at(wanted.place.clone());
            if let Some((host, _)) =
                wanted.address.split_once('/').filter(|_| wanted.address.matches('/').count() == 2)
            {
                declared.hosts.push(host.to_owned());
            }
            let Some(package) = locked.get(wanted.address.as_str()).or_else(|| {
                // OpenTofu has a registry of its own.
                let other = wanted.address.replacen("registry.terraform.io", "registry.opentofu.org", 1);
                locked.get(other.as_str())
            }) else {
                let message = format!(
                    "the provider `{}` is required, and the lockfile does not hold it",
                    wanted.address
                );
                report.out_of_sync(place, message).subject(wanted.address);
                continue;
            };
            let (Some(text), Some(version)) = (&wanted.version, Version::parse(&package.version)) else {
                continue;
            };
            let Some(requirement) = Requirement::parse([text.as_str()]) else { continue };
            if !requirement.allows(&version) {
                let message = format!(
                    "the provider `{}` is required as `{text}` and locked at {}",
                    wanted.address, package.version
                );
                report
                    .unsatisfied(place, message)
                    .related(
                        project.source.at(package.place.clone()),
                        format!("locked at {}", package.version),
                    )
                    .help("run `terraform init -upgrade`, review what it changes, and commit it")
                    .subject(wanted.address);
            }
        }
        declared
    }
}

type Tokens = [(Token, Range<usize>)];

/// The inside of the block that begins here, and what stands behind it.
fn block(tokens: &Tokens) -> Option<(&Tokens, &Tokens)> {
    let mut depth = 0_usize;
    for (at, (token, _)) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{' | '[' | '(') => depth += 1,
            Token::Sign('}' | ']' | ')') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some((&tokens[1..at], &tokens[at + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

fn provider<'s>(
    (name, place): (&str, Range<usize>),
    inner: &Tokens,
    text: &'s str,
) -> Result<Package<'s>, Unreadable> {
    let value = |key: &str| {
        inner.windows(3).find_map(|three| match three {
            [(word, _), (Token::Sign('='), _), (Token::Text(value), _)] if word.is(key) => {
                Some(value.clone())
            }
            _ => None,
        })
    };
    let version =
        value("version").ok_or_else(|| Unreadable::malformed("a provider has no version", place.clone()))?;
    let list = inner.iter().position(|(token, _)| token.is("hashes")).map_or(&[][..], |at| &inner[at..]);
    let mut hashes = Vec::new();
    for (token, at) in list {
        let Token::Text(_) = token else { continue };
        let written = text.get(at.start + 1..at.end.saturating_sub(1)).unwrap_or_default();
        let (scheme, digest) = written.split_once(':').unwrap_or((written, ""));
        // `h1` is over the files of the archive, `zh` over the archive.
        let (algorithm, encoding) = match scheme {
            "h1" => ("sha256", Encoding::Base64),
            "zh" => ("sha256", Encoding::Hex),
            other => (other, Encoding::Hex),
        };
        hashes.push(Hash { algorithm, digest, encoding, place: at.clone() });
    }
    let file = File {
        url: Some(Cow::Owned(format!("https://{name}"))),
        name: "",
        hashes: hashes.into(),
        needs_hash: true,
        place: place.clone(),
    };
    Ok(Package {
        name: Cow::Owned(name.to_owned()),
        version: Cow::Owned(version),
        origin: Origin::Registry(""),
        files: Few::One(file),
        needs: Vec::new(),
        place,
    })
}
