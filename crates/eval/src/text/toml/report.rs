//! Error messages with excerpts of the source, laid out as toml11 does.

use super::rule::show_byte;

/// How much of a line around a place is shown.
const CONTEXT: usize = 30;

/// A part of a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    /// A single byte is on one line even if it is the newline.
    single: bool,
}

impl Region {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            single: false,
        }
    }

    /// The byte at a place, or at the end of the source the last one.
    pub(super) fn at(source: &[u8], at: usize) -> Self {
        if at < source.len() {
            Self {
                start: at,
                end: at + 1,
                single: true,
            }
        } else {
            Self::new(source.len().saturating_sub(1), source.len())
        }
    }
}

/// Lines of a source around a region.
#[derive(Clone)]
struct Excerpt {
    /// What the source is called.
    source: &'static str,
    first_line: usize,
    last_line: usize,
    length: usize,
    lines: Vec<ShownLine>,
}

/// A line as it is shown, and the column (from 1) of the place in it.
#[derive(Clone)]
struct ShownLine {
    text: Vec<u8>,
    column: usize,
}

impl Excerpt {
    fn new(name: &'static str, source: &[u8], region: Region) -> Self {
        let line = |at: usize| 1 + memchr::memchr_iter(b'\n', &source[..at]).count();
        let first_line = line(region.start);
        let last_line = if region.single {
            first_line
        } else {
            line(region.end)
        };
        let length = region.end - region.start;
        let (begin, end) = (region.start, region.end.saturating_sub(1).max(region.start));
        let lines = if length == 0 {
            vec![ShownLine {
                text: Vec::new(),
                column: 1,
            }]
        } else if first_line == last_line {
            vec![shown_line(source, begin, end)]
        } else {
            let after = if source.len() - begin > 60 {
                begin + 50
            } else {
                source.len()
            };
            let before = if end > 60 { end - 50 } else { 0 };
            let newline = |from: usize, to: usize| {
                memchr::memchr(b'\n', source.get(from..to).unwrap_or_default())
                    .map_or(to, |n| from + n)
            };
            let mut lines = vec![shown_line(source, begin, newline(begin, after))];
            if first_line + 1 < last_line {
                lines.push(ShownLine {
                    text: b"...".to_vec(),
                    column: 1,
                });
            }
            lines.push(shown_line(source, newline(before, end), end));
            lines
        };
        Self {
            source: name,
            first_line,
            last_line,
            length,
            lines,
        }
    }

    fn write(&self, width: usize, message: &str, out: &mut Vec<u8>) {
        let [first, others @ ..] = self.lines.as_slice() else {
            return;
        };
        let rest_of_first = (first.text.len() + 1).saturating_sub(first.column);
        write_line(width, self.first_line, &first.text, out);
        let Some((last, middle)) = others.split_last() else {
            let limit = if first.text.len() < first.column {
                1
            } else {
                rest_of_first
            };
            return write_underline(width, (first.column, limit.min(self.length)), message, out);
        };
        let joint = if middle.is_empty() { "" } else { "and" };
        write_underline(width, (first.column, rest_of_first), joint, out);
        for line in middle {
            write_line(width, self.first_line + 1, &line.text, out);
            write_underline(width, (1, line.text.len()), "and", out);
        }
        write_line(width, self.last_line, &last.text, out);
        write_underline(width, (1, last.column), message, out);
    }
}

/// The line around `begin..=end`, without what is too far away.
fn shown_line(source: &[u8], begin: usize, end: usize) -> ShownLine {
    let low = begin.saturating_sub(CONTEXT);
    let high = if source.len() - end <= CONTEXT {
        source.len()
    } else {
        end + CONTEXT
    };
    let start =
        memchr::memrchr(b'\n', &source[low..begin]).map_or(low, |newline| low + newline + 1);
    let stop = memchr::memchr(b'\n', &source[end..high]).map_or(high, |newline| end + newline);
    let mut text = Vec::new();
    let mut column = begin - start + 1;
    if start > 0 && source[start - 1] != b'\n' {
        text.extend_from_slice(b"... ");
        column += 4;
    }
    text.extend_from_slice(&source[start..stop]);
    if source.get(stop).is_some_and(|&byte| byte != b'\n') {
        text.extend_from_slice(b" ...");
    }
    ShownLine { text, column }
}

fn write_line(width: usize, number: usize, text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(format!(" {number:>width$} | ").as_bytes());
    for &byte in text {
        if byte == b' ' {
            out.push(byte);
        } else {
            out.extend_from_slice(show_byte(byte).as_bytes());
        }
    }
    out.push(b'\n');
}

fn write_underline(
    width: usize,
    (column, length): (usize, usize),
    message: &str,
    out: &mut Vec<u8>,
) {
    out.resize(out.len() + width + 1, b' ');
    out.extend_from_slice(b" | ");
    out.resize(out.len() + column.saturating_sub(1), b' ');
    out.resize(out.len() + length, b'^');
    out.extend_from_slice(format!("-- {message}\n").as_bytes());
}

/// One error.
#[derive(Clone)]
pub(super) struct Report {
    title: String,
    places: Vec<(Excerpt, String)>,
    hint: &'static str,
}

impl Report {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            places: Vec::new(),
            hint: "",
        }
    }

    /// Adds a place of the document, and what to say about it.
    pub(super) fn place(self, source: &[u8], region: Region, message: impl Into<String>) -> Self {
        self.place_in("fromTOML", (source, region), message)
    }

    /// Adds a place of another source.
    pub(super) fn place_in(
        mut self,
        name: &'static str,
        (source, region): (&[u8], Region),
        message: impl Into<String>,
    ) -> Self {
        self.places
            .push((Excerpt::new(name, source, region), message.into()));
        self
    }

    /// Sets what follows the excerpts.
    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// Appends the error as text.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("[error] {}\n", self.title).as_bytes());
        let last_line = self
            .places
            .iter()
            .map(|(excerpt, _)| excerpt.last_line)
            .max()
            .unwrap_or(0);
        let width = last_line
            .checked_ilog10()
            .map_or(0, |digits| digits as usize + 1);
        let margin = " ".repeat(width + 1);
        let mut source = "";
        for (number, (excerpt, message)) in self.places.iter().enumerate() {
            if number > 0 {
                out.extend_from_slice(format!("{margin} | ...\n{margin} |\n").as_bytes());
            }
            if excerpt.source != source {
                source = excerpt.source;
                out.extend_from_slice(format!(" --> {source}\n{margin} |\n").as_bytes());
            }
            excerpt.write(width, message, out);
        }
        out.extend_from_slice(self.hint.as_bytes());
    }
}
