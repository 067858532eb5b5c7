//! The lines of a document: comments, headers, and the keys under them.

use super::Parser;
use super::report::{Region, Report};
use super::rule::{self, Rule};
use super::tree::{Insertion, Key, NodeId, TableKind};

impl Parser<'_> {
    /// Reads the whole document; its errors are in `reports`.
    pub(super) fn document(&mut self) -> NodeId {
        let root = self.tree.add_table(TableKind::Explicit, Region::new(0, 0));
        self.top_comments();
        if let Err(report) = self.table(root) {
            self.report(report);
            self.skip_to_header();
        }
        while !self.at_end() {
            self.skip_spacer();
            let array = "toml::parse_array_table_key: invalid array-of-tables key";
            if let Ok(key) = self.header(&rule::ARRAY_HEADER, array) {
                self.headed_table((root, Insertion::ArrayOfTables), &key);
                continue;
            }
            let table = "toml::parse_table_key: invalid table key";
            if let Ok(key) = self.header(&rule::TABLE_HEADER, table) {
                self.headed_table((root, Insertion::Table), &key);
                continue;
            }
            let (title, rule) = if self.source[self.at..].starts_with(b"[[") {
                (
                    "toml::parse_file: invalid array-table key",
                    &rule::ARRAY_HEADER,
                )
            } else {
                ("toml::parse_file: invalid table key", &rule::TABLE_HEADER)
            };
            let report = self.expecting(title, rule);
            self.report(report);
            self.skip_to_header();
        }
        root
    }

    /// Reads the comments at the start, of which only the errors matter.
    fn top_comments(&mut self) {
        let start = self.at;
        while !self.at_end() {
            match self.comment_line() {
                Ok(true) => {}
                Ok(false) => {
                    if !self.accept(&rule::EMPTY_LINE) {
                        self.at = start;
                    }
                    return;
                }
                Err(report) => {
                    self.report(report);
                    self.skip_comments();
                }
            }
        }
    }

    /// Reads a comment to the end of its line, if one comes next; says whether it did.
    pub(super) fn comment_line(&mut self) -> Result<bool, Report> {
        let start = self.at;
        self.skip_whitespace();
        if !self.accept(&rule::COMMENT) {
            self.at = start;
            return Ok(false);
        }
        if self.at_end() || self.accept(&rule::NEWLINE) {
            return Ok(true);
        }
        self.advance();
        self.skip_until(b"\n");
        self.advance();
        let title = "toml::parse_comment_line: newline (LF / CRLF) or EOF is expected";
        let hint = "Hint: most of the control characters are not allowed in comments";
        Err(self.bad(self.at, title, "but got this").hint(hint))
    }

    /// Reads a header.
    fn header(&mut self, rule: &Rule, title: &str) -> Result<Key, Report> {
        let start = self.at;
        let Some(end) = rule.scan(self.source, start) else {
            return Err(self.expecting(title, rule));
        };
        self.skip_brackets();
        self.skip_whitespace();
        let parts = self.key()?.parts;
        self.at = end;
        Ok(Key {
            parts,
            region: Region::new(start, end),
        })
    }

    fn skip_brackets(&mut self) {
        while self.accept_byte(b'[') {}
    }

    /// Reads the table under a header.
    fn headed_table(&mut self, place: (NodeId, Insertion), key: &Key) {
        match self.comment_line() {
            Ok(true) => {}
            Ok(false) => {
                self.skip_whitespace();
                if !self.at_end() && !self.accept(&rule::NEWLINE) {
                    let title = "toml::parse_file: newline (or EOF) expected";
                    let report = self.expecting(title, &rule::NEWLINE);
                    self.report(report);
                    return self.skip_to_header();
                }
            }
            Err(report) => {
                self.report(report);
                return self.skip_to_header();
            }
        }
        let new = self.tree.add_table(TableKind::Explicit, key.region);
        // What cannot be added is read all the same, for its errors.
        let table = self.insert(place, key, new).unwrap_or_else(|report| {
            self.report(report);
            new
        });
        if let Err(report) = self.table(table) {
            self.report(report);
            self.skip_to_header();
        }
    }

    /// Reads keys and values into a table, up to the next header.
    fn table(&mut self, table: NodeId) -> Result<(), Report> {
        let reports = self.reports.len();
        let mut newline = true;
        while !self.at_end() {
            let start = self.at;
            newline |= self.skip_spacer();
            if self.at_end() {
                break;
            }
            if rule::HEADER_START.scan(self.source, self.at).is_some() {
                self.at = start;
                break;
            }
            if !newline {
                let title = "toml::parse_table: newline (LF / CRLF) or EOF is expected";
                return Err(self.bad(self.at, title, "here"));
            }
            newline = false;
            match self.key_value() {
                Ok((key, value)) => {
                    match self.comment_line() {
                        Ok(found) => newline = found,
                        Err(report) => self.report(report),
                    }
                    if let Err(report) = self.insert((table, Insertion::Dotted), &key, value) {
                        self.report(report);
                    }
                }
                Err(report) => {
                    self.report(report);
                    self.skip_key_value();
                }
            }
        }
        self.last_report_since(reports).map_or(Ok(()), Err)
    }
}
