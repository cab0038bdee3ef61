//! What the check finds.

use super::inside::rules as inside;
use crate::rule::{Category, Rule, Severity};

/// All rules of the check.
pub const ALL: [&Rule; 32] = [
    &MISSING,
    &CORRUPT,
    &RENAMED,
    &EXTRA,
    &EMPTY_FILE,
    &MALFORMED_LINE,
    &WEAK_HASH,
    &DUPLICATE_ENTRY,
    &LISTS_DISAGREE,
    &EMPTY_LIST,
    &UNSAFE_PATH,
    &EXPECTED_MISSING,
    &CHANGED_WHILE_READING,
    &NOT_UPLOADED,
    &UPLOAD_DIFFERS,
    &EXPIRES_EARLY,
    &inside::BROKEN_ARCHIVE,
    &inside::ARCHIVE_BOMB,
    &inside::AMBIGUOUS_ARCHIVE,
    &inside::ESCAPING_MEMBER,
    &inside::SPECIAL_MEMBER,
    &inside::WRITABLE_MEMBER,
    &inside::DUPLICATE_MEMBER,
    &inside::RECORD_MISMATCH,
    &inside::VERSION_MISMATCH,
    &inside::INCOMPLETE_METADATA,
    &inside::MISSING_MEMBER,
    &inside::FORBIDDEN_MEMBER,
    &inside::SECRET_INSIDE,
    &inside::BUILD_PATH,
    &inside::LATE_TIME,
    &inside::NOT_REPRODUCIBLE,
];

pub(super) static MISSING: Rule = Rule {
    id: "artifacts/missing",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a listed artifact is not there",
    allow: None,
};

pub(super) static CORRUPT: Rule = Rule {
    id: "artifacts/corrupt",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "an artifact is not what was listed",
    allow: None,
};

pub(super) static RENAMED: Rule = Rule {
    id: "artifacts/renamed",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a listed artifact stands under another name",
    allow: None,
};

pub(super) static EXTRA: Rule = Rule {
    id: "artifacts/extra",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "a file beside the artifacts is not listed",
    allow: None,
};

pub(super) static EMPTY_FILE: Rule = Rule {
    id: "artifacts/empty-file",
    severity: Severity::Warning,
    category: Category::Truth,
    summary: "a listed artifact is empty",
    allow: Some("paths of artifacts that may be empty, as patterns"),
};

pub(super) static MALFORMED_LINE: Rule = Rule {
    id: "artifacts/malformed-line",
    severity: Severity::Error,
    category: Category::Validity,
    summary: "a line of a checksum list or manifest cannot be read",
    allow: None,
};

pub(super) static WEAK_HASH: Rule = Rule {
    id: "artifacts/weak-hash",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "an artifact is listed with MD5 or SHA-1 only",
    allow: None,
};

pub(super) static DUPLICATE_ENTRY: Rule = Rule {
    id: "artifacts/duplicate-entry",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a list names a file twice",
    allow: None,
};

pub(super) static LISTS_DISAGREE: Rule = Rule {
    id: "artifacts/lists-disagree",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "two lists, or a list and the manifest, say different things",
    allow: None,
};

pub(super) static EMPTY_LIST: Rule = Rule {
    id: "artifacts/empty-list",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a checksum list or manifest lists nothing",
    allow: None,
};

pub(super) static UNSAFE_PATH: Rule = Rule {
    id: "artifacts/unsafe-path",
    severity: Severity::Error,
    category: Category::Security,
    summary: "a listed name leads out of the artifacts' folder",
    allow: None,
};

pub(super) static EXPECTED_MISSING: Rule = Rule {
    id: "artifacts/expected-missing",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "an expected artifact is not there, or not listed",
    allow: None,
};

pub(super) static CHANGED_WHILE_READING: Rule = Rule {
    id: "artifacts/changed-while-reading",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "an artifact changed while it was read",
    allow: None,
};

pub(super) static NOT_UPLOADED: Rule = Rule {
    id: "artifacts/not-uploaded",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a workflow artifact or release asset is not there, empty or gone",
    allow: None,
};

pub(super) static UPLOAD_DIFFERS: Rule = Rule {
    id: "artifacts/upload-differs",
    severity: Severity::Error,
    category: Category::SupplyChain,
    summary: "what was uploaded is not what was built",
    allow: None,
};

pub(super) static EXPIRES_EARLY: Rule = Rule {
    id: "artifacts/expires-early",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "a workflow artifact is not kept as long as the policy asks",
    allow: None,
};
