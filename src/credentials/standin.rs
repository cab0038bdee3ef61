//! Values that only stand in for one: blanks, placeholders, expressions that nobody evaluated, references to a
//! secret store that nobody resolved.

/// What stands where a value should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// Nothing that can be seen.
    Blank,
    /// What people write until they have the value; says how it is recognised.
    Placeholder(&'static str),
    /// An expression or variable of this language.
    Unexpanded(&'static str),
    /// An address in this secret store.
    Reference(&'static str),
}

/// Words for a value that is still missing, whatever the variable is for.
const MISSING: &[&str] = &[
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "todo",
    "tbd",
    "fixme",
    "placeholder",
    "redacted",
    "undefined",
    "fillme",
    "fillmein",
    "fillin",
    "insertme",
    "setme",
    "notset",
    "unset",
    "xxx",
    "yyy",
    "zzz",
];

/// Words that may well be the value of plain configuration, and are never a secret.
const NO_SECRET: &[&str] = &[
    "dummy",
    "fake",
    "sample",
    "example",
    "secret",
    "password",
    "passw0rd",
    "passwd",
    "token",
    "apikey",
    "key",
    "none",
    "nil",
    "null",
    "nan",
    "na",
    "empty",
    "hidden",
    "masked",
    "test",
    "testing",
    "foo",
    "bar",
    "baz",
    "foobar",
    "default",
    "abc",
    "abc123",
    "abcdef",
    "qwerty",
    "asdf",
    "true",
    "false",
    "mysecret",
    "mypassword",
    "mytoken",
    "mykey",
    "secretkey",
    "accesskey",
    "yoursecret",
    "string",
    "value",
    "admin",
    "letmein",
];

/// Prefixes of tokens that people keep when they cross out the rest.
const PREFIXES: &[&str] = &[
    "sk", "pk", "rk", "ghp", "gho", "ghs", "github", "pat", "npm", "pypi", "xoxb", "xoxp", "xapp", "akia",
    "asia", "aiza", "aq", "sg", "key", "token", "proj", "ant", "api", "api03", "live", "test", "glpat", "hf",
    "whsec", "dop", "v1", "aws", "secret", "bearer",
];

/// Beginnings of addresses in a secret store, and the store.
const REFERENCES: &[(&str, &str)] = &[
    ("op://", "1Password"),
    ("vault://", "Vault"),
    ("vault:", "Vault"),
    ("hashivault://", "Vault"),
    ("doppler://", "Doppler"),
    ("infisical://", "Infisical"),
    ("bw://", "Bitwarden"),
    ("keeper://", "Keeper"),
    ("akeyless:", "Akeyless"),
    ("ref+", "vals"),
    ("aws-sm:", "AWS Secrets Manager"),
    ("awssm://", "AWS Secrets Manager"),
    ("arn:aws:secretsmanager:", "AWS Secrets Manager"),
    ("arn:aws-us-gov:secretsmanager:", "AWS Secrets Manager"),
    ("arn:aws-cn:secretsmanager:", "AWS Secrets Manager"),
    ("arn:aws:ssm:", "AWS Systems Manager"),
    ("ssm:", "AWS Systems Manager"),
    ("{{resolve:", "AWS CloudFormation"),
    ("gcp-sm:", "Google Secret Manager"),
    ("sm://", "Google Secret Manager"),
    ("gsm://", "Google Secret Manager"),
    ("akv://", "Azure Key Vault"),
    ("@microsoft.keyvault(", "Azure Key Vault"),
    ("enc[aes256_gcm,", "sops"),
];

/// What stands in for the value of the variable `name`, if anything does. `plain` variables are configuration:
/// ordinary words are values there.
pub fn of(value: &str, name: &str, plain: bool) -> Option<StandIn> {
    let text = value.trim_matches(is_blank);
    if text.is_empty() {
        return Some(StandIn::Blank);
    }
    // Nobody writes a placeholder this long, and the rest of this file reads the text several times.
    if text.len() > 4096 {
        return None;
    }
    if let Some(language) = unexpanded(text) {
        return Some(StandIn::Unexpanded(language));
    }
    if let Some(store) = reference(text) {
        return Some(StandIn::Reference(store));
    }
    placeholder(text, name, plain).map(StandIn::Placeholder)
}

/// White space, and characters that nobody can see.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn unexpanded(text: &str) -> Option<&'static str> {
    let inner = |open: &str, close: &str| text.strip_prefix(open)?.strip_suffix(close);
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let contexts = ["secrets", "vars", "env", "github", "inputs", "needs", "steps", "matrix"];
    let expression = |start: usize| {
        let after = text[start + 3..].trim_start();
        contexts
            .iter()
            .any(|context| after.strip_prefix(context).is_some_and(|rest| rest.starts_with(['.', '[', ' '])))
            && after.contains("}}")
    };
    if inner("${{", "}}").is_some() || text.match_indices("${{").any(|(start, _)| expression(start)) {
        return Some("GitHub Actions");
    }
    if let Some(name) = inner("${", "}") {
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let rest_is_default = name[end..].is_empty() || name[end..].starts_with([':', '?', '+', '-']);
        return (is_name(&name[..end]) && rest_is_default).then_some("the shell");
    }
    if inner("$(", ")").is_some() {
        return Some("the shell");
    }
    let is_constant = |name: &str| is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase());
    if text.strip_prefix('$').is_some_and(is_constant) {
        return Some("the shell");
    }
    if text.strip_prefix("$env:").or(text.strip_prefix("$Env:")).is_some_and(is_name) {
        return Some("PowerShell");
    }
    if inner("%", "%").is_some_and(is_name) {
        return Some("the Windows command line");
    }
    inner("{{", "}}").filter(|inside| !inside.contains(['{', '"', '\n'])).map(|_| "a template")
}

