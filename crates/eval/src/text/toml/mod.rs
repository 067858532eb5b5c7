//! TOML 1.0, as `builtins.fromTOML` reads it.
//!
//! Acceptance and messages are those of the C++ library that Nix uses (toml11 4.4), which goes on after an
//! error where it can and reports all of them at once.

mod collection;
mod document;
mod recovery;
mod report;
mod rule;
mod scalar;
mod string;
mod tree;

use super::builder::ValueBuilder;
use super::escape::nul_message;
use report::{Region, Report};
use rule::Rule;
use tree::{Insertion, Key, NodeId, Tree, Value};

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TomlError<E> {
    /// It is not TOML, or has something that Nix does not take; with Nix's message, without the
    /// `while parsing TOML: ` that comes before it.
    Message(Vec<u8>),
    /// The builder gave up.
    Builder(E),
}

/// Reads a document, which is a set of attributes; the keys of each set come in byte order, each once.
/// Dates and times are errors unless `timestamps` is set; then they are sets with a `_type` of
/// `timestamp` and their text as `value`.
pub fn parse<B: ValueBuilder>(
    text: &[u8],
    timestamps: bool,
    builder: &mut B,
) -> Result<(), TomlError<B::Error>> {
    // A last line without its newline is as good as one with it.
    let mut source = text.to_vec();
    if !matches!(source.last(), None | Some(b'\n' | b'\r')) {
        source.push(b'\n');
    }
    let mut parser = Parser::new(&source);
    let root = parser.document();
    if !parser.reports.is_empty() {
        let mut message = Vec::new();
        parser
            .reports
            .iter()
            .for_each(|report| report.write(&mut message));
        return Err(TomlError::Message(message));
    }
    Emitter {
        tree: &parser.tree,
        timestamps,
        builder,
    }
    .emit(root)
}

/// How often errors are reported before the rest of a document is left alone. Recovery may go back in the
/// text, so without a limit it need not end.
const MAX_REPORTS: usize = 200;

struct Parser<'t> {
    source: &'t [u8],
    at: usize,
    tree: Tree,
    reports: Vec<Report>,
    /// How many arrays and inline tables enclose the current place.
    depth: usize,
    /// How often an error may still be reported.
    reports_left: usize,
    /// How many bytes may still be looked at in search of a place to go on after an error.
    skips_left: usize,
    /// Nothing more is read or reported.
    gave_up: bool,
}

impl<'t> Parser<'t> {
    fn new(source: &'t [u8]) -> Self {
        let at = if source.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let (tree, reports) = (Tree::default(), Vec::new());
        Self {
            source,
            at,
            tree,
            reports,
            depth: 0,
            reports_left: MAX_REPORTS,
            skips_left: 64 * source.len() + 4096,
            gave_up: false,
        }
    }

    fn at_end(&self) -> bool {
        self.gave_up || self.at >= self.source.len()
    }

    /// A byte of the source; zero beyond its end.
    fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or_default()
    }

    fn current(&self) -> u8 {
        self.byte(self.at)
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.source.len());
    }

    fn accept(&mut self, rule: &Rule) -> bool {
        let end = rule.scan(self.source, self.at);
        self.at = end.unwrap_or(self.at);
        end.is_some()
    }

    fn accept_byte(&mut self, byte: u8) -> bool {
        self.accept(&Rule::Byte(byte))
    }

    fn skip_whitespace(&mut self) {
        self.accept(&rule::WHITESPACE);
    }

    /// An error about the byte at a place.
    fn bad(&self, at: usize, title: impl Into<String>, message: &str) -> Report {
        Report::new(title).place(self.source, Region::at(self.source, at), message)
    }

    /// The error that a rule does not match here.
    fn expecting(&self, title: impl Into<String>, rule: &Rule) -> Report {
        self.expecting_at(self.at, title, rule)
    }

    /// The error that a rule does not match at a place; it points to where the rule fails.
    fn expecting_at(&self, mut at: usize, title: impl Into<String>, rule: &Rule) -> Report {
        let expected = rule.expected(self.source, &mut at);
        self.bad(at, title, &format!("expected {expected}"))
    }

    fn report(&mut self, report: Report) {
        if !self.gave_up {
            self.reports.push(report);
            self.reports_left -= 1;
            self.gave_up = self.reports_left == 0;
        }
    }

    /// Takes back the last error, if there was one since there were `count`.
    fn last_report_since(&mut self, count: usize) -> Option<Report> {
        if self.gave_up || self.reports.len() == count {
            None
        } else {
            self.reports.pop()
        }
    }

    /// Reports an error and stops reading.
    fn give_up(&mut self, report: Report) {
        self.report(report);
        self.gave_up = true;
    }

    fn insert(
        &mut self,
        place: (NodeId, Insertion),
        key: &Key,
        value: NodeId,
    ) -> Result<NodeId, Report> {
        self.tree.insert(self.source, place, key, value)
    }
}

