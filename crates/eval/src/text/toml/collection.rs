//! Arrays and inline tables.

use super::Parser;
use super::report::{Region, Report};
use super::rule;
use super::scalar::Kind;
use super::tree::{Insertion, Key, NodeId, TableKind, Value};

/// How deep arrays and inline tables may nest.
const MAX_DEPTH: usize = 256;

impl Parser<'_> {
    /// Reads any value.
    pub(super) fn value(&mut self) -> Result<NodeId, Report> {
        let (value, region) = match self.guess()? {
            Kind::Boolean => self.boolean(),
            Kind::Integer => self.integer(),
            Kind::Float => self.float(),
            Kind::String => self.string(),
            Kind::Array => return self.nested(Self::array),
            Kind::InlineTable => return self.nested(Self::inline_table),
            kind => self.timestamp(kind),
        }?;
        Ok(self.tree.add(value, region))
    }

    /// Reads a value that has others inside.
    fn nested(
        &mut self,
        read: impl Fn(&mut Self) -> Result<NodeId, Report>,
    ) -> Result<NodeId, Report> {
        if self.depth == MAX_DEPTH {
            let report = self.bad(self.at, "values are nested too deeply", "here");
            self.give_up(report.clone());
            return Err(report);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Skips whitespace, newlines and comments; says whether a newline was among them.
    pub(super) fn skip_spacer(&mut self) -> bool {
        let mut newline = false;
        loop {
            if self.accept(&rule::COMMENT_LINE) || self.accept(&rule::NEWLINE) {
                newline = true;
            } else if matches!(self.current(), b' ' | b'\t') {
                self.at += 1;
            } else {
                return newline;
            }
        }
    }

    fn array(&mut self) -> Result<NodeId, Report> {
        let start = self.at;
        let reports = self.reports.len();
        let mut items = Vec::new();
        let mut comma = true;
        self.at += 1;
        self.skip_spacer();
        while !self.at_end() && self.current() != b']' {
            if !comma {
                let title = "toml::parse_array: expected value-separator `,` or closing `]`";
                return Err(self.bad(self.at, title, "here"));
            }
            match self.value() {
                Ok(item) => {
                    items.push(item);
                    self.skip_spacer();
                    comma = self.accept_byte(b',');
                    if let Err(report) = self.comment_line() {
                        self.report(report);
                    }
                    if comma {
                        self.skip_spacer();
                    }
                }
                Err(report) => {
                    self.report(report);
                    let before = self.at;
                    self.skip_value(0);
                    if self.at == before {
                        break;
                    }
                }
            }
        }
        if !self.accept_byte(b']') {
            let title = "toml::parse_array: missing closing bracket `]`";
            return Err(self.bad(self.at, title, "expected `]`, reached EOF"));
        }
        match self.reports.last() {
            // The library says the last thing twice.
            Some(last) if reports != self.reports.len() => Err(last.clone()),
            _ => Ok(self
                .tree
                .add(Value::Array(items, false), Region::new(start, self.at))),
        }
    }

    /// Reads `key = value`.
    pub(super) fn key_value(&mut self) -> Result<(Key, NodeId), Report> {
        let start = self.at;
        let key = self.key().inspect_err(|_| self.at = start)?;
        if !self.accept(&rule::EQUALS) {
            let title = "toml::parse_key_value_pair: invalid key value separator `=`";
            let report = self.expecting(title, &rule::EQUALS);
            self.at = start;
            return Err(report);
        }
        Ok((key, self.value()?))
    }

    fn inline_table(&mut self) -> Result<NodeId, Report> {
        let start = self.at;
        let reports = self.reports.len();
        let table = self
            .tree
            .add_table(TableKind::Inline, Region::new(start, start));
        let (mut empty, mut comma) = (true, false);
        self.at += 1;
        self.skip_whitespace();
        while !self.at_end() {
            if self.current() == b'}' {
                if comma {
                    let title =
                        "toml::parse_inline_table: trailing comma is not allowed in TOML-v1.0.0)";
                    return Err(self.bad(self.at, title, "here"));
                }
                break;
            }
            if !comma && !empty {
                let title = "toml::parse_inline_table: expected value-separator `,` or closing `}`";
                return Err(self.bad(self.at, title, "here"));
            }
            empty = false;
            match self.key_value() {
                Ok((key, value)) => match self.insert((table, Insertion::Dotted), &key, value) {
                    Ok(_) => {
                        self.skip_whitespace();
                        comma = self.accept_byte(b',');
                        self.skip_whitespace();
                    }
                    Err(report) => {
                        self.report(report);
                        self.skip_until(b",\n}");
                        comma = if self.at_end() {
                            comma
                        } else {
                            self.current() == b','
                        };
                    }
                },
                Err(report) => {
                    self.report(report);
                    self.skip_until(b"}\n");
                    break;
                }
            }
        }
        if !self.accept_byte(b'}') {
            let title = "toml::parse_inline_table: missing closing bracket `}`";
            return Err(self.bad(self.at, title, "expected `}`, reached line end"));
        }
        if let Some(last) = self.last_report_since(reports) {
            return Err(last);
        }
        self.tree.set_region(table, Region::new(start, self.at));
        Ok(table)
    }
}
