//! The lexical grammar of TOML 1.0 as data: one description serves to recognise a token and to say what
//! was expected where that fails.
//!
//! Rules are greedy and never go back into an alternative that matched, as in the library whose messages
//! these are (toml11 4.4).

/// A description of byte sequences.
pub(super) enum Rule {
    Byte(u8),
    OneOf(&'static [u8]),
    Range(u8, u8),
    Literal(&'static str),
    /// Any of some rules, with a name for messages.
    Named(&'static str, &'static [Rule]),
    /// Rules one after the other.
    All(&'static [Rule]),
    /// The first rule that matches.
    Any(&'static [Rule]),
    /// As often as it matches, and at least that often.
    Repeat(usize, &'static Rule),
    /// Exactly that often.
    Times(usize, &'static Rule),
    Maybe(&'static Rule),
}

use Rule::{All, Any, Byte, Literal, Maybe, Named, OneOf, Range, Repeat, Times};

const DIGIT: Rule = Named("digit [0-9]", &[Range(b'0', b'9')]);
const ALPHA: Rule = Named("alpha [a-zA-Z]", &[Range(b'a', b'z'), Range(b'A', b'Z')]);
const HEX_DIGIT: Rule = Named(
    "hex [0-9a-fA-F]",
    &[Range(b'0', b'9'), Range(b'a', b'f'), Range(b'A', b'F')],
);
const TAIL: Rule = Range(0x80, 0xbf);
const NON_ASCII: Rule = Named(
    "non-ascii utf-8 bytes",
    &[
        All(&[Range(0xc2, 0xdf), TAIL]),
        All(&[Byte(0xe0), Range(0xa0, 0xbf), TAIL]),
        All(&[Range(0xe1, 0xec), TAIL, TAIL]),
        All(&[Byte(0xed), Range(0x80, 0x9f), TAIL]),
        All(&[Range(0xee, 0xef), TAIL, TAIL]),
        All(&[Byte(0xf0), Range(0x90, 0xbf), TAIL, TAIL]),
        All(&[Range(0xf1, 0xf3), TAIL, TAIL, TAIL]),
        All(&[Byte(0xf4), Range(0x80, 0x8f), TAIL, TAIL]),
    ],
);

const BLANK: Rule = OneOf(b" \t");
pub(super) const WHITESPACE: Rule = Repeat(0, &BLANK);
pub(super) const NEWLINE: Rule = Any(&[Byte(b'\n'), Literal("\r\n")]);
pub(super) const EMPTY_LINE: Rule = All(&[WHITESPACE, NEWLINE]);
/// A comment without the newline that ends it.
pub(super) const COMMENT: Rule = All(&[
    Byte(b'#'),
    Repeat(0, &Any(&[Byte(b'\t'), Range(0x20, 0x7e), NON_ASCII])),
]);
pub(super) const COMMENT_LINE: Rule = All(&[COMMENT, NEWLINE]);

pub(super) const BOOLEAN: Rule = Any(&[Literal("true"), Literal("false")]);

const SIGN: Rule = Maybe(&OneOf(b"+-"));
const DIGITS: Rule = All(&[DIGIT, Repeat(0, &Any(&[DIGIT, All(&[Byte(b'_'), DIGIT])]))]);
pub(super) const DECIMAL: Rule = All(&[
    SIGN,
    Any(&[
        All(&[
            Range(b'1', b'9'),
            Repeat(1, &Any(&[DIGIT, All(&[Byte(b'_'), DIGIT])])),
        ]),
        DIGIT,
    ]),
]);
pub(super) const HEXADECIMAL: Rule = All(&[
    Literal("0x"),
    HEX_DIGIT,
    Repeat(0, &Any(&[HEX_DIGIT, All(&[Byte(b'_'), HEX_DIGIT])])),
]);
const OCTAL_DIGIT: Rule = Range(b'0', b'7');
pub(super) const OCTAL: Rule = All(&[
    Literal("0o"),
    OCTAL_DIGIT,
    Repeat(0, &Any(&[OCTAL_DIGIT, All(&[Byte(b'_'), OCTAL_DIGIT])])),
]);
const BINARY_DIGIT: Rule = OneOf(b"01");
pub(super) const BINARY: Rule = All(&[
    Literal("0b"),
    BINARY_DIGIT,
    Repeat(0, &Any(&[BINARY_DIGIT, All(&[Byte(b'_'), BINARY_DIGIT])])),
]);
pub(super) const INTEGER: Rule = Any(&[HEXADECIMAL, OCTAL, BINARY, DECIMAL]);

const EXPONENT: Rule = All(&[OneOf(b"eE"), SIGN, DIGITS]);
pub(super) const FLOAT: Rule = Any(&[
    All(&[
        DECIMAL,
        Any(&[
            EXPONENT,
            All(&[All(&[Byte(b'.'), DIGITS]), Maybe(&EXPONENT)]),
        ]),
    ]),
    All(&[SIGN, Any(&[Literal("inf"), Literal("nan")])]),
]);

pub(super) const DATE: Rule = All(&[
    Times(4, &DIGIT),
    Byte(b'-'),
    Times(2, &DIGIT),
    Byte(b'-'),
    Times(2, &DIGIT),
]);
pub(super) const TIME: Rule = All(&[
    Times(2, &DIGIT),
    Byte(b':'),
    Times(2, &DIGIT),
    Byte(b':'),
    Times(2, &DIGIT),
    Maybe(&All(&[Byte(b'.'), Repeat(1, &DIGIT)])),
]);
pub(super) const TIME_OFFSET: Rule = Any(&[
    OneOf(b"zZ"),
    All(&[OneOf(b"+-"), Times(2, &DIGIT), Byte(b':'), Times(2, &DIGIT)]),
]);
pub(super) const DATE_TIME_DELIMITER: Rule = OneOf(b"Tt ");
pub(super) const LOCAL_DATE_TIME: Rule = All(&[DATE, DATE_TIME_DELIMITER, TIME]);
pub(super) const OFFSET_DATE_TIME: Rule = All(&[LOCAL_DATE_TIME, TIME_OFFSET]);

pub(super) const UNICODE_4: Rule = All(&[Byte(b'u'), Times(4, &HEX_DIGIT)]);
pub(super) const UNICODE_8: Rule = All(&[Byte(b'U'), Times(8, &HEX_DIGIT)]);
const BASIC_CHAR: Rule = Any(&[
    BLANK,
    Byte(b'!'),
    Range(b'#', b'['),
    Range(b']', b'~'),
    NON_ASCII,
    All(&[
        Byte(b'\\'),
        Any(&[OneOf(b"\"\\bfnrt"), UNICODE_4, UNICODE_8]),
    ]),
]);
pub(super) const BASIC_STRING: Rule = All(&[Byte(b'"'), Repeat(0, &BASIC_CHAR), Byte(b'"')]);
pub(super) const ESCAPED_NEWLINE: Rule = All(&[
    Byte(b'\\'),
    WHITESPACE,
    NEWLINE,
    Repeat(0, &Any(&[BLANK, NEWLINE])),
]);
const BASIC_CONTENT: Rule = Any(&[BASIC_CHAR, NEWLINE, ESCAPED_NEWLINE]);
const BASIC_QUOTES: Rule = Any(&[Literal("\"\""), Byte(b'"')]);
pub(super) const LONG_BASIC_STRING: Rule = All(&[
    Literal("\"\"\""),
    Repeat(0, &BASIC_CONTENT),
    Repeat(0, &All(&[BASIC_QUOTES, Repeat(1, &BASIC_CONTENT)])),
    Literal("\"\"\""),
    Maybe(&BASIC_QUOTES),
]);
const LITERAL_CHAR: Rule = Any(&[Byte(b'\t'), Range(0x20, 0x26), Range(0x28, 0x7e), NON_ASCII]);
pub(super) const LITERAL_STRING: Rule = All(&[Byte(b'\''), Repeat(0, &LITERAL_CHAR), Byte(b'\'')]);
const LITERAL_CONTENT: Rule = Any(&[LITERAL_CHAR, NEWLINE]);
const LITERAL_QUOTES: Rule = Any(&[Literal("''"), Byte(b'\'')]);
pub(super) const LONG_LITERAL_STRING: Rule = All(&[
    Literal("'''"),
    Repeat(0, &LITERAL_CONTENT),
    Repeat(0, &All(&[LITERAL_QUOTES, Repeat(1, &LITERAL_CONTENT)])),
    Literal("'''"),
    Maybe(&LITERAL_QUOTES),
]);

pub(super) const BARE_KEY: Rule = Repeat(1, &Any(&[ALPHA, DIGIT, Byte(b'-'), Byte(b'_')]));
const SIMPLE_KEY: Rule = Any(&[BARE_KEY, BASIC_STRING, LITERAL_STRING]);
pub(super) const DOT: Rule = All(&[WHITESPACE, Byte(b'.'), WHITESPACE]);
const KEY: Rule = Named(
    "basic key([a-zA-Z0-9_-]) or quoted key(\" or ')",
    &[All(&[SIMPLE_KEY, Repeat(0, &All(&[DOT, SIMPLE_KEY]))])],
);
pub(super) const EQUALS: Rule = All(&[WHITESPACE, Byte(b'='), WHITESPACE]);
pub(super) const TABLE_HEADER: Rule = All(&[Byte(b'['), WHITESPACE, KEY, WHITESPACE, Byte(b']')]);
pub(super) const ARRAY_HEADER: Rule =
    All(&[Literal("[["), WHITESPACE, KEY, WHITESPACE, Literal("]]")]);
pub(super) const HEADER_START: Rule = All(&[WHITESPACE, Byte(b'[')]);

impl Rule {
    /// Where the text that the rule matches at `at` ends.
    pub(super) fn scan(&self, source: &[u8], at: usize) -> Option<usize> {
        let next = || source.get(at).copied();
        let byte_if = |matches: bool| matches.then_some(at + 1);
        match self {
            Byte(byte) => byte_if(next() == Some(*byte)),
            OneOf(bytes) => byte_if(next().is_some_and(|byte| bytes.contains(&byte))),
            Range(first, last) => {
                byte_if(next().is_some_and(|byte| (*first..=*last).contains(&byte)))
            }
            Literal(text) => source
                .get(at..)?
                .starts_with(text.as_bytes())
                .then_some(at + text.len()),
            Named(_, rules) | Any(rules) => rules.iter().find_map(|rule| rule.scan(source, at)),
            All(rules) => rules.iter().try_fold(at, |at, rule| rule.scan(source, at)),
            Repeat(least, rule) => {
                let mut end = rule.scan_times(*least, source, at)?;
                while let Some(more) = rule.scan(source, end) {
                    end = more;
                }
                Some(end)
            }
            Times(count, rule) => rule.scan_times(*count, source, at),
            Maybe(rule) => Some(rule.scan(source, at).unwrap_or(at)),
        }
    }

    fn scan_times(&self, count: usize, source: &[u8], at: usize) -> Option<usize> {
        (0..count).try_fold(at, |at, _| self.scan(source, at))
    }

    /// What the rule expects where it stops matching. `at` moves to that place.
    pub(super) fn expected(&self, source: &[u8], at: &mut usize) -> String {
        match self {
            Byte(byte) => show_byte(*byte),
            OneOf(bytes) => list(
                &bytes
                    .iter()
                    .map(|byte| show_byte(*byte))
                    .collect::<Vec<_>>(),
            ),
            Range(first, last) => {
                format!("from `{}` to `{}`", show_byte(*first), show_byte(*last))
            }
            Literal(text) => (*text).to_owned(),
            Named(name, _) => (*name).to_owned(),
            Any(rules) => {
                let parts = rules.iter().map(|rule| rule.expected(source, at));
                list(&parts.collect::<Vec<_>>())
            }
            All(rules) => {
                for rule in *rules {
                    match rule.scan(source, *at) {
                        Some(end) => *at = end,
                        None => return rule.expected(source, at),
                    }
                }
                String::new()
            }
            Repeat(count, rule) | Times(count, rule) => {
                for _ in 0..*count {
                    match rule.scan(source, *at) {
                        Some(end) => *at = end,
                        None => return rule.expected(source, at),
                    }
                }
                String::new()
            }
            Maybe(_) => String::new(),
        }
    }
}

/// `a`, `a or b`, `a, b, or c`.
fn list(items: &[String]) -> String {
    match items {
        [first, second] => format!("{first} or {second}"),
        [others @ .., last] if !others.is_empty() => format!("{}, or {last}", others.join(", ")),
        _ => items.concat(),
    }
}

/// A byte as messages show it: itself if it is visible, else its number and perhaps its name.
pub(super) fn show_byte(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        return char::from(byte).to_string();
    }
    let name = match byte {
        0 => "(NUL)",
        b' ' => "(SPACE)",
        b'\n' => "(LINE FEED)",
        b'\r' => "(CARRIAGE RETURN)",
        b'\t' => "(TAB)",
        0x0b => "(VERTICAL TAB)",
        0x0c => "(FORM FEED)",
        0x1b => "(ESCAPE)",
        _ => "",
    };
    format!("0x{byte:02x}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(rule: &Rule, text: &str) -> Option<usize> {
        rule.scan(text.as_bytes(), 0)
    }

    #[test]
    fn tokens_end_where_their_rule_ends() {
        assert_eq!(scan(&FLOAT, "+1_0.5e-3x"), Some(9));
        assert_eq!(scan(&FLOAT, "1."), None);
        assert_eq!(scan(&INTEGER, "1__0"), Some(1));
        assert_eq!(scan(&OFFSET_DATE_TIME, "1979-05-27 07:32:00.5Z"), Some(22));
        assert_eq!(scan(&LONG_BASIC_STRING, r#""""a""b"""""x"#), Some(12));
        assert_eq!(scan(&TABLE_HEADER, "[ a . 'b' ]"), Some(11));
        assert_eq!(scan(&COMMENT, "# é\u{7f}"), Some(4));
    }

    #[test]
    fn expectations_name_what_is_missing_and_where() {
        let mut at = 0;
        assert_eq!(TIME.expected(b"07:3", &mut at), "digit [0-9]");
        assert_eq!(at, 4);
        assert_eq!(
            DATE_TIME_DELIMITER.expected(b"", &mut 0),
            "T, t, or 0x20(SPACE)"
        );
        assert_eq!(BOOLEAN.expected(b"", &mut 0), "true or false");
    }
}
