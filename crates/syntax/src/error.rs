//! What can be wrong with a source, and what is merely doubtful.
//!
//! Messages are those of C++ Nix word for word, since scripts and tests compare them.

use std::fmt::Write as _;

use crate::position::{Pos, SourceMap};
use crate::token::TokenKind;

/// A source that is not a Nix expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where; nowhere for the few errors that C++ Nix gives no place.
    pub pos: Pos,
    /// What is wrong.
    pub kind: ParseErrorKind,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// A token that cannot stand here.
    Unexpected {
        /// What stands here.
        found: TokenKind,
        /// What could, if that is few enough to say.
        expected: &'static [TokenKind],
    },
    /// An integer literal beyond 64 bits.
    InvalidInteger(String),
    /// A floating point literal beyond the range of a double.
    InvalidFloat(String),
    /// A path that ends in a slash.
    TrailingSlash,
    /// A pipe operator while the feature is off.
    PipeOperatorsDisabled,
    /// A string with a NUL byte; its text with U+2400 for each.
    NullByte(String),
    /// A second definition of an attribute.
    AttributeDefined {
        /// The attribute path, as it would be written.
        path: String,
        /// Where the first definition stands.
        previous: Pos,
    },
    /// A second parameter of the same name.
    DuplicateFormal(String),
    /// `${…}` as a name in `let … in`.
    DynamicInLet,
    /// `${…}` in `inherit`.
    DynamicInInherit,
    /// A path below `~` where there is no home directory: in pure evaluation.
    HomePathInPureMode(String),
    /// A lint that the settings make fatal.
    Lint(Finding),
    /// An expression nested deeper than so many levels, which is how far the parser follows.
    NestingTooDeep(u32),
}

/// What the parser found to be doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub pos: Pos,
    /// What.
    pub kind: WarningKind,
}

/// What is doubtful about a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// `f or` where a future version will read `or` differently.
    OrAsIdentifier {
        /// Where the expression ends.
        end: Pos,
    },
    /// A lint that the settings ask for.
    Lint(Finding),
}

/// Literals that a lint can object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lint {
    /// A URL without quotes (setting `lint-url-literals`).
    UrlLiteral,
    /// A relative path that does not start with a dot (setting `lint-short-path-literals`).
    ShortPath,
    /// An absolute path (setting `lint-absolute-path-literals`).
    AbsolutePath,
    /// A path below `~` (setting `lint-absolute-path-literals`).
    HomePath,
}

/// A literal that a lint objects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The lint.
    pub lint: Lint,
    /// The literal as it stands in the source.
    pub literal: String,
}

impl Finding {
    /// The message, with the name of the setting at its end.
    #[must_use]
    pub fn message(&self, is_fatal: bool) -> String {
        let literal = &self.literal;
        let advice = "Consider replacing path literal";
        match self.lint {
            Lint::UrlLiteral => {
                let verdict = if is_fatal {
                    "disallowed"
                } else {
                    "discouraged"
                };
                format!(
                    "URL literals are {verdict}. Consider using a string literal \"{literal}\" instead (lint-url-literals)"
                )
            }
            Lint::ShortPath => format!(
                "relative path literal '{literal}' should be prefixed with '.' for clarity: './{literal}' (lint-short-path-literals)"
            ),
            Lint::AbsolutePath => format!(
                "absolute path literals are not portable. {advice} '{literal}' by a string, relative path, or parameter (lint-absolute-path-literals)"
            ),
            Lint::HomePath => format!(
                "home path literals are not portable. {advice} '{literal}' by a string, relative path, or parameter (lint-absolute-path-literals)"
            ),
        }
    }
}

impl ParseError {
    /// The message without the place. `sources` renders positions that the message mentions.
    #[must_use]
    pub fn message(&self, sources: &SourceMap) -> String {
        match &self.kind {
            ParseErrorKind::Unexpected { found, expected } => unexpected(*found, expected),
            ParseErrorKind::InvalidInteger(text) => format!("invalid integer '{text}'"),
            ParseErrorKind::InvalidFloat(text) => format!("invalid float '{text}'"),
            ParseErrorKind::TrailingSlash => "path has a trailing slash".to_owned(),
            ParseErrorKind::PipeOperatorsDisabled => {
                "experimental Nix feature 'pipe-operators' is disabled; \
                 add '--extra-experimental-features pipe-operators' to enable it"
                    .to_owned()
            }
            ParseErrorKind::NullByte(text) => format!(
                "input string '{text}' cannot be represented as Nix string because it contains null bytes"
            ),
            ParseErrorKind::AttributeDefined { path, previous } => {
                format!(
                    "attribute '{path}' already defined at {}",
                    place(*previous, sources)
                )
            }
            ParseErrorKind::DuplicateFormal(name) => {
                format!("duplicate formal function argument '{name}'")
            }
            ParseErrorKind::DynamicInLet => "dynamic attributes not allowed in let".to_owned(),
            ParseErrorKind::DynamicInInherit => {
                "dynamic attributes not allowed in inherit".to_owned()
            }
            ParseErrorKind::HomePathInPureMode(path) => {
                format!("the path '{path}' can not be resolved in pure mode")
            }
            ParseErrorKind::Lint(finding) => finding.message(true),
            ParseErrorKind::NestingTooDeep(limit) => {
                format!("expression is nested more than {limit} levels deep")
            }
        }
    }

    /// Whether more text could complete the source: an interactive prompt then reads another line.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        matches!(
            self.kind,
            ParseErrorKind::Unexpected {
                found: TokenKind::EndOfFile,
                ..
            }
        )
    }
}

impl Warning {
    /// The message. `sources` must hold the source that was parsed.
    #[must_use]
    pub fn message(&self, sources: &SourceMap) -> String {
        match &self.kind {
            WarningKind::Lint(finding) => finding.message(false),
            WarningKind::OrAsIdentifier { end } => format!(
                "at {}: This expression uses `or` as an identifier in a way that will change in a future Nix release.\n\
                 Wrap this entire expression in parentheses to preserve its current meaning:\n    ({})\n\
                 Give feedback at https://github.com/NixOS/nix/pull/11121",
                place(self.pos, sources),
                snippet(self.pos, *end, sources)
            ),
        }
    }
}

fn unexpected(found: TokenKind, expected: &[TokenKind]) -> String {
    let mut message = format!("syntax error, unexpected {}", found.name());
    for (index, kind) in expected.iter().enumerate() {
        let link = if index == 0 { ", expecting" } else { " or" };
        let _ = write!(message, "{link} {}", kind.name());
    }
    message
}

fn place(pos: Pos, sources: &SourceMap) -> String {
    sources
        .locate(pos)
        .map_or_else(|| "«none»".to_owned(), |location| location.to_string())
}

/// The text between two positions of one source, with line feeds for line ends.
fn snippet(start: Pos, end: Pos, sources: &SourceMap) -> String {
    let Some(source) = sources.source(start) else {
        return String::new();
    };
    let offset = |pos: Pos| (pos.0.saturating_sub(source.base) as usize).min(source.text.len());
    let text = source
        .text
        .get(offset(start)..offset(end))
        .unwrap_or_default();
    String::from_utf8_lossy(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n")
}