/// Hands a tree to a builder.
struct Emitter<'e, B> {
    tree: &'e Tree,
    timestamps: bool,
    builder: &'e mut B,
}

/// A collection whose items are being handed over.
enum Open<'e> {
    Array(std::slice::Iter<'e, NodeId>),
    Table(std::collections::btree_map::Iter<'e, Vec<u8>, NodeId>),
}

impl<'e, B: ValueBuilder> Emitter<'e, B> {
    fn emit(mut self, root: NodeId) -> Result<(), TomlError<B::Error>> {
        let mut open = Vec::new();
        open.extend(self.value(root)?);
        while let Some(innermost) = open.last_mut() {
            let next = match innermost {
                Open::Array(items) => items.next(),
                Open::Table(entries) => match entries.next() {
                    Some((key, id)) => {
                        let key = without_nul(key)?;
                        self.builder.key(key).map_err(TomlError::Builder)?;
                        Some(id)
                    }
                    None => None,
                },
            };
            if let Some(&id) = next {
                open.extend(self.value(id)?);
                continue;
            }
            match open.pop() {
                Some(Open::Array(_)) => self.builder.end_list(),
                _ => self.builder.end_attrs(),
            }
            .map_err(TomlError::Builder)?;
        }
        Ok(())
    }

    /// Hands over a value, or the start of a collection, which it then gives.
    fn value(&mut self, id: NodeId) -> Result<Option<Open<'e>>, TomlError<B::Error>> {
        let builder = &mut *self.builder;
        let (handed_over, open) = match &self.tree.node(id).value {
            Value::Boolean(value) => (builder.boolean(*value), None),
            Value::Integer(value) => (builder.integer(*value), None),
            Value::Float(value) => (builder.float(*value), None),
            Value::String(text) => (builder.string(without_nul(text)?), None),
            Value::Array(items, _) => (builder.begin_list(), Some(Open::Array(items.iter()))),
            Value::Table(entries, _) => (builder.begin_attrs(), Some(Open::Table(entries.iter()))),
            Value::Timestamp(_) if !self.timestamps => {
                return Err(TomlError::Message(
                    b"Dates and times are not supported".to_vec(),
                ));
            }
            Value::Timestamp(text) => (timestamp(text, builder), None),
        };
        handed_over.map_err(TomlError::Builder)?;
        Ok(open)
    }
}

fn timestamp<B: ValueBuilder>(text: &str, builder: &mut B) -> Result<(), B::Error> {
    builder.begin_attrs()?;
    builder.key(b"_type")?;
    builder.string(b"timestamp")?;
    builder.key(b"value")?;
    builder.string(text.as_bytes())?;
    builder.end_attrs()
}

