//! Target frameworks: in one form, and in conditions.

/// Alternatives of a condition that are told apart. Each element inside of another keeps them.
const MOST_PARTS: usize = 20;

/// Where an element of MSBuild counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Everywhere.
    Always,
    /// For these frameworks.
    Only(Vec<String>),
    /// For all but these frameworks.
    Except(Vec<String>),
    /// Only MSBuild knows.
    Unknown,
}

impl When {
    /// What a condition says. Only comparisons with `$(TargetFramework)` are understood.
    pub fn of(condition: &str) -> When {
        let condition = condition.trim().to_ascii_lowercase();
        if condition.is_empty() {
            return When::Always;
        }
        let mut only = Vec::new();
        let parts: Vec<&str> = condition.split(" or ").take(MOST_PARTS + 1).collect();
        if parts.len() > MOST_PARTS {
            return When::Unknown;
        }
        for part in &parts {
            let (equal, (left, right)) = match (part.split_once("=="), part.split_once("!=")) {
                (Some(sides), None) => (true, sides),
                (None, Some(sides)) => (false, sides),
                _ => return When::Unknown,
            };
            let unquoted = |side: &str| side.trim().trim_matches('\'').trim().to_owned();
            let Some(name) = framework(&unquoted(right)).filter(|_| unquoted(left) == "$(targetframework)")
            else {
                return When::Unknown;
            };
            match equal {
                true => only.push(name),
                false if parts.len() == 1 => return When::Except(vec![name]),
                false => return When::Unknown,
            }
        }
        When::Only(only)
    }

    /// What is said by an element inside of another.
    pub fn and(&self, inner: When) -> When {
        match (self, inner) {
            (When::Always, inner) => inner,
            (outer, When::Always) => outer.clone(),
            _ => When::Unknown,
        }
    }

    /// True if it counts for a framework in the form of [`framework`]; nothing if only MSBuild knows.
    pub fn counts(&self, name: &str) -> Option<bool> {
        match self {
            When::Always => Some(true),
            When::Only(names) => Some(names.iter().any(|own| own == name)),
            When::Except(names) => Some(names.iter().all(|own| own != name)),
            When::Unknown => None,
        }
    }
}

/// A framework in one form, whether it is written as in projects (`net472`) or as in lockfiles
/// (`.NETFramework,Version=v4.7.2`). The version of a platform is left out: where it is not written, the SDK adds its
/// own.
pub fn framework(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let is_version =
        |text: &str| text.split('.').count() >= 2 && text.split('.').all(|part| part.parse::<u32>().is_ok());
    if let Some((family, version)) = text.split_once(",version=v") {
        return match family {
            ".netframework" => Some(digits(version)),
            ".netstandard" => Some(format!("netstandard{version}")),
            ".netcoreapp" => Some(core(version)),
            _ => None,
        };
    }
    let (name, platform) = text.split_once('-').map_or((text.as_str(), ""), |(name, after)| {
        (name, after.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
    });
    if let Some(version) = name.strip_prefix("netstandard") {
        return (is_version(version) && platform.is_empty()).then(|| name.to_owned());
    }
    if let Some(version) = name.strip_prefix("netcoreapp") {
        return (is_version(version) && platform.is_empty()).then(|| core(version));
    }
    let version = name.strip_prefix("net")?;
    if version.len() >= 2 && version.bytes().all(|b| b.is_ascii_digit()) {
        return platform.is_empty().then(|| digits(version));
    }
    if !is_version(version) {
        return None;
    }
    let major: u32 = version.split('.').next()?.parse().ok()?;
    match (major, platform) {
        (..5, "") => Some(digits(version)),
        (..5, _) => None,
        (_, "") => Some(name.to_owned()),
        _ => Some(format!("{name}-{platform}")),
    }
}

/// `netcoreapp3.1`, and `net5.0` for what was called .NET Core before.
fn core(version: &str) -> String {
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default();
    let family = if major < 5 { "netcoreapp" } else { "net" };
    format!("{family}{version}")
}

/// `net48` for `4.8` and `480`.
fn digits(version: &str) -> String {
    let mut digits = version.replace('.', "");
    while digits.len() > 2 && digits.ends_with('0') {
        digits.pop();
    }
    format!("net{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frameworks_have_one_form() {
        let same = |one: &str, other: &str| framework(one).is_some() && framework(one) == framework(other);
        assert!(same("net472", ".NETFramework,Version=v4.7.2") && same("net4.8", "net480"));
        assert!(
            same("net5.0", ".NETCoreApp,Version=v5.0") && same("netstandard2.0", ".NETStandard,Version=v2.0")
        );
        assert!(same("net6.0-windows", "net6.0-windows7.0") && same("NET8.0", "net8.0"));
        assert!(!same("net8.0", "net9.0") && !same("net8.0", "net8.0-windows"));
        assert!(framework("$(X)").is_none() && framework("net").is_none() && framework("uap10.0").is_none());
    }

    #[test]
    fn conditions_say_where_something_counts() {
        let counts = |condition: &str, name: &str| When::of(condition).counts(name);
        assert_eq!(counts("'$(TargetFramework)' == 'net48'", "net48"), Some(true));
        assert_eq!(counts("'$(TargetFramework)'!='net48'", "net48"), Some(false));
        assert_eq!(
            counts("$(TargetFramework) == 'net48' OR '$(TargetFramework)'=='net8.0'", "net8.0"),
            Some(true)
        );
        assert_eq!(counts("'$(TargetFramework)' == 'net48' and '$(A)' == ''", "net48"), None);
        assert_eq!(counts("'$(Configuration)' == 'Debug'", "net48"), None);
        let many = vec!["'$(TargetFramework)' == 'net48'"; MOST_PARTS + 1].join(" or ");
        assert_eq!(counts(&many, "net48"), None);
        assert_eq!(When::Always.and(When::of("")), When::Always);
    }
}
