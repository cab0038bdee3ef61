//! Entries that can be read, and those that cannot.

use super::*;

fn read(text: &str) -> Entry {
    parse(text).unwrap_or_else(|malformed| panic!("{text}: {}", malformed.message))
}

fn fault(text: &str) -> String {
    parse(text).err().map_or_else(|| "none".to_owned(), |malformed| malformed.message)
}

#[test]
fn entries_are_read() {
    assert!(read("GEMINI_API_KEY").is_bare());
    assert_eq!(read("  A_KEY  ").name, "A_KEY");
    assert!(
        matches!(read("DATABASE_URL: postgres-url").kind, Some(Kind::Providers(rows)) if rows.len() == 1)
    );
    assert!(matches!(read("TOKEN:github").kind, Some(Kind::Providers(rows)) if rows.len() > 4));
    let entry = read("PORT: port optional min-length=2");
    assert!(entry.optional && entry.min_length == Some(2));
    assert_eq!(read("R: one-of(a b | c)").one_of, Some(vec!["a b".to_owned(), "c".to_owned()]));
    assert_eq!(read("R: equals(production)").one_of, Some(vec!["production".to_owned()]));
    assert_eq!(read("K: aws-access-key-id account=123456789012").account.as_deref(), Some("123456789012"));
    for text in ["P: /a/b c/ optional", r"P: /^[A-Z]{3}$/", "P: optional /x y/"] {
        assert!(matches!(read(text).kind, Some(Kind::Pattern(_))), "{text}");
    }
    assert!(matches!(read("P: /b(/)?c/").kind, Some(Kind::Pattern(regex)) if regex.is_match("b/c")));
    assert!(matches!(read("P: /b/").kind, Some(Kind::Pattern(regex)) if !regex.is_match("abc")));
}

#[test]
fn each_fault_is_named() {
    let cases = [
        ("", "does not begin with the name"),
        ("1A", "does not begin with the name"),
        ("-", "does not begin with the name"),
        ("A=b", "assigns a value"),
        ("A, B", "several names"),
        ("A B", "has no `:`"),
        ("A:", "says nothing"),
        ("A: prot", "unknown kind `prot`"),
        ("A: zzzzzzzzzzz", "has an unknown kind"),
        ("A: port url", "two kinds"),
        ("A: port /x/", "two kinds"),
        ("A: /x", "without its closing"),
        ("A: //", "empty or longer"),
        ("A: /(/", "cannot be read"),
        ("A: /(?=x)/", "cannot be read"),
        ("A: /a)|(b/", "cannot be read"),
        ("A: /((a{100}){100}){100}/", "cannot be read"),
        ("A: one-of(a", "without its `)`"),
        ("A: one-of(a||b)", "empty value"),
        ("A: two-of(a)", "unknown kind"),
        ("A: min-length=x", "no number"),
        ("A: account=1", "twelve digits"),
    ];
    for (text, expected) in cases {
        assert!(fault(text).contains(expected), "{text}: {}", fault(text));
    }
}

#[test]
fn what_may_be_a_value_is_never_shown() {
    let random = "k3Jx9QmZ7bT1vLw5Rs8YdNfHgPcUa2Ei4oXq";
    let values = [
        random.to_owned(),
        format!("ghp{}{random}", "_"),
        format!("A: {random}"),
        format!("A={random}"),
        format!("A {random}"),
        "JBSWY3DPEHPK3PXP".to_owned(),
        format!("A: one-of({random}"),
        format!("A: /{random}"),
    ];
    for value in values {
        let malformed = parse(&value).err().unwrap_or_else(|| panic!("{value} is an entry"));
        let shown = format!("{malformed:?}");
        assert!(!shown.contains(random) && !shown.contains("JBSW"), "{shown}");
    }
    assert_eq!(fault("OAUTH2_CLIENT_SECRET_2024"), "none");
    assert_eq!(fault("DOCKERHUBTOKEN"), "none");
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_entry_or_not(text in "(?s)([A-Z_]{1,5})?(:|=| |/|optional|one-of\\(|\\)|\\||min-length=|\\PC){0,20}") {
        let _ = parse(&text);
    }
}
