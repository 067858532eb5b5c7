//! Version strings: how they are cut into components, ordered, and told apart from package names.

use std::cmp::Ordering;

/// Iterates over the components of a version, as `builtins.splitVersion` lists them.
///
/// `.` and `-` separate components and belong to none; besides, a component ends wherever digits
/// meet other characters.
#[derive(Clone, Debug)]
pub struct Components<'v> {
    rest: &'v [u8],
}

/// The components of `version`.
#[must_use]
pub fn components(version: &[u8]) -> Components<'_> {
    Components { rest: version }
}

fn is_separator(byte: u8) -> bool {
    byte == b'.' || byte == b'-'
}

impl<'v> Iterator for Components<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let start = self.rest.iter().position(|&byte| !is_separator(byte))?;
        let rest = &self.rest[start..];
        let numeric = rest[0].is_ascii_digit();
        let belongs =
            |byte: &u8| byte.is_ascii_digit() == numeric && (numeric || !is_separator(*byte));
        let end = rest.iter().take_while(|byte| belongs(byte)).count();
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}

/// The value of an all-digit component that fits 32 bits with sign; longer ones compare as words.
fn small_number(component: &[u8]) -> Option<i32> {
    std::str::from_utf8(component).ok()?.parse().ok()
}

/// Whether `left` is an older component than `right`. A missing component is the empty string.
fn is_older(left: &[u8], right: &[u8]) -> bool {
    match (small_number(left), small_number(right)) {
        (Some(left), Some(right)) => left < right,
        (_, Some(_)) if left.is_empty() => true,
        _ if left == b"pre" => right != b"pre",
        _ if right == b"pre" => false,
        (_, Some(_)) => true,
        (Some(_), _) => false,
        _ => left < right,
    }
}

/// The order of two versions, as `builtins.compareVersions` gives it.
#[must_use]
pub fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (mut lefts, mut rights) = (components(left), components(right));
    loop {
        let (left, right) = match (lefts.next(), rights.next()) {
            (None, None) => return Ordering::Equal,
            (left, right) => (left.unwrap_or_default(), right.unwrap_or_default()),
        };
        if is_older(left, right) {
            return Ordering::Less;
        }
        if is_older(right, left) {
            return Ordering::Greater;
        }
    }
}

/// Cuts a derivation name at the first dash that no letter follows: `("nix", "2.3")` for `nix-2.3`.
/// The version is empty when there is no such dash.
#[must_use]
pub fn parse_drv_name(full: &[u8]) -> (&[u8], &[u8]) {
    let dash = full
        .windows(2)
        .position(|pair| pair[0] == b'-' && !pair[1].is_ascii_alphabetic());
    match dash {
        Some(at) => (&full[..at], &full[at + 1..]),
        None => (full, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(version: &str) -> Vec<String> {
        components(version.as_bytes())
            .map(|c| String::from_utf8_lossy(c).into_owned())
            .collect()
    }

    #[test]
    fn separators_and_digit_changes_end_a_component() {
        assert_eq!(split("1.2.3pre4-rc"), ["1", "2", "3", "pre", "4", "rc"]);
        assert_eq!(split("..--"), [""; 0]);
        assert_eq!(split("a..1-"), ["a", "1"]);
    }

    #[test]
    fn order_of_versions_is_that_of_nix() {
        let order = [
            ("1.0", "2.3", Ordering::Less),
            ("2.1", "2.3", Ordering::Less),
            ("2.3", "2.3", Ordering::Equal),
            ("2.5", "2.3", Ordering::Greater),
            ("3.1", "2.3", Ordering::Greater),
            ("2.3.1", "2.3", Ordering::Greater),
            ("2.3.1", "2.3a", Ordering::Greater),
            ("2.3pre1", "2.3", Ordering::Less),
            ("2.3pre3", "2.3pre12", Ordering::Less),
            ("2.3a", "2.3c", Ordering::Less),
            ("2.3pre1", "2.3c", Ordering::Less),
            ("2.3pre1", "2.3q", Ordering::Less),
            ("", "a", Ordering::Less),
            ("", "pre", Ordering::Greater),
            ("007", "7", Ordering::Equal),
            ("99999999999", "1a", Ordering::Less),
        ];
        for (left, right, expected) in order {
            assert_eq!(
                compare(left.as_bytes(), right.as_bytes()),
                expected,
                "{left} {right}"
            );
            assert_eq!(
                compare(right.as_bytes(), left.as_bytes()),
                expected.reverse()
            );
        }
    }

    #[test]
    fn names_end_at_a_dash_before_a_non_letter() {
        assert_eq!(
            parse_drv_name(b"apache-httpd-2.0"),
            (&b"apache-httpd"[..], &b"2.0"[..])
        );
        assert_eq!(parse_drv_name(b"a--b"), (&b"a"[..], &b"-b"[..]));
        assert_eq!(parse_drv_name(b"a-"), (&b"a-"[..], &b""[..]));
        assert_eq!(parse_drv_name(b"-1"), (&b""[..], &b"1"[..]));
    }
}
