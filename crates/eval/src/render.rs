//! Errors as text, with excerpts of the sources.

use std::borrow::Cow;
use std::fmt::Write as _;

use rustc_hash::FxHashSet;
use syntax::position::{Location, Pos, SourceMap};

use crate::error::{Error, Trace};
use crate::evaluator::Evaluator;

/// A position as messages name it.
pub(crate) fn location(location: &Location) -> String {
    location.to_string()
}

/// Without `--show-trace`, the trace ends after this many lines that count.
const SHORT_TRACE: usize = 3;
/// Of a line with more bytes than this, only what is near the position is shown: generated files may be all one line.
const WHOLE_LINE: usize = 1000;
/// How many bytes to either side that is.
const MARGIN: usize = 100;
/// This many repeated steps are printed rather than counted.
const FEW_REPEATED: usize = 5;

impl Evaluator {
    /// An error as the commands print it after `error: `: the trace with the outermost step first, the message, the
    /// excerpt, the suggestions.
    #[must_use]
    pub fn render(&self, error: &Error, show_trace: bool) -> String {
        let data = error.data();
        let mut output = Rendering::new(&self.sources);
        let has_steps = !data.traces.iter().all(|trace| trace.message.is_empty());
        if has_steps {
            output.traces(&data.traces, show_trace);
            output.out.push_str("\nerror: ");
        }
        output.out.push_str(&String::from_utf8_lossy(&data.message));
        output.out.push('\n');
        output.place("", data.pos);
        if !data.suggestions.is_empty() {
            let names: Vec<&[u8]> = data.suggestions.iter().map(Vec::as_slice).collect();
            let hint = crate::text::suggest::did_you_mean(&names, |name, out| {
                out.extend_from_slice(name);
            });
            output.out.push_str(&String::from_utf8_lossy(&hint));
            output.out.push('\n');
        }
        indent(output.out.trim_end(), "error: ")
    }

    /// The lines around a position.
    pub(crate) fn render_excerpt(&self, pos: Pos) -> String {
        let mut output = Rendering::new(&self.sources);
        if let (Some(location), Some(source)) = (self.sources.locate(pos), self.sources.source(pos))
        {
            output.excerpt(&String::from_utf8_lossy(&source.text), &location);
        }
        output.out
    }

    /// A warning about a source as the commands print it after `warning: `.
    pub(crate) fn render_warning(&self, message: &str, pos: Pos) -> String {
        let mut output = Rendering::new(&self.sources);
        output.out.push_str(message);
        output.out.push('\n');
        output.place("", pos);
        indent(output.out.trim_end(), "warning: ")
    }
}

/// Every line after the first is indented as far as `label` reaches.
fn indent(text: &str, label: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (index, line) in text.split('\n').enumerate() {
        let line = line.trim_end();
        if index > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&" ".repeat(label.len()));
            }
        }
        out.push_str(line);
    }
    out
}

struct Rendering<'s> {
    sources: &'s SourceMap,
    out: String,
    seen: FxHashSet<(Pos, Vec<u8>)>,
    count: usize,
}

