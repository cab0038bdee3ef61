//! Composer's version constraints, as far as plain releases go.

/// The four numbers of a version.
type Release = [u64; 4];

/// Constraints longer than this are nobody's.
const LONGEST: usize = 1024;

/// True if the constraint allows the version; `None` where branches, stabilities and the like decide.
pub fn allows(constraint: &str, version: &str) -> Option<bool> {
    if constraint.len() > LONGEST {
        return None;
    }
    let version = release(version)?.0;
    let constraint = constraint.replace("||", "|");
    let mut result = false;
    for part in constraint.split('|') {
        result |= all(part.trim(), version)?;
    }
    Some(result)
}

fn all(text: &str, version: Release) -> Option<bool> {
    if let Some((from, to)) = text.split_once(" - ") {
        let ((from, _), (to, given)) = (release(from)?, release(to)?);
        let end = if given >= 3 { version <= to } else { version < next(to, given - 1)? };
        return Some(version >= from && end);
    }
    let mut result = true;
    let mut sign = String::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        if word.chars().all(|c| "<>=!~^".contains(c)) {
            sign.push_str(word);
            continue;
        }
        result &= one(&format!("{sign}{word}"), version)?;
        sign.clear();
    }
    sign.is_empty().then_some(result)
}

fn one(text: &str, version: Release) -> Option<bool> {
    // A stability says which releases may be taken, not which versions.
    let text = text.split('@').next()?;
    if text.is_empty() || text == "*" {
        return Some(true);
    }
    let end = text.find(|c: char| !"<>=!~^".contains(c))?;
    let (sign, written) = text.split_at(end);
    if let Some(base) = written.strip_suffix(".*").or_else(|| written.strip_suffix(".x")) {
        let (lowest, given) = release(base)?;
        let inside = version >= lowest && version < next(lowest, given.checked_sub(1)?)?;
        return match sign {
            "" | "=" | "==" => Some(inside),
            "!=" => Some(!inside),
            _ => None,
        };
    }
    let (lowest, given) = release(written)?;
    Some(match sign {
        "" | "=" | "==" => version == lowest,
        "!=" | "<>" => version != lowest,
        ">" => version > lowest,
        ">=" => version >= lowest,
        "<" => version < lowest,
        "<=" => version <= lowest,
        "~" => version >= lowest && version < next(lowest, given.saturating_sub(2))?,
        "^" => {
            let held = lowest[..given].iter().position(|part| *part != 0).unwrap_or(given.checked_sub(1)?);
            version >= lowest && version < next(lowest, held)?
        }
        _ => return None,
    })
}

/// The numbers of a version and how many are written; `None` for branches and prereleases.
fn release(text: &str) -> Option<(Release, usize)> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    let text = text.split('+').next()?;
    let mut release = [0; 4];
    let mut given = 0;
    for part in text.split('.') {
        *release.get_mut(given)? = part.parse().ok()?;
        given += 1;
    }
    Some((release, given))
}

/// The first version behind all that share the numbers up to `at`.
fn next(release: Release, at: usize) -> Option<Release> {
    let mut result = [0; 4];
    result[..=at].copy_from_slice(release.get(..=at)?);
    result[at] = result[at].checked_add(1)?;
    Some(result)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn constraints_hold_what_composer_says() {
        assert_eq!(allows("^1.2", "1.9.0"), Some(true));
        assert_eq!(allows("^1.2", "v2.0.0"), Some(false));
        assert_eq!(allows("^0.3", "0.4.0"), Some(false));
        assert_eq!(allows("~1.2", "1.9"), Some(true));
        assert_eq!(allows("~1.2.3", "1.3.0"), Some(false));
        assert_eq!(allows("1.2.*", "1.2.7"), Some(true));
        assert_eq!(allows(">=1.0 <2.0 || ^3.1", "3.2.0"), Some(true));
        assert_eq!(allows("1.0 - 2.0", "2.0.9"), Some(true));
        assert_eq!(allows("1.0 - 2.0.0", "2.0.9"), Some(false));
        assert_eq!(allows("^2.0@beta", "2.1.0"), Some(true));
        assert_eq!(allows("dev-main", "1.0.0"), None);
        assert_eq!(allows("^1.0", "1.1.0-beta1"), None);
    }

    proptest! {
        #[test]
        fn nothing_crashes(text in "[0-9^~<>=!|., *@a-]{0,24}", version in "[0-9.v]{0,12}") {
            let _ = allows(&text, &version);
        }
    }
}
