//! What is found inside of archives.

use crate::rule::{Category, Rule, Severity};

/// Declares a rule whose page is the file of the same name.
macro_rules! rule {
    ($name:ident, $id:literal, $severity:ident, $category:ident, $summary:literal, $allow:expr) => {
        pub(in crate::checks::artifacts) static $name: Rule = Rule {
            id: concat!("artifacts/", $id),
            severity: Severity::$severity,
            category: Category::$category,
            summary: $summary,
            allow: $allow,
        };
    };
}

/// What entries of `allow` are for most of these rules.
const MEMBERS: Option<&str> = Some("members that may be so, as patterns for their whole names");

rule!(BROKEN_ARCHIVE, "broken-archive", Error, Validity, "an archive is cut off or damaged", None);
rule!(ARCHIVE_BOMB, "archive-bomb", Error, Security, "an archive holds far more than its size", None);
rule!(
    AMBIGUOUS_ARCHIVE,
    "ambiguous-archive",
    Error,
    Security,
    "two readers of an archive would see different things",
    None
);
rule!(
    ESCAPING_MEMBER,
    "escaping-member",
    Error,
    Security,
    "a member of an archive leads out of the folder it is unpacked in",
    MEMBERS
);
rule!(
    SPECIAL_MEMBER,
    "special-member",
    Error,
    Security,
    "a member of an archive is a device or FIFO, or is set-uid",
    MEMBERS
);
rule!(
    WRITABLE_MEMBER,
    "writable-member",
    Warning,
    Security,
    "a member of an archive can be written by everybody",
    MEMBERS
);
rule!(DUPLICATE_MEMBER, "duplicate-member", Error, Truth, "an archive holds a name twice", MEMBERS);
rule!(
    RECORD_MISMATCH,
    "record-mismatch",
    Error,
    SupplyChain,
    "a wheel's RECORD is not what the wheel holds",
    None
);
rule!(
    VERSION_MISMATCH,
    "version-mismatch",
    Error,
    SupplyChain,
    "a package's file name, metadata and git tag say different things",
    None
);
rule!(
    INCOMPLETE_METADATA,
    "incomplete-metadata",
    Warning,
    Validity,
    "a package's metadata lacks what its registry asks for",
    None
);
rule!(MISSING_MEMBER, "missing-member", Error, SupplyChain, "a package lacks a file that it must hold", None);
rule!(
    FORBIDDEN_MEMBER,
    "forbidden-member",
    Error,
    Security,
    "an archive holds a file that must not be shipped",
    MEMBERS
);
rule!(SECRET_INSIDE, "secret-inside", Error, Security, "a file in an archive holds a secret", MEMBERS);
rule!(
    BUILD_PATH,
    "build-path",
    Note,
    Hygiene,
    "a file in an archive names the folder it was built in",
    MEMBERS
);
rule!(
    LATE_TIME,
    "late-time",
    Warning,
    SupplyChain,
    "an archive holds times that are later than SOURCE_DATE_EPOCH",
    None
);
rule!(
    NOT_REPRODUCIBLE,
    "not-reproducible",
    Error,
    SupplyChain,
    "an artifact that was built again is another one",
    None
);
