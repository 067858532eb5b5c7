//! Malformed input for every parser: none may panic, and what they answer must be consistent.
//!
//! `tests/fuzz.py` runs these for as long as it is told to (see there for the variables).

use std::time::{Duration, Instant};

use super::builder::transcript::Transcript;
use super::regex::{Regex, Scratch};
use super::{escape, json, number, toml, version};

/// Numbers that look random, the same in every run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit.max(1)
    }

    /// One of some texts with bytes removed, inserted and replaced, and parts repeated.
    fn mutate(&mut self, texts: &[&str], alphabet: &[u8]) -> Vec<u8> {
        let mut text = texts[self.below(texts.len())].as_bytes().to_vec();
        for _ in 0..self.below(6) {
            let at = self.below(text.len() + 1);
            let byte = alphabet[self.below(alphabet.len())];
            match self.below(6) {
                0 => drop(text.drain(at..(at + 1).min(text.len()))),
                1 => drop(text.splice(at..(at + 1).min(text.len()), [byte])),
                2 => text.truncate(at),
                3 => text.insert(at, self.below(256) as u8),
                4 => {
                    let part = text[self.below(at + 1)..at].repeat(self.below(9));
                    text.splice(at..at, part);
                }
                _ => text.insert(at, byte),
            }
        }
        text
    }
}

const ROUNDS: usize = 4000;

/// Checks the same `ROUNDS` inputs each time; with `NEVE_FUZZ_SECONDS`, as many others as fit in.
fn rounds(seed: u64, mut check: impl FnMut(&mut Numbers)) {
    let variable = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let mut numbers = Numbers(seed ^ variable("NEVE_FUZZ_SEED").unwrap_or_default() << 8);
    let time = variable("NEVE_FUZZ_SECONDS").map(Duration::from_secs);
    let start = Instant::now();
    let mut count = 0;
    while time.map_or(count < ROUNDS, |time| start.elapsed() < time) {
        check(&mut numbers);
        count += 1;
    }
}

#[test]
fn json_of_any_bytes_gives_values_or_an_error() {
    let texts = [
        r#"{"a": [1, -2.5e3, true, null, "x\u00e9\ud83d\ude00\n"], "b": {}}"#,
        "[[[[]]]]",
        "\u{feff}18446744073709551616",
    ];
    rounds(1, |numbers| {
        let text = numbers.mutate(&texts, b"[]{}:,\"\\ 0123456789eE.+-tfnu\n");
        let read = json::parse(&text, &mut Transcript::default());
        assert!(read.is_ok() || read.is_err_and(|error| error.message().is_some()));
        // What is written as a string is read back as the same string.
        let mut written = Vec::new();
        if json::write_string(&text, &mut written).is_ok() && !text.contains(&0) {
            let mut transcript = Transcript::default();
            assert_eq!(json::parse(&written, &mut transcript), Ok(()));
            assert_eq!(
                transcript.text(),
                format!("\"{}\"", String::from_utf8_lossy(&text))
            );
        }
    });
}

#[test]
fn toml_of_any_bytes_gives_values_or_an_error() {
    let texts = [
        "a = 1\n[t.u]\nb = [1, 2.5, \"x\\u00e9\"]\n[[q]]\nc = {d = 'e', f.g = 1979-05-27T07:32:00Z}\n",
        "x = \"\"\"\na\\\n  b\"\"\"\ny = '''z'''\n# c\r\n",
        "[a]\nb.c = 0xff\nb.d = -inf\n[a.e]\n\"q\" = [[], {}, [ {a=1}, ], ]",
        "a = [[[[[[[[{b=[[",
    ];
    rounds(2, |numbers| {
        let text = numbers.mutate(&texts, b"[]{}=.,\"'#\n\r\t 0123456789abetTZ:-+_\\");
        let first = toml::parse(&text, true, &mut Transcript::default());
        let second = toml::parse(&text, true, &mut Transcript::default());
        assert_eq!(first, second);
    });
}

#[test]
fn a_regex_of_any_bytes_finds_matches_in_order_or_is_refused() {
    let patterns = [
        "(a|b)*c{2,3}[[:alpha:]x-z]+$",
        "^([^:]*):(.*)$",
        "((a*)*|b?){0,2}",
        "[]a-][.^]\\.\\*",
        "(|a|(b|))+x*y*",
    ];
    let mut scratch = Scratch::default();
    rounds(3, |numbers| {
        let pattern = numbers.mutate(&patterns, b"()[]{}*+?|^$.\\-:ab012,=");
        let Ok(regex) = Regex::new(&pattern) else {
            return;
        };
        let text: Vec<u8> = (0..numbers.below(20))
            .map(|_| b"abcxy:.1 "[numbers.below(9)])
            .collect();
        let mut matches = regex.matches(&text, &mut scratch).expect("a short text");
        let mut end = 0;
        while let Ok(Some(found)) = matches.next() {
            assert!(found.prefix == (end..found.range.start) && found.range.end <= text.len());
            end = found.range.end;
            let inside =
                |range: std::ops::Range<usize>| range.start <= range.end && range.end <= end;
            assert!(found.groups.iter().flatten().all(inside));
        }
    });
}

#[test]
fn versions_names_and_numbers_of_any_bytes_are_consistent() {
    rounds(4, |numbers| {
        let mut text = || {
            numbers.mutate(
                &["1.2-pre3", "nix-2.3a", "${a}\"\\\n", "1.5e300"],
                b"019.-+eE${\"\\a",
            )
        };
        let (left, right) = (text(), text());
        assert_eq!(
            version::compare(&left, &right),
            version::compare(&right, &left).reverse()
        );
        let (name, version) = version::parse_drv_name(&left);
        assert!(left.starts_with(name) && left.ends_with(version));
        let float = number::parse_float(&left);
        let mut json = Vec::new();
        number::float_to_json(float.unwrap_or_default(), &mut json);
        assert_eq!(number::parse_float(&json), Some(float.unwrap_or_default()));
        let mut printed = Vec::new();
        escape::print_attr_name(&left, &mut printed);
        assert!(printed == left || printed.starts_with(b"\"") && printed.len() >= left.len() + 2);
    });
}