impl<'s> Rendering<'s> {
    fn new(sources: &'s SourceMap) -> Rendering<'s> {
        Rendering {
            sources,
            out: String::new(),
            seen: FxHashSet::default(),
            count: 0,
        }
    }

    fn traces(&mut self, traces: &[Trace], show_all: bool) {
        let mut skipped: Vec<&Trace> = Vec::new();
        let mut is_truncated = false;
        for trace in traces
            .iter()
            .rev()
            .filter(|trace| !trace.message.is_empty())
        {
            if !show_all && self.count > SHORT_TRACE {
                is_truncated = true;
            }
            if is_truncated && !trace.always {
                continue;
            }
            let key = (trace.pos, trace.message.clone());
            if !self.seen.insert(key) {
                skipped.push(trace);
                continue;
            }
            self.skipped(&mut skipped);
            self.count += 1;
            self.trace(trace);
        }
        self.skipped(&mut skipped);
        if is_truncated {
            let note =
                "(stack trace truncated; use '--show-trace' to show the full, detailed trace)";
            let _ = write!(self.out, "\n{note}\n");
        }
    }

    fn skipped(&mut self, skipped: &mut Vec<&Trace>) {
        if skipped.len() > FEW_REPEATED {
            let note = format!("\n({} duplicate frames omitted)\n", skipped.len());
            self.out.push_str(&note);
            skipped.clear();
        }
        for trace in skipped.drain(..) {
            self.trace(trace);
        }
    }

    fn trace(&mut self, trace: &Trace) {
        self.out.push_str("\n… ");
        self.out.push_str(&String::from_utf8_lossy(&trace.message));
        self.out.push('\n');
        if self.place("  ", trace.pos) {
            self.count += 1;
        }
    }

    /// `at file:line:column:` and the lines around it.
    fn place(&mut self, indent: &str, pos: Pos) -> bool {
        let Some(location) = self.sources.locate(pos) else {
            return false;
        };
        let _ = write!(self.out, "{indent}at {location}:");
        if let Some(source) = self.sources.source(pos) {
            self.excerpt(&String::from_utf8_lossy(&source.text), &location);
        }
        self.out.push('\n');
        true
    }

    fn excerpt(&mut self, text: &str, location: &Location) {
        let line = location.line as usize;
        let first = line.saturating_sub(1).max(1);
        for (number, content) in (1..)
            .zip(lines(text))
            .skip(first - 1)
            .take(line - first + 2)
        {
            let is_meant = number == line;
            let column = if is_meant {
                location.column as usize
            } else {
                1
            };
            let (content, column) = cut(content, column);
            let _ = write!(self.out, "\n{number:>6}| {content}");
            if is_meant {
                let _ = write!(self.out, "\n      |{}^", " ".repeat(column));
            }
        }
    }
}

/// The part of a long line that is near a column, and where that column is in it.
fn cut(line: &str, column: usize) -> (Cow<'_, str>, usize) {
    if line.len() <= WHOLE_LINE {
        return (Cow::Borrowed(line), column);
    }
    let boundary = |mut index: usize| {
        while !line.is_char_boundary(index) {
            index -= 1;
        }
        index
    };
    let at = (column - 1).min(line.len());
    let start = boundary(at.saturating_sub(MARGIN));
    let end = boundary((at + MARGIN).min(line.len()));
    let (before, gap) = if start > 0 { ("…", 1) } else { ("", 0) };
    let after = if end < line.len() { "…" } else { "" };
    let part = format!("{before}{}{after}", &line[start..end]);
    (Cow::Owned(part), gap + at - start + 1)
}

/// Lines end in a newline, a carriage return, or both; an empty text has none.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let Some(end) = current.find(['\r', '\n']) else {
            rest = None;
            return Some(current);
        };
        let after = &current[end..];
        let after = after.strip_prefix('\r').unwrap_or(after);
        let after = if current[end..].starts_with('\n') || after.starts_with('\n') {
            after.strip_prefix('\n').unwrap_or(after)
        } else {
            after
        };
        rest = Some(after);
        Some(&current[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_usual_length_are_whole() {
        let line = "x".repeat(WHOLE_LINE);
        assert_eq!(cut(&line, 7), (Cow::Borrowed(&line[..]), 7));
    }

    #[test]
    fn of_long_lines_what_is_near_the_column_is_shown() {
        let line = format!("{}!{}", "a".repeat(5000), "b".repeat(5000));
        for (column, shown, mark) in [
            (5001, "a!b", Some('!')),
            (1, "aaa", Some('a')),
            (10_001, "bbb", Some('b')),
            (10_002, "bbb", None),
        ] {
            let (part, found) = cut(&line, column);
            assert!(part.contains(shown) && part.chars().count() < 3 * MARGIN);
            assert_eq!(part.chars().nth(found - 1), mark, "{column}");
        }
    }

    #[test]
    fn characters_are_not_cut() {
        let line = "ä".repeat(5000);
        for column in 4000..4010 {
            cut(&line, column);
        }
    }
}
