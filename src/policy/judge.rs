//! The judgement: which findings block, which are excepted, and what is to be said of the exceptions.

use std::collections::BTreeSet;

use super::rules::{EXPIRED_WAIVER, STALE_BASELINE, UNUSED_WAIVER};
use super::{Evidence, Fingerprinted, Judged, Judgement, Mode, Policy, Verdict};
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::Severity;

impl Policy {
    /// Judges the evidence of all checks that ran.
    pub fn judge(&self, evidence: Vec<Evidence>) -> Judgement {
        let ran: Vec<(&str, bool)> = evidence.iter().map(|ran| (ran.check, ran.not_verified)).collect();
        let mut findings = Vec::with_capacity(evidence.iter().map(|evidence| evidence.findings.len()).sum());
        let mut waivers_used = vec![false; self.waivers.len()];
        for found in evidence.into_iter().flat_map(|evidence| evidence.findings) {
            let mode = self.rule_mode(found.finding.rule);
            if mode == Mode::Off {
                continue;
            }
            let waived_by = self.exception(&found, &mut waivers_used);
            findings.push(self.judged(found.finding, found.fingerprint, mode, waived_by));
        }
        let about_exceptions = self.about_exceptions(&waivers_used, &findings, &ran);
        for finding in about_exceptions {
            let mode = self.rule_mode(finding.rule);
            if mode != Mode::Off {
                let fingerprint = crate::fingerprint::of(&finding, "", 0);
                findings.push(self.judged(finding, fingerprint, mode, None));
            }
        }
        let holds_up = |(check, not_verified): &(&str, bool)| {
            *not_verified && self.fail_on_not_verified && self.check_mode(check) == Mode::Blocking
        };
        let unverified: Vec<_> = ran.into_iter().filter(holds_up).map(|(check, _)| check).collect();
        let verdict = if findings.iter().any(|finding| finding.blocking) {
            Verdict::Fail
        } else if unverified.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Error
        };
        Judgement { findings, unverified, verdict }
    }

    fn judged(&self, finding: Finding, fingerprint: String, mode: Mode, waived_by: Option<String>) -> Judged {
        let severe = finding.severity >= self.fail_on && finding.severity > Severity::Note;
        let blocking = mode == Mode::Blocking && severe && waived_by.is_none();
        Judged { finding, fingerprint, blocking, waived_by }
    }

    /// By what a finding is excepted, if it is. Every waiver that covers it counts as used.
    fn exception(&self, found: &Fingerprinted, used: &mut [bool]) -> Option<String> {
        let mut waived_by = None;
        for (waiver, used) in self.waivers.iter().zip(used) {
            let finding = &found.finding;
            let place = finding.location.in_file().map_or_else(|| finding.location.name(), |(path, _)| path);
            let mut names = std::iter::once(place).chain(finding.also.iter().map(String::as_str));
            let covered = waiver.rule == finding.rule.id && names.any(|name| waiver.matcher.is_match(name));
            if covered {
                *used = true;
                if waiver.expires >= self.today {
                    let words = format!("{} until {}: {}", waiver.approved_by, waiver.expires, waiver.reason);
                    waived_by.get_or_insert(words);
                }
            }
        }
        waived_by
            .or_else(|| found.ignored.as_ref().map(|reason| format!("ignore comment: {reason}")))
            .or_else(|| self.baseline.contains_key(&found.fingerprint).then(|| "baseline".to_owned()))
    }

    /// `ran` are the checks that took part: what another one would look for is neither unused nor stale.
    fn about_exceptions(&self, used: &[bool], found: &[Judged], ran: &[(&str, bool)]) -> Vec<Finding> {
        let ran = |rule: &str| ran.iter().any(|(check, _)| rule.split('/').next() == Some(check));
        let seen: BTreeSet<&str> = found.iter().map(|judged| judged.fingerprint.as_str()).collect();
        let mut findings = Vec::new();
        for (waiver, used) in self.waivers.iter().zip(used) {
            let subject = format!("{} {}", waiver.rule, waiver.matcher.glob());
            if waiver.expires < self.today {
                let message = format!("the waiver for `{}` expired on {}", waiver.rule, waiver.expires);
                findings.push(
                    Finding::new(&EXPIRED_WAIVER, waiver.location.clone(), message)
                        .help("mend what it covers, or have it approved again with a later `expires`")
                        .subject(subject),
                );
            } else if !used && ran(&waiver.rule) {
                let message = format!("the waiver for `{}` covers no finding", waiver.rule);
                findings.push(
                    Finding::new(&UNUSED_WAIVER, waiver.location.clone(), message)
                        .help("remove it")
                        .subject(subject),
                );
            }
        }
        let gone =
            |(fingerprint, rule): &(&String, &String)| !seen.contains(fingerprint.as_str()) && ran(rule);
        let stale = self.baseline.iter().filter(gone).count();
        if let Some(path) = self.baseline_path.as_ref().filter(|_| stale > 0) {
            let message =
                format!("{stale} of the baseline's {} findings no longer occur", self.baseline.len());
            findings.push(
                Finding::new(&STALE_BASELINE, Location::file(path), message)
                    .help("run `ci-guard check --write-baseline` to shrink it")
                    .subject("stale"),
            );
        }
        findings
    }
}
