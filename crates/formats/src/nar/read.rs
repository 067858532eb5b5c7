//! Reading archives: a strict parser that holds no more than a buffer and the names on its way.

use std::io::{self, Read};

use super::write::padding;
use super::{ArchiveError, MAGIC, MAX_DEPTH, MAX_NAME_LEN, MAX_TARGET_LEN};

/// Sees the bytes of an archive as they are parsed.
pub trait Observer {
    /// The next bytes.
    fn observe(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Looks away.
impl Observer for () {
    fn observe(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// A part of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file. Its bytes come from [`Reader::contents`], or are skipped.
    File {
        /// Whether it may be executed.
        is_executable: bool,
        /// Its length in bytes.
        size: u64,
        /// Where in the archive its bytes start.
        offset: u64,
    },
    /// A link to this target.
    Symlink(Vec<u8>),
    /// A directory: entries follow, then its end.
    Directory,
    /// An entry of the directory that was entered last; what it is follows.
    Entry(Vec<u8>),
    /// The end of the directory that was entered last.
    EndDirectory,
}

/// Keywords are shorter; longer garbage in their place is not read at all.
const MAX_TAG_LEN: usize = 32;

/// A string of one to eight bytes.
const BRACKET_LEN: usize = 16;

/// What follows `regular` at least: `contents`, a number, `)`.
const MIN_FILE_LEN: usize = 2 * BRACKET_LEN + 8;

/// The smallest node is an empty directory: `(`, `type`, `directory`, `)`.
const MIN_NODE_LEN: usize = 4 * BRACKET_LEN + 8;

/// What follows `entry` at least: `(`, `name`, the name, `node`, the node, `)`, the directory's
/// `)`.
const MIN_ENTRY_LEN: usize = 6 * BRACKET_LEN + MIN_NODE_LEN;

const BUFFER_LEN: usize = 128 * 1024;

enum State {
    Start,
    Node,
    Contents { left: u64, size: u64 },
    InDirectory,
    End,
}

/// Takes an archive apart into [`Event`]s.
pub struct Reader<R, O> {
    input: Input<R, O>,
    state: State,
    /// For each directory on the way the name of its last entry.
    directories: Vec<Vec<u8>>,
}

impl<R: Read, O: Observer> Reader<R, O> {
    /// Reads from `source`, beyond the end of the archive perhaps.
    pub fn new(source: R, observer: O) -> Self {
        Self {
            input: Input::new(source, observer, false),
            state: State::Start,
            directories: Vec::new(),
        }
    }

    /// Asks `source` for no more than the archive's own bytes, in more and smaller pieces.
    pub fn exact(source: R, observer: O) -> Self {
        Self {
            input: Input::new(source, observer, true),
            state: State::Start,
            directories: Vec::new(),
        }
    }

    /// Gives the observer back, after the end.
    pub fn finish(mut self) -> Result<O, ArchiveError> {
        self.input.report()?;
        Ok(self.input.observer)
    }

    /// The next part; `None` at the end.
    pub fn next_event(&mut self) -> Result<Option<Event>, ArchiveError> {
        loop {
            match self.state {
                State::Start => {
                    let magic = self.input.string(MAGIC.len());
                    match magic {
                        Ok(magic) if magic == MAGIC => {}
                        Ok(_) | Err(ArchiveError::Malformed(_)) => {
                            let problem = "input doesn't look like a Nix archive";
                            return Err(ArchiveError::malformed(problem));
                        }
                        Err(error) => return Err(error),
                    }
                    self.state = State::Node;
                }
                State::Node => return self.node().map(Some),
                State::Contents { .. } => {
                    while self.contents()?.is_some() {}
                    self.input.expect(")")?;
                    self.leave_node()?;
                }
                State::InDirectory => return self.in_directory().map(Some),
                State::End => return Ok(None),
            }
        }
    }

    /// The next bytes of the current file; `None` at its end.
    pub fn contents(&mut self) -> Result<Option<&[u8]>, ArchiveError> {
        let State::Contents { left, size } = &mut self.state else {
            return Ok(None);
        };
        if *left == 0 {
            if *size > 0 {
                let zeros = self.input.take(padding(*size))?;
                check_padding(zeros)?;
                *size = 0;
            }
            return Ok(None);
        }
        let bytes = self.input.take_some(*left)?;
        *left -= bytes.len() as u64;
        Ok(Some(bytes))
    }

    fn node(&mut self) -> Result<Event, ArchiveError> {
        if self.directories.len() >= MAX_DEPTH {
            return Err(ArchiveError::malformed(format!(
                "NAR directory nesting exceeds maximum depth of {MAX_DEPTH}"
            )));
        }
        self.input.look_ahead(MIN_NODE_LEN)?;
        self.input.expect("(")?;
        self.input.expect("type")?;
        match self.input.string(MAX_TAG_LEN)? {
            b"regular" => self.file(),
            b"symlink" => self.symlink(),
            b"directory" => {
                self.directories.push(Vec::new());
                self.state = State::InDirectory;
                Ok(Event::Directory)
            }
            other => Err(ArchiveError::malformed(format!(
                "unknown file type '{}'",
                show(other)
            ))),
        }
    }

    fn file(&mut self) -> Result<Event, ArchiveError> {
        self.input.look_ahead(MIN_FILE_LEN)?;
        let mut tag = self.input.string(MAX_TAG_LEN)?;
        let is_executable = tag == b"executable";
        if is_executable {
            self.input.string(0)?;
            tag = self.input.string(MAX_TAG_LEN)?;
        }
        if tag != b"contents" {
            let problem = format!("expected tag 'contents', got '{}'", show(tag));
            return Err(ArchiveError::malformed(problem));
        }
        let size = self.input.number()?;
        self.state = State::Contents { left: size, size };
        let offset = self.input.offset;
        Ok(Event::File {
            is_executable,
            size,
            offset,
        })
    }

    fn symlink(&mut self) -> Result<Event, ArchiveError> {
        self.input.expect("target")?;
        let target = self.input.string(MAX_TARGET_LEN)?.to_vec();
        if target.is_empty() || target.contains(&0) {
            return Err(ArchiveError::malformed(
                "NAR contains invalid symlink target",
            ));
        }
        self.input.expect(")")?;
        self.leave_node()?;
        Ok(Event::Symlink(target))
    }

    fn in_directory(&mut self) -> Result<Event, ArchiveError> {
        self.input.look_ahead(BRACKET_LEN)?;
        match self.input.string(MAX_TAG_LEN)? {
            b")" => {
                self.directories.pop();
                self.leave_node()?;
                Ok(Event::EndDirectory)
            }
            b"entry" => {
                self.input.look_ahead(MIN_ENTRY_LEN)?;
                self.input.expect("(")?;
                self.input.expect("name")?;
                let name = self.input.string(MAX_NAME_LEN)?.to_vec();
                check_name(&name)?;
                if let Some(last) = self.directories.last_mut() {
                    if name <= *last {
                        return Err(ArchiveError::malformed("NAR directory is not sorted"));
                    }
                    last.clone_from(&name);
                }
                self.input.expect("node")?;
                self.state = State::Node;
                Ok(Event::Entry(name))
            }
            other => {
                let problem = format!("expected tag 'entry' or ')', got '{}'", show(other));
                Err(ArchiveError::malformed(problem))
            }
        }
    }

    /// After a node: the entry that holds it ends, or the archive.
    fn leave_node(&mut self) -> Result<(), ArchiveError> {
        if self.directories.is_empty() {
            self.state = State::End;
            return Ok(());
        }
        self.input.expect(")")?;
        self.state = State::InDirectory;
        Ok(())
    }
}

/// A name must stay within its directory.
fn check_name(name: &[u8]) -> Result<(), ArchiveError> {
    let is_bad = matches!(name, b"" | b"." | b"..") || name.iter().any(|b| matches!(b, b'/' | 0));
    if is_bad {
        let problem = format!("NAR contains invalid file name '{}'", show(name));
        return Err(ArchiveError::malformed(problem));
    }
    Ok(())
}

fn check_padding(zeros: &[u8]) -> Result<(), ArchiveError> {
    if zeros.iter().any(|&byte| byte != 0) {
        return Err(ArchiveError::malformed("non-zero padding"));
    }
    Ok(())
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A buffered source that shows consumed bytes to an observer.
pub(super) struct Input<R, O> {
    source: R,
    observer: O,
    buffer: Vec<u8>,
    /// `buffer[observed..start]` is consumed but not observed, `buffer[start..end]` not consumed.
    observed: usize,
    start: usize,
    end: usize,
    /// How many bytes were consumed in all.
    offset: u64,
    is_exact: bool,
}

impl<R: Read, O: Observer> Input<R, O> {
    pub(super) fn new(source: R, observer: O, is_exact: bool) -> Self {
        Self {
            source,
            observer,
            buffer: vec![0; BUFFER_LEN],
            observed: 0,
            start: 0,
            end: 0,
            offset: 0,
            is_exact,
        }
    }

    fn report(&mut self) -> Result<(), ArchiveError> {
        let consumed = &self.buffer[self.observed..self.start];
        self.observed = self.start;
        if consumed.is_empty() {
            return Ok(());
        }
        self.observer
            .observe(consumed)
            .map_err(ArchiveError::Stream)
    }

    /// Makes sure that `count` bytes, no more than the buffer holds, are there to be consumed.
    fn fill(&mut self, count: usize) -> Result<(), ArchiveError> {
        if self.end - self.start >= count {
            return Ok(());
        }
        // Small reads gather in the buffer; large ones get all of it.
        if !self.is_exact || self.start + count > self.buffer.len() {
            self.report()?;
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            (self.start, self.observed) = (0, 0);
        }
        while self.end - self.start < count {
            let limit = if self.is_exact {
                self.start + count
            } else {
                self.buffer.len()
            };
            match self.source.read(&mut self.buffer[self.end..limit]) {
                Ok(0) => return Err(ArchiveError::UnexpectedEnd),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ArchiveError::Stream(error)),
            }
        }
        Ok(())
    }

    /// Saves small reads of a source that must not be read beyond the archive: at least this many
    /// bytes of it are still to come.
    fn look_ahead(&mut self, count: usize) -> Result<(), ArchiveError> {
        if self.is_exact {
            self.fill(count)
        } else {
            Ok(())
        }
    }

    /// Consumes `count` bytes, no more than the buffer holds.
    fn take(&mut self, count: usize) -> Result<&[u8], ArchiveError> {
        self.fill(count)?;
        let bytes = &self.buffer[self.start..self.start + count];
        self.start += count;
        self.offset += count as u64;
        Ok(bytes)
    }

    /// Consumes between one and `limit` bytes.
    fn take_some(&mut self, limit: u64) -> Result<&[u8], ArchiveError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let wanted = if self.is_exact {
            limit.min(self.buffer.len())
        } else {
            1
        };
        self.fill(wanted)?;
        self.take(limit.min(self.end - self.start))
    }

    pub(super) fn number(&mut self) -> Result<u64, ArchiveError> {
        let bytes = self.take(8)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Consumes a string of at most `limit` bytes.
    pub(super) fn string(&mut self, limit: usize) -> Result<&[u8], ArchiveError> {
        let len = self.number()?;
        let Some(len) = usize::try_from(len).ok().filter(|&len| len <= limit) else {
            return Err(ArchiveError::malformed("string is too long"));
        };
        let padded = self.take(len + padding(len as u64))?;
        let (string, zeros) = padded.split_at(len);
        check_padding(zeros)?;
        Ok(string)
    }

    fn expect(&mut self, tag: &str) -> Result<(), ArchiveError> {
        let got = self.string(MAX_TAG_LEN)?;
        if got == tag.as_bytes() {
            return Ok(());
        }
        let problem = format!("expected tag '{tag}', got '{}'", show(got));
        Err(ArchiveError::malformed(problem))
    }
}
