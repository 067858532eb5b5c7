//! "Did you mean": near misses of a name.

/// How many suggestions an error shows at most.
const LIMIT: usize = 5;
/// How many single-byte edits a suggestion may be away.
const MAX_DISTANCE: usize = 2;

/// The number of single-byte insertions, deletions and substitutions between two names.
#[must_use]
pub fn levenshtein_distance(left: &[u8], right: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, &from) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

/// The names to suggest for `wanted`: the nearest first, equally near ones in byte order, each once.
pub fn best_matches<'n>(wanted: &[u8], names: impl Iterator<Item = &'n [u8]>) -> Vec<&'n [u8]> {
    let mut found: Vec<(usize, &[u8])> = names
        .filter(|name| name.len().abs_diff(wanted.len()) <= MAX_DISTANCE)
        .map(|name| (levenshtein_distance(wanted, name), name))
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(LIMIT);
    found.into_iter().map(|(_, name)| name).collect()
}

/// The hint for `names`, such as `Did you mean one of a, b or c?`, with `decorate` writing each name
/// (a terminal colours it). Empty when there is nothing to suggest.
pub fn did_you_mean(names: &[&[u8]], decorate: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut hint = Vec::new();
    let Some((first, others)) = names.split_first() else {
        return hint;
    };
    hint.extend_from_slice(b"Did you mean ");
    if !others.is_empty() {
        hint.extend_from_slice(b"one of ");
    }
    decorate(first, &mut hint);
    for (i, name) in others.iter().enumerate() {
        let joint: &[u8] = if i + 1 == others.len() {
            b" or "
        } else {
            b", "
        };
        hint.extend_from_slice(joint);
        decorate(name, &mut hint);
    }
    hint.push(b'?');
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_single_byte_edits() {
        let cases = [
            ("", "", 0),
            ("", "abc", 3),
            ("foo", "foo", 0),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ];
        for (left, right, expected) in cases {
            assert_eq!(
                levenshtein_distance(left.as_bytes(), right.as_bytes()),
                expected
            );
            assert_eq!(
                levenshtein_distance(right.as_bytes(), left.as_bytes()),
                expected
            );
        }
    }

    #[test]
    fn near_names_come_nearest_first_and_at_most_five() {
        let names: [&[u8]; 9] = [
            b"foooo", b"bar", b"fo", b"gao", b"fox", b"fob", b"foa", b"foc", b"fo",
        ];
        let expected: [&[u8]; 5] = [b"fo", b"foa", b"fob", b"foc", b"fox"];
        assert_eq!(best_matches(b"foo", names.into_iter()), expected);
        assert!(best_matches(b"zzzzzz", names.into_iter()).is_empty());
    }

    #[test]
    fn wording_depends_on_the_number_of_names() {
        let plain = |name: &[u8], out: &mut Vec<u8>| out.extend_from_slice(name);
        let hint =
            |names: &[&[u8]]| String::from_utf8_lossy(&did_you_mean(names, plain)).into_owned();
        assert_eq!(hint(&[]), "");
        assert_eq!(hint(&[b"a"]), "Did you mean a?");
        assert_eq!(hint(&[b"a", b"b"]), "Did you mean one of a or b?");
        assert_eq!(hint(&[b"a", b"b", b"c"]), "Did you mean one of a, b or c?");
    }
}
