//! Values in a manifest of Kubernetes: `kind: Secret` with base64 below `data`, or text below `stringData`.

use std::ops::Range;

use data_encoding::BASE64;

use super::window::Window;
use super::{Doubt, Hit, Kind, dummy, random};

/// Shortest value.
const SHORTEST: usize = 8;

/// The first value of the Secret whose `kind: Secret` the anchor is, as far as the window shows it; one that looks
/// drawn by lot before all others.
pub fn at(window: &Window<'_>) -> Option<Hit> {
    // `kind: SecretStore` is something else.
    if !matches!(window.at(window.end), b'\n' | b'\r' | b' ' | 0) {
        return None;
    }
    let hits = Lines { window, at: document(window).start, end: document(window).end, encoded: None }
        .filter_map(|(value, encoded)| {
            Some(Hit {
                kind: Kind::Manifest,
                doubt: doubt(window, &value, encoded)?,
                range: window.whole(value),
            })
        });
    hits.min_by_key(|hit| (hit.doubt.is_some(), hit.range.start))
}

/// The document that the anchor lies in.
fn document(window: &Window<'_>) -> Range<usize> {
    let start = memchr::memmem::rfind(window.part(0..window.start), b"\n---").map_or(0, |place| place + 4);
    let rest = window.part(window.end..window.text.len());
    start..memchr::memmem::find(rest, b"\n---").map_or(window.text.len(), |place| window.end + place)
}

/// `None` if the value is none; `Some(doubt)` if it is one.
fn doubt(window: &Window<'_>, value: &Range<usize>, encoded: bool) -> Option<Option<Doubt>> {
    let value = window.part(value.clone());
    let plain = match encoded {
        true => BASE64.decode(value).ok()?,
        false => value.to_vec(),
    };
    if value.len() < SHORTEST || plain.is_empty() || value.iter().any(|byte| b"{}$<>*".contains(byte)) {
        return None;
    }
    if dummy::doubt(&plain).is_some() || dummy::doubt(value).is_some() {
        return Some(Some(Doubt::Placeholder));
    }
    Some((!random::has_random_part(&plain)).then_some(Doubt::Words))
}

/// The entries below `data` and `stringData`: ranges of values, and whether they are encoded.
struct Lines<'w, 't> {
    window: &'w Window<'t>,
    at: usize,
    end: usize,
    /// Whether the values of the block are encoded; `None` outside of one. With its indentation.
    encoded: Option<(bool, usize)>,
}

impl Iterator for Lines<'_, '_> {
    type Item = (Range<usize>, bool);

    fn next(&mut self) -> Option<(Range<usize>, bool)> {
        while self.at < self.end {
            let start = self.at;
            let length = self.window.part(start..self.end).iter().position(|byte| *byte == b'\n');
            let end = length.map_or(self.end, |length| start + length);
            self.at = end + 1;
            let line = self.window.part(start..end).trim_ascii_end();
            let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let text = &line[indent..];
            if text.is_empty() || text.starts_with(b"#") {
                continue;
            }
            if text == b"data:" || text == b"stringData:" {
                self.encoded = Some((text == b"data:", indent));
                continue;
            }
            let Some((encoded, outer)) = self.encoded else { continue };
            if indent <= outer {
                self.encoded = None;
                continue;
            }
            let Some(colon) = text.iter().position(|byte| *byte == b':') else { continue };
            let quoted = &text[colon + 1..];
            let blank = quoted.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'')).count();
            let value =
                quoted[blank..].split(|byte| matches!(byte, b' ' | b'"' | b'\'')).next().unwrap_or_default();
            let first = start + indent + colon + 1 + blank;
            if value.len() >= SHORTEST {
                return Some((first..first + value.len(), encoded));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::detector;

    fn found(text: &str) -> Vec<(&'static str, bool, &str)> {
        let hits = detector().scan(text.as_bytes());
        hits.into_iter().map(|hit| (hit.kind.id(), hit.doubt.is_some(), &text[hit.range])).collect()
    }

    #[test]
    fn values_of_secrets_are_found() {
        let drawn = "kind: Secret\ndata:\n  # why\n  user: YWRtaW4=\n  entry: UXY4aDJMcDRSazdtWDlrUQ==\n";
        assert_eq!(found(drawn), [("kubernetes-secret-yaml", false, "UXY4aDJMcDRSazdtWDlrUQ==")]);
        let words = "data:\n    entry: bXlwYXNzd29yZA==\nkind: Secret\n";
        assert_eq!(found(words), [("kubernetes-secret-yaml", true, "bXlwYXNzd29yZA==")]);
        let text = "kind: Secret\nstringData:\n  entry: 'Qv8h2Lp4Rk7mX9kQ'\n";
        assert_eq!(found(text), [("kubernetes-secret-yaml", false, "Qv8h2Lp4Rk7mX9kQ")]);
        for other in [
            "kind: SecretStore\ndata:\n  entry: UXY4aDJMcDRSazdtWDlrUQ==\n",
            "kind: Secret\nmetadata:\n  name: UXY4aDJMcDRSazdtWDlrUQ==\n",
            "kind: Secret\ndata:\n  entry: {{ .Values.entry }}\n",
            "kind: Secret\n---\nkind: ConfigMap\ndata:\n  entry: UXY4aDJMcDRSazdtWDlrUQ==\n",
        ] {
            assert_eq!(found(other), [], "{other}");
        }
    }
}
