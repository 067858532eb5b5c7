//! Regular expressions as `builtins.match` and `builtins.split` know them.
//!
//! Nix hands patterns to C++'s `std::regex` with the `extended` grammar, on bytes. What that accepts and
//! which text each group gets differs from POSIX in details; this is an implementation of its behaviour.
//! Matching takes time within the size of the pattern times that of the text.

mod bracket;
mod graph;
mod matcher;
mod memo;
mod program;
mod scanner;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use memchr::memmem;

use self::matcher::{Buffers, Matcher, Start, UNSET};
use self::program::Program;

/// Why a pattern cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegexError {
    /// It is not an extended regular expression.
    Invalid,
    /// It needs too many states, or too much work on a text.
    TooLarge,
}

impl RegexError {
    /// The message of Nix for this error of `pattern`.
    #[must_use]
    pub fn message(self, pattern: &[u8]) -> Vec<u8> {
        let start: &[u8] = match self {
            Self::Invalid => b"invalid regular expression '",
            Self::TooLarge => b"memory limit exceeded by regular expression '",
        };
        [start, pattern, b"'"].concat()
    }
}

/// A compiled pattern.
pub struct Regex {
    program: Program,
    /// Set if the pattern is plain text.
    literal: Option<memmem::Finder<'static>>,
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Regex({} steps)", self.program.steps.len())
    }
}

/// Working memory of matches, to be used again for the next one with any pattern.
#[derive(Default)]
pub struct Scratch(Buffers);

impl Scratch {
    /// Ends matches soon after `flag` is set, as if they took too much work; it stays set.
    pub fn stop_with(&mut self, flag: Arc<AtomicBool>) {
        self.0.stop = flag;
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

/// What the groups of a pattern matched.
#[derive(Clone, Copy, Debug)]
pub struct Groups<'m> {
    slots: &'m [u32],
}

impl Groups<'_> {
    /// The byte ranges of the groups in order, without the whole match; nothing for a group that took no
    /// part in it.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Range<usize>>> {
        self.slots
            .chunks_exact(2)
            .map(|slots| (slots[1] != UNSET).then_some(slots[0] as usize..slots[1] as usize))
    }
}

/// One match inside a text.
#[derive(Clone, Debug)]
pub struct Match<'m> {
    /// The text between the match before this one, or the start, and this one.
    pub prefix: Range<usize>,
    /// The match.
    pub range: Range<usize>,
    /// Its groups.
    pub groups: Groups<'m>,
}

impl Regex {
    /// Compiles a pattern.
    pub fn new(pattern: &[u8]) -> Result<Self, RegexError> {
        let program = Program::new(graph::parse(pattern)?);
        let literal = program
            .literal()
            .map(|literal| memmem::Finder::new(&literal).into_owned());
        Ok(Self { program, literal })
    }

    /// Matches the whole of `text`, as `builtins.match` does.
    pub fn match_whole<'s>(
        &self,
        text: &[u8],
        scratch: &'s mut Scratch,
    ) -> Result<Option<Groups<'s>>, RegexError> {
        if let Some(literal) = &self.literal {
            return Ok((literal.needle() == text).then_some(Groups { slots: &[] }));
        }
        let found = Matcher::new(&self.program, text, &mut scratch.0)?.match_whole()?;
        Ok(found.then_some(Groups {
            slots: &scratch.0.best,
        }))
    }

    /// The matches inside `text`, one after the other, as `builtins.split` finds them.
    pub fn matches<'r>(
        &'r self,
        text: &'r [u8],
        scratch: &'r mut Scratch,
    ) -> Result<Matches<'r>, RegexError> {
        let matcher = Matcher::new(&self.program, text, &mut scratch.0)?;
        Ok(Matches {
            regex: self,
            text,
            matcher,
            last: None,
            line_begin: true,
            finished: false,
        })
    }
}

/// Goes through the matches inside a text.
pub struct Matches<'r> {
    regex: &'r Regex,
    text: &'r [u8],
    matcher: Matcher<'r>,
    last: Option<Range<usize>>,
    /// Whether `^` can match where the next search starts.
    line_begin: bool,
    finished: bool,
}

impl std::fmt::Debug for Matches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Matches(after {:?})", self.last)
    }
}