fn without_nul<E>(text: &[u8]) -> Result<&[u8], TomlError<E>> {
    if text.contains(&0) {
        return Err(TomlError::Message(
            [b"error: ", nul_message(text).as_slice()].concat(),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::builder::transcript::Transcript;
    use super::*;

    /// What a document is read as, or the message.
    fn read(text: impl AsRef<[u8]>) -> Result<String, String> {
        let mut transcript = Transcript::default();
        match parse(text.as_ref(), true, &mut transcript) {
            Ok(()) => Ok(transcript.text()),
            Err(TomlError::Message(message)) => Err(String::from_utf8_lossy(&message).into_owned()),
            Err(TomlError::Builder(never)) => match never {},
        }
    }

    fn read_ok(text: &str) -> String {
        read(text).unwrap_or_else(|message| panic!("{text}: {message}"))
    }

    /// The value of `x` in `x = …`.
    fn value(text: &str) -> String {
        let read = read_ok(&format!("x = {text}"));
        read["{ x: ".len()..read.len() - 2].to_owned()
    }

    #[test]
    fn values_of_every_kind() {
        let cases = [
            ("1_000", "1000"),
            ("+0", "0"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("0xdead_BEEF", "3735928559"),
            ("0o0755", "493"),
            ("0b0101", "5"),
            ("-1_0.5e-1_0", "-1.05e-9"),
            ("1e5", "100000.0"),
            ("-inf", "-inf"),
            ("nan", "NaN"),
            ("true", "true"),
            (r#""a\tb\\\"\u00e9\U0001F600""#, "\"a\tb\\\"é😀\""),
            (r"'a\t'", "\"a\\t\""),
            ("\"\"\"\na\\\n  \n b\"\" \"\"\"\"", "\"ab\"\" \"\""),
            ("'''\r\na\r\n''b'''''", "\"a\r\n''b''\""),
            ("[ 1, # one\n  \"a\",\n]", "[ 1 \"a\" ]"),
            ("{ b = 1, a.c = [] }", "{ a: { c: [ ] } b: 1 }"),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_and_times_have_a_canonical_text() {
        let cases = [
            ("1979-05-27", "1979-05-27"),
            ("07:32:00.5", "07:32:00.500"),
            ("07:32:60.1234567891", "07:32:60.123456789"),
            ("1979-05-27 07:32:00.000", "1979-05-27T07:32:00"),
            ("1980-02-29t07:32:00.1234z", "1980-02-29T07:32:00.123400Z"),
            ("1979-05-27T00:32:00+00:00", "1979-05-27T00:32:00Z"),
            ("1979-05-27T00:32:00-07:30", "1979-05-27T00:32:00-07:30"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                value(text),
                format!("{{ _type: \"timestamp\" value: \"{expected}\" }}")
            );
        }
        let refused = parse(b"x = 07:32:00", false, &mut Transcript::default());
        let message = b"Dates and times are not supported".to_vec();
        assert_eq!(refused, Err(TomlError::Message(message)));
    }

    #[test]
    fn tables_may_be_opened_as_far_as_toml_allows() {
        assert_eq!(read_ok(""), "{ }");
        assert_eq!(
            read_ok("a.b = 1\na.c = 2\n[d.e]\n[d]\nf = 3"),
            "{ a: { b: 1 c: 2 } d: { e: { } f: 3 } }"
        );
        assert_eq!(
            read_ok("[[p]]\nn = 1\n[p.q]\n[[p]]\n[[p.r]]\n[[p.r]]"),
            "{ p: [ { n: 1 q: { } } { r: [ { } { } ] } ] }"
        );
        let refused = [
            "a = 1\na = 2",
            "a = 1\na.b = 2",
            "a.b = 1\n[a]",
            "[a]\n[a]",
            "[a.b]\n[a]\nb.c = 1",
            "a = {}\na.b = 1",
            "a = [{}]\n[[a]]",
            "a = [{}]\n[a.b]",
            "[a]\n[[a]]",
            "[[a]]\n[a]",
            "a = {b = 1, b = 2}",
            "a = {b = 1,}",
            "a = {\n}",
            "[a\n]",
            "[a] b = 1",
            "a = 1 b = 2",
        ];
        for text in refused {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_shows_the_place() {
        let expected =
            "[error] toml::parse_dec_integer: too large integer: current max digits = 2^63
 --> fromTOML
   |
 2 | b = 9223372036854775808 # more
   |                        ^-- must be < 2^63
";
        assert_eq!(
            read("a = 1\nb = 9223372036854775808 # more"),
            Err(expected.to_owned())
        );
    }

    #[test]
    fn all_errors_are_reported_with_every_place_involved() {
        let expected = "[error] bad format: unknown value appeared
 --> fromTOML
   |
 2 |  @]
   |  ^-- here
[error] bad format: unknown value appeared
 --> fromTOML
   |
 2 |  @]
   |  ^-- here
[error] toml::insert_value: failed to insert a table, table already defined
 --> fromTOML
   |
 4 | [t]
   | ^^^-- inserting this
   | ...
   |
 3 | [t]
   | ^^^-- this table is explicitly defined
[error] toml::parse_utf8_codepoint: [0xD800, 0xDFFF] is not a valid UTF-8
 --> internal temporary
   |
 1 | \\ud800é
   |  ^^^^^-- here
[error] toml::parse_key_value_pair: invalid key value separator `=`
 --> fromTOML
   |
 6 | c : 1
   |   ^-- expected =
";
        let text = "a = [1,\n @]\n[t]\n[t]\nb = \"\\ud800é\"\nc : 1\n";
        let shown = read(text).expect_err("errors").replace("0xc30xa9", "é");
        assert_eq!(shown, expected);
    }

    #[test]
    fn excerpts_of_long_and_of_several_lines_are_cut() {
        let long = format!("a = \"{}\" b", "x".repeat(50));
        let expected = format!(
            "[error] toml::parse_table: newline (LF / CRLF) or EOF is expected
 --> fromTOML
   |
 1 | ... {}\" b
   |     {}^-- here
",
            "x".repeat(28),
            " ".repeat(30)
        );
        assert_eq!(read(long), Err(expected));
        let message = read("a = [\n1,\n2]\na = 3").expect_err("twice");
        assert!(
            message.contains(" 1 | a = [\n   |     ^-- and\n 2 | ...\n   | ^^^-- and\n 3 | "),
            "{message}"
        );
    }

    #[test]
    fn strings_with_nul_are_errors() {
        let message = "error: input string 'a\u{2400}b' cannot be represented as Nix string because it \
                       contains null bytes";
        assert_eq!(read("k = \"a\\u0000b\""), Err(message.to_owned()));
        assert_eq!(read("\"a\\u0000b\" = 1"), Err(message.to_owned()));
    }

    #[test]
    fn nesting_has_a_limit_and_keys_have_none() {
        assert_eq!(
            value(&format!("{}{}", "[".repeat(256), "]".repeat(256))).len(),
            1023
        );
        let message = read(format!("a = {}", "[{a=".repeat(100_000))).expect_err("deep");
        assert!(
            message.starts_with("[error] values are nested too deeply\n"),
            "{message}"
        );
        assert_eq!(message.matches("[error]").count(), 1);
        assert!(read(format!("a = [@, {}", "[".repeat(100_000))).is_err());
        assert!(read(format!("a = \"\n{}", "[{".repeat(100_000))).is_err());
        assert!(read(format!("{}a = 1", "a.".repeat(50_000))).is_ok());
    }

    #[test]
    fn recovery_ends() {
        // Here the library itself goes on without end.
        assert!(read("#\u{1}\n# comment\na = 1").is_err());
        assert!(read("a = [@ # comment\n]").is_err());
        assert!(read("a = [[[[[[[3{b=[".repeat(20)).is_err());
        let message = read("@\n".repeat(300)).expect_err("malformed");
        assert_eq!(message.matches("[error]").count(), MAX_REPORTS);
    }
}
