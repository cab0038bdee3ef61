//! Lines of git's protocol: four hex digits of length, then the content.

/// A line, or one of the marks between groups of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Content.
    Data(&'a [u8]),
    /// `0000`
    Flush,
    /// `0001`
    Delimiter,
    /// `0002`
    End,
}

/// A line with this content.
pub fn line(content: &[u8]) -> Vec<u8> {
    let mut line = format!("{:04x}", content.len() + 4).into_bytes();
    line.extend_from_slice(content);
    line
}

/// All lines of an answer; `None` if it is cut or something else.
pub fn read(mut bytes: &[u8]) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_at_checked(4)?;
        let length = usize::from_str_radix(std::str::from_utf8(head).ok()?, 16).ok()?;
        bytes = match length {
            0 => {
                lines.push(Line::Flush);
                rest
            }
            1 => {
                lines.push(Line::Delimiter);
                rest
            }
            2 => {
                lines.push(Line::End);
                rest
            }
            _ => {
                let (content, rest) = rest.split_at_checked(length.checked_sub(4)?)?;
                lines.push(Line::Data(content));
                rest
            }
        };
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_marks_are_told_apart() {
        let mut bytes = line(b"a\n");
        bytes.extend_from_slice(b"0001");
        bytes.extend(line(b""));
        bytes.extend_from_slice(b"0000");
        let expected = [Line::Data(b"a\n"), Line::Delimiter, Line::Data(b""), Line::Flush];
        assert_eq!(read(&bytes).unwrap(), expected);
        for cut in ["00", "0003", "0009ab", "zzzz", "+010"] {
            assert_eq!(read(cut.as_bytes()), None, "{cut}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(0u8.., 0..64)) {
            let _ = read(&bytes);
        }
    }
}
