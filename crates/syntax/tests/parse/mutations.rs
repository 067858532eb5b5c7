//! Damaged sources: whatever comes, the parser answers, and what it accepts it can print and read again.

use std::time::{Duration, Instant};

use bumpalo::Bump;
use syntax::parser::{self, Notes, Options, Request};
use syntax::print;
use syntax::symbol::SymbolTable;

use super::cases;

/// What gets put in: pieces that open, close or change what follows.
const PIECES: [&[u8]; 48] = [
    b"''",
    b"${",
    b"...",
    b"==",
    b"<=",
    b"//",
    b"++",
    b"->",
    b"|>",
    b"<|",
    b"if ",
    b" then ",
    b" else ",
    b" let ",
    b" in ",
    b" rec ",
    b" inherit ",
    b" or ",
    b" assert ",
    b" with ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b";",
    b":",
    b"@",
    b",",
    b"?",
    b".",
    b"!",
    b"-",
    b"=",
    b"\"",
    b"1.5e",
    b"./a",
    b"/b/",
    b"~/c",
    b"<n/p>",
    b"a:b",
    b"\\",
    b"$",
    b"\0",
    b"\xff",
    b"/**",
    b"\r",
];

/// A small generator of numbers that look random (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Damages a source in a few places.
fn damage(text: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(text.len() + 1);
        let end = (at + dice.below(12)).min(text.len());
        match dice.below(5) {
            0 => drop(text.drain(at..end)),
            1 => text.truncate(at),
            2 => {
                let copied = text[at..end].to_vec();
                let target = dice.below(text.len() + 1);
                drop(text.splice(target..target, copied));
            }
            _ => drop(text.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
        }
    }
}

/// Parses; an accepted source must survive being printed and parsed again, an error must lie in the text.
fn check(text: &[u8]) {
    let arena = Bump::new();
    let mut symbols = SymbolTable::new();
    let mut notes = Notes::default();
    let options = Options {
        has_pipe_operators: true,
        ..Options::default()
    };
    let request = Request {
        text,
        home: Some(b"/h"),
        base_dir: b"/dir",
        options,
        ..Request::default()
    };
    let tree = match parser::parse(&arena, &mut symbols, &request, &mut notes) {
        Ok(tree) => tree,
        Err(error) => {
            assert!((request.base..=request.base + text.len() as u32).contains(&error.pos.0));
            return;
        }
    };
    let shown = print::show(tree, &symbols);
    let source = print::source(tree, &symbols);
    let request = Request {
        text: &source,
        ..Request::default()
    };
    match parser::parse(&arena, &mut symbols, &request, &mut notes) {
        // Paths below the home directory can have `..` in them, which other paths cannot.
        Ok(again) => assert!(shown == print::show(again, &symbols) || text.contains(&b'~')),
        // What was printed has brackets that the source had not, and can be too deep.
        Err(error) => assert!(
            matches!(error.kind, syntax::error::ParseErrorKind::NestingTooDeep(_)),
            "{error:?}"
        ),
    }
}

/// Checks damaged sources until `is_done`; says what failed.
fn run(seed: u64, sources: &[Vec<u8>], mut is_done: impl FnMut(usize) -> bool) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let mut count = 0;
    while !is_done(count) {
        let mut text = sources[dice.below(sources.len())].clone();
        damage(&mut text, &mut dice);
        let outcome = std::panic::catch_unwind(|| check(&text));
        assert!(
            outcome.is_ok(),
            "number {count}: {:?}",
            String::from_utf8_lossy(&text)
        );
        count += 1;
    }
}

fn language_cases() -> Vec<Vec<u8>> {
    ["parse-ok", "parse-fail", "eval-ok", "eval-fail"]
        .into_iter()
        .flat_map(cases::cases)
        .map(|case| std::fs::read(case).unwrap())
        .collect()
}

/// Damaged language cases, always the same ones.
#[test]
fn damaged_language_cases() {
    run(0, &language_cases(), |count| count == 20_000);
}

/// As many other damaged sources as fit in `NEVE_FUZZ_SECONDS` (60 if unset); `NEVE_FUZZ_SEED` says which.
#[test]
#[ignore = "runs as long as it is told to"]
fn damaged_language_cases_for_long() {
    let variable = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(variable("NEVE_FUZZ_SECONDS").unwrap_or(60));
    let end = Instant::now() + time;
    let seed = variable("NEVE_FUZZ_SEED").unwrap_or(1);
    run(seed, &language_cases(), |count| {
        count % 64 == 0 && Instant::now() > end
    });
}
