//! The `Link` header of lists (RFC 8288, as far as GitHub uses it).

/// The address of the next page.
pub fn next(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let parameter = parameter.trim();
            parameter == "rel=\"next\"" || parameter == "rel=next"
        });
        is_next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn next_is_found_among_others() {
        let header = "<https://h/a?page=1>; rel=\"prev\", <https://h/a?page=3>; rel=\"next\", <https://h/a?page=9>; rel=\"last\"";
        assert_eq!(next(header), Some("https://h/a?page=3"));
        assert_eq!(next("<https://h/a>; rel=\"last\""), None);
        assert_eq!(next("rubbish, <"), None);
    }
}
