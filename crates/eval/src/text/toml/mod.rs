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

struct Parser<'t> {
    source: &'t [u8],
    at: usize,
    tree: Tree,
    reports: Vec<Report>,
    /// How many arrays and inline tables enclose the current place.
    depth: usize,
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
            gave_up: false,
        }
    }

    fn at_end(&self) -> bool {
        self.at >= self.source.len()
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
        self.at = self.source.len();
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