impl Matches<'_> {
    /// The next match. (Not an iterator, since the groups live in the matcher.)
    #[expect(
        clippy::should_implement_trait,
        reason = "an item borrows from the iterator"
    )]
    pub fn next(&mut self) -> Result<Option<Match<'_>>, RegexError> {
        if self.finished {
            return Ok(None);
        }
        let Some(range) = self.find()? else {
            self.finished = true;
            return Ok(None);
        };
        let prefix = self.last.as_ref().map_or(0, |last| last.end)..range.start;
        self.last = Some(range.clone());
        let slots: &[u32] = if self.regex.literal.is_some() {
            &[]
        } else {
            &self.matcher.buffers.best
        };
        Ok(Some(Match {
            prefix,
            range,
            groups: Groups { slots },
        }))
    }

    /// After an empty match, one that is not empty is tried at the same place before the search moves on.
    fn find(&mut self) -> Result<Option<Range<usize>>, RegexError> {
        let Some(last) = &self.last else {
            return self.search(0);
        };
        let mut from = last.end;
        if last.is_empty() {
            if from == self.text.len() {
                return Ok(None);
            }
            let start = Start {
                at: from as u32,
                line_begin: self.line_begin,
                not_empty: true,
            };
            if let Some(end) = self.matcher.match_at(start)? {
                return Ok(Some(from..end as usize));
            }
            from += 1;
        }
        self.line_begin = false;
        self.search(from)
    }

    /// The leftmost match that starts at `from` or later.
    fn search(&mut self, from: usize) -> Result<Option<Range<usize>>, RegexError> {
        if let Some(literal) = &self.regex.literal {
            let found = literal.find(&self.text[from..]).map(|at| from + at);
            return Ok(found.map(|at| at..at + literal.needle().len()));
        }
        let mut at = from;
        while at <= self.text.len() {
            if let Some(bytes) = &self.regex.program.first_bytes {
                let Some(ahead) = self.text[at..]
                    .iter()
                    .position(|byte| bytes.contains(*byte))
                else {
                    return Ok(None);
                };
                at += ahead;
            }
            let line_begin = self.line_begin && at == from;
            let start = Start {
                at: at as u32,
                line_begin,
                not_empty: false,
            };
            if let Some(end) = self.matcher.match_at(start)? {
                return Ok(Some(at..end as usize));
            }
            at += 1;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The groups of a match of the whole text, `-` for one that took no part; or nothing.
    fn whole(pattern: &str, text: &str) -> Option<Vec<String>> {
        let mut scratch = Scratch::default();
        let regex = Regex::new(pattern.as_bytes()).expect(pattern);
        let groups = regex
            .match_whole(text.as_bytes(), &mut scratch)
            .expect(pattern)?;
        Some(
            groups
                .iter()
                .map(|range| range.map_or("-", |range| &text[range]).to_owned())
                .collect(),
        )
    }

    /// The text with each match in brackets, its groups after it in braces.
    fn marked(pattern: &str, text: &str) -> String {
        let mut scratch = Scratch::default();
        let regex = Regex::new(pattern.as_bytes()).expect(pattern);
        let mut matches = regex.matches(text.as_bytes(), &mut scratch).expect(pattern);
        let (mut shown, mut end) = (Vec::new(), 0);
        while let Some(found) = matches.next().expect(pattern) {
            assert_eq!(found.prefix.start, end);
            shown.push(format!(
                "{}[{}]",
                &text[found.prefix],
                &text[found.range.clone()]
            ));
            let groups = found.groups.iter();
            shown.extend(
                groups.map(|range| format!("{{{}}}", range.map_or("-", |range| &text[range]))),
            );
            end = found.range.end;
        }
        shown.concat() + &text[end..]
    }

    fn invalid(pattern: &str) -> bool {
        matches!(Regex::new(pattern.as_bytes()), Err(RegexError::Invalid))
    }

    #[test]
    fn a_whole_match_gives_each_group_the_text_that_nix_gives_it() {
        let cases: &[(&str, &str, Option<&[&str]>)] = &[
            ("ab", "abc", None),
            ("abc", "abc", Some(&[])),
            ("a(b)(c)", "abc", Some(&["b", "c"])),
            (
                "[[:space:]]+([[:upper:]]+)[[:space:]]+",
                "  FOO   ",
                Some(&["FOO"]),
            ),
            ("(a*)(ab)*(b*)", "abb", Some(&["a", "-", "bb"])),
            ("(a|ab)(c|bcd)(d*)", "abcd", Some(&["a", "bcd", ""])),
            ("((a)|b)*", "ab", Some(&["b", "a"])),
            ("(a*)*", "aa", Some(&[""])),
            ("(|a)*", "a", Some(&[""])),
            ("(a|b)?", "", Some(&["-"])),
            ("(a){2,3}", "aaa", Some(&["a"])),
            ("x{0}(y){0}", "", Some(&["-"])),
            ("(.*)[.]([^.]*)", "a.b.c", Some(&["a.b", "c"])),
            ("^a$", "a", Some(&[])),
            ("a^b", "ab", None),
        ];
        for (pattern, text, expected) in cases {
            let expected = expected.map(|groups| groups.iter().map(ToString::to_string).collect());
            assert_eq!(whole(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn matches_follow_each_other_as_split_shows_them() {
        let cases = [
            ("(a)b", "abc", "[ab]{a}c"),
            ("([ac])", "abc", "[a]{a}b[c]{c}"),
            ("(a)|(c)", "abc", "[a]{a}{-}b[c]{-}{c}"),
            ("", "ab", "[]a[]b[]"),
            ("a*", "baac", "[]b[aa][]c[]"),
            ("a|ab", "abab", "[ab][ab]"),
            // A repetition keeps what it has once the rest can match.
            ("a*(ab)*", "ab", "[a]{-}[]{-}b[]{-}"),
            ("^a", "aa", "[a]a"),
            ("b*$|^a", "ab", "[a][b][]"),
            ("xyz", "axyzxyzb", "a[xyz][xyz]b"),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(marked(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn brackets_know_classes_ranges_and_collating_names() {
        let members = |pattern: &str| -> String {
            (' '..='~')
                .filter(|byte| whole(pattern, &byte.to_string()).is_some())
                .collect()
        };
        assert_eq!(members("[]a-c-]"), "-]abc");
        assert_eq!(members("[^ -z]"), "{|}~");
        assert_eq!(members("[[:DIGIT:][.hyphen.][=a=]]"), "-0123456789Aa");
        assert_eq!(members("[[:w:]]").len(), 63);
        assert_eq!(members(r"[\]"), "\\");
        assert_eq!(members("[[.a.]-c]"), "abc");
        assert!(
            whole("[^a]{2}", "é").is_some(),
            "a character outside ASCII is several bytes"
        );
    }

    #[test]
    fn malformed_patterns_are_refused() {
        let malformed = [
            "(",
            ")",
            "(a",
            "a)",
            "*",
            "a|*",
            "(*a)",
            "^*",
            "+",
            "?",
            "{1}",
            "a{",
            "a{1",
            "a{x}",
            "a{,2}",
            "a{2,1}",
            "[",
            "[]",
            "[^]",
            "[a",
            "[b-a]",
            "[a-c-e]",
            "[[:foo:]]",
            "[[:alpha:",
            "[[.foo.]]",
            "[[:alpha:]-z]",
            "\\",
            "\\d",
            "a\\",
            "\\1",
            "[a-é]",
            "a\0",
        ];
        for pattern in malformed {
            assert!(invalid(pattern), "{pattern}");
        }
        for pattern in [
            "",
            "()",
            "a||b",
            "|",
            "a**",
            "}",
            "]",
            "a{1}{2}",
            "\\.",
            "a{4294967297}",
        ] {
            assert!(!invalid(pattern), "{pattern}");
        }
    }

    #[test]
    fn errors_quote_the_pattern_in_the_words_of_nix() {
        assert_eq!(
            RegexError::Invalid.message(b"(x"),
            b"invalid regular expression '(x'"
        );
        let error = Regex::new(b"(a{1000}){1000}").expect_err("a million states");
        assert_eq!(error, RegexError::TooLarge);
        assert_eq!(
            error.message(b"x"),
            b"memory limit exceeded by regular expression 'x'"
        );
    }

    #[test]
    fn the_number_of_states_is_limited_where_nix_limits_it() {
        // One state each for the start, the end and the accepting state, two idle ones, and the first `a`.
        let states = |count: usize| Regex::new(format!("a{{{count}}}").as_bytes());
        assert!(states(99_993).is_ok());
        assert!(states(99_994).is_err());
    }

    #[test]
    fn nothing_takes_exponential_time_or_overflows_the_stack() {
        let long = "a".repeat(20_000);
        assert!(whole("(a|a)*b", &long).is_none());
        assert!(whole("((a*)(a*)(a*))*b", &long).is_none());
        assert_eq!(marked("a|a*b", &long).len(), 3 * long.len());
        assert!(whole("(x|(ab|a))*", &"ab".repeat(50_000)).is_some());
        let deep = format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000));
        assert_eq!(whole(&deep, "a").map(|groups| groups.len()), Some(20_000));
        let nested = format!("{}a{}", "(".repeat(30), ")*".repeat(30));
        let regex = Regex::new(nested.as_bytes()).expect("valid");
        let answer = regex
            .match_whole(b"b", &mut Scratch::default())
            .map(|found| found.is_some());
        assert!(matches!(answer, Ok(false) | Err(RegexError::TooLarge)));
    }
}
