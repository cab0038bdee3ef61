//! Secrets that go further than they need to, or escape the mask of the log.

use super::Reading;
use super::documents::Document;
use crate::checks::Record;
use crate::finding::Finding;
use crate::rule::{Category, Rule, Severity};
use crate::workflow::expression::{Expr, ExprKind};
use crate::workflow::reference::Reference;
use crate::workflow::scalar_text::Places;

pub(super) static INHERITED_SECRETS: Rule = Rule {
    id: "integrity/inherited-secrets",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "all secrets are handed to a called workflow, whatever it needs",
    allow: None,
};

pub(super) static WHOLE_SECRETS: Rule = Rule {
    id: "integrity/whole-secrets",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "an expression takes all secrets at once",
    allow: None,
};

pub(super) static UNMASKED_SECRET: Rule = Rule {
    id: "integrity/unmasked-secret",
    severity: Severity::Warning,
    category: Category::Security,
    summary: "a part of a secret is taken out, which the log does not mask",
    allow: None,
};

pub(super) fn read(Reading { document, validated, .. }: &Reading<'_>, record: &mut Record) {
    inherited(document, record);
    let mut places = Places::new(document.source);
    for located in &validated.expressions {
        let Ok(expr) = &located.embedded.parsed else { continue };
        let start = located.embedded.start;
        expr.walk(&mut |part| {
            let found = judge(part);
            if let Some((rule, severity, message, help)) = found {
                let range = start + part.range.start..start + part.range.end;
                let at = document.source.at(places.of(located.node, range));
                record.push(Finding::new(rule, at, message).severity(severity).help(help));
            }
        });
    }
}

type Judged = (&'static Rule, Severity, &'static str, &'static str);

fn judge(expr: &Expr) -> Option<Judged> {
    let is_secrets = |expr: &Expr| expr.path().is_some_and(|path| path == "secrets" || path == "secrets.*");
    let one_secret = |expr: &Expr| {
        expr.path().is_some_and(|path| path.strip_prefix("secrets.").is_some_and(|name| name != "*"))
    };
    match &expr.kind {
        ExprKind::Call(name, arguments) if name.eq_ignore_ascii_case("tojson") => {
            arguments.first().is_some_and(is_secrets).then_some((
                &WHOLE_SECRETS,
                Severity::Warning,
                "this takes all secrets of the repository and the organisation at once",
                "name each secret that is needed: `NAME: ${{ secrets.NAME }}`",
            ))
        }
        ExprKind::Index(of, index) if is_secrets(of) && !matches!(index.kind, ExprKind::String(_)) => Some((
            &WHOLE_SECRETS,
            Severity::Note,
            "which secret this is becomes known only when it runs, so that the job is given all of them",
            "name each secret that may be needed: `case(matrix.x == 'a', secrets.A, secrets.B)`",
        )),
        ExprKind::Property(of, _) | ExprKind::Index(of, _) | ExprKind::Star(of) => match &of.kind {
            ExprKind::Call(name, arguments) if name.eq_ignore_ascii_case("fromjson") => {
                arguments.first().is_some_and(one_secret).then_some((
                    &UNMASKED_SECRET,
                    Severity::Warning,
                    "the log masks the secret as a whole, not this part of it",
                    "make each part a secret of its own; or `echo \"::add-mask::$PART\"` before it is used",
                ))
            }
            _ => None,
        },
        _ => None,
    }
}

fn inherited(document: &Document<'_>, record: &mut Record) {
    for job in document.workflow.iter().flat_map(|workflow| &workflow.jobs) {
        let Some(secrets) = job.node.get("secrets").filter(|node| node.text() == Some("inherit")) else {
            continue;
        };
        let Some(uses) = job.uses().and_then(|uses| uses.text()) else { continue };
        // Whoever can change a workflow of the same repository can change the caller as well.
        if matches!(Reference::parse(uses), Some(Reference::Local(_) | Reference::Own(_))) {
            continue;
        }
        let message = format!("`{}` hands all secrets to `{uses}`, whatever it needs", job.id);
        let finding = Finding::new(&INHERITED_SECRETS, document.source.at_node(secrets), message);
        let help = "name what it needs: `secrets: { NAME: ${{ secrets.NAME }} }`";
        record.push(finding.help(help).subject(format!("{} {uses}", job.id)));
    }
}