fn reference(text: &str) -> Option<&'static str> {
    let start: String = text.chars().take(40).collect::<String>().to_ascii_lowercase();
    let known = REFERENCES.iter().find(|(prefix, _)| start.starts_with(prefix) && text.len() > prefix.len());
    if let Some((_, store)) = known {
        // `vault:` may begin a passphrase; an address has no spaces.
        return (!text.contains(char::is_whitespace) || start.starts_with("enc[")).then_some(*store);
    }
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        ["projects", _, "secrets", _] | ["projects", _, "secrets", _, "versions", _] => {
            Some("Google Secret Manager")
        }
        ["https:", "", host, "secrets", _, ..] if host.ends_with(".vault.azure.net") => {
            Some("Azure Key Vault")
        }
        _ => None,
    }
}

fn placeholder(text: &str, name: &str, plain: bool) -> Option<&'static str> {
    let squeezed: String = text
        .chars()
        .filter(|c| !matches!(c, '-' | '_' | ' ' | '.' | '/'))
        .collect::<String>()
        .to_ascii_lowercase();
    if MISSING.contains(&squeezed.as_str()) || is_instruction(text, plain) {
        return Some("it is what people write until they have the value");
    }
    let wrapped = |open: char, close: char| {
        text.starts_with(open) && text.ends_with(close) && text.matches(open).count() == 1 && text.len() > 1
    };
    if wrapped('<', '>') || (wrapped('[', ']') && !text.contains(['"', ','])) {
        return Some("it is a name in brackets");
    }
    if wrapped('{', '}') && !text.contains([':', '"']) && text != "{}" {
        return Some("it is a name in braces");
    }
    if plain {
        return None;
    }
    if text.eq_ignore_ascii_case(name) || squeezed == name.to_ascii_lowercase().replace('_', "") {
        return Some("it is the name of the variable itself");
    }
    if squeezed.is_empty() || text.chars().all(|c| matches!(c, '*' | '.' | '-' | '_' | '?' | '#' | '…' | '•'))
    {
        return Some("it is punctuation only");
    }
    if NO_SECRET.contains(&squeezed.as_str()) {
        return Some("it is a word that everybody tries first");
    }
    if is_one_character(&squeezed) || is_crossed_out(text) {
        return Some("it is one character over and over");
    }
    if squeezed.starts_with("123456") && squeezed.chars().all(|c| c.is_ascii_digit()) {
        return Some("it is the digits in their order");
    }
    is_example(text).then_some("it is the example of the documentation")
}

/// `your-api-key-here`, `insert token here`, `REPLACE_WITH_REAL_KEY`
fn is_instruction(text: &str, plain: bool) -> bool {
    const VERBS: [&str; 5] = ["your", "insert", "enter", "paste", "replace"];
    // `my-key-service` may well be the name of something.
    const OF_SECRETS: [&str; 5] = ["my", "put", "add", "use", "set"];
    const THINGS: [&str; 9] =
        ["key", "token", "secret", "password", "here", "value", "id", "credential", "url"];
    if text.chars().count() > 80 || text.contains(['/', '@', ':', '=']) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty()).collect();
    let [first, rest @ ..] = words.as_slice() else { return false };
    // A random token cut at its `-` and `_` does not consist of short words without digits.
    let ordinary =
        |word: &&str| word.len() <= 14 && word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'');
    if rest.is_empty() || !words.iter().all(ordinary) {
        return false;
    }
    let verb = VERBS.contains(first) || (!plain && OF_SECRETS.contains(first));
    let asks = verb && rest.iter().any(|word| THINGS.contains(word));
    asks || rest.last() == Some(&"here") || words.starts_with(&["replace", "with"])
}

/// `aaaaaaaaaa`, `00000000-0000-0000-0000-000000000000`
fn is_one_character(squeezed: &str) -> bool {
    let mut chars = squeezed.chars();
    let Some(first) = chars.next() else { return false };
    let same = |least: usize| squeezed.chars().count() >= least && squeezed.chars().all(|c| c == first);
    match first {
        'x' | '*' | '.' | '0' | '1' | '#' | '?' => same(3) || (first == '0' || first == '1') && same(1),
        _ => same(6),
    }
}

/// `sk-xxxxxxxx`, `AKIAXXXX…`, `xoxb-xxxx-xxxx`, `ghp_****`
fn is_crossed_out(text: &str) -> bool {
    let filler = |part: &str| {
        let first = part.chars().next().unwrap_or_default();
        let least = match first {
            '…' | '•' => 1,
            '.' | '*' => 3,
            'x' | 'X' | '0' | '#' => 4,
            _ => return false,
        };
        part.chars().count() >= least && part.chars().all(|c| c == first)
    };
    let digits = |part: &str| part.len() >= 5 && "12345678901234567890".starts_with(part);
    let mut crossed = 0;
    for part in text.split(['-', '_', ':', ' ']).filter(|part| !part.is_empty()) {
        let lower = part.to_ascii_lowercase();
        let rests = PREFIXES.iter().filter_map(|prefix| lower.strip_prefix(prefix));
        let glued = rests.filter(|rest| !rest.is_empty()).any(|rest| filler(rest) || digits(rest));
        if filler(&lower) || digits(part) || glued {
            crossed += 1;
        } else if !PREFIXES.contains(&lower.as_str()) {
            return false;
        }
    }
    crossed > 0
}

/// Keys that stand in the documentation of AWS, and end in EXAMPLE for that reason.
fn is_example(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    (text.len() == 20 && upper.starts_with("AKIA") && upper.ends_with("EXAMPLE"))
        || (text.len() == 40 && upper.ends_with("EXAMPLEKEY"))
}

#[cfg(test)]
mod tests;
