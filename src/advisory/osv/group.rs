//! Records of several databases that are about one flaw.

use std::collections::HashMap;

/// Groups records by the ids that they share, directly or through others: the numbers of the records, in the order of
/// their first member.
pub fn groups<'r>(ids: impl IntoIterator<Item = impl IntoIterator<Item = &'r str>>) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (number, ids) in ids.into_iter().enumerate() {
        parents.push(number);
        for id in ids {
            let other = *known.entry(id).or_insert(number);
            let (a, b) = (root(&mut parents, other), root(&mut parents, number));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for number in 0..parents.len() {
        let root = root(&mut parents, number);
        groups[root].push(number);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn root(parents: &mut [usize], mut number: usize) -> usize {
    while parents[number] != number {
        parents[number] = parents[parents[number]];
        number = parents[number];
    }
    number
}

/// How an id ranks among those of one flaw: people know GHSA and CVE best.
pub fn rank(id: &str) -> usize {
    const KNOWN: [&str; 7] = ["MAL-", "GHSA-", "CVE-", "RUSTSEC-", "PYSEC-", "GO-", "OSV-"];
    KNOWN.iter().position(|prefix| id.starts_with(prefix)).unwrap_or(KNOWN.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_make_groups_in_any_order() {
        let records = [vec!["a"], vec!["b"], vec!["c"], vec!["d", "b", "a"], vec!["e", "x"], vec!["f", "x"]];
        assert_eq!(groups(records), [vec![0, 1, 3], vec![2], vec![4, 5]]);
        assert!(groups(Vec::<Vec<&str>>::new()).is_empty());
    }

    #[test]
    fn known_ids_come_first() {
        let mut ids = ["X-1", "PYSEC-1", "CVE-1", "GHSA-1"];
        crate::sorted::by_key(&mut ids, |id| rank(id));
        assert_eq!(ids, ["GHSA-1", "CVE-1", "PYSEC-1", "X-1"]);
    }
}
