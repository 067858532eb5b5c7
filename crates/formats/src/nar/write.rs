//! Writing archives, from wherever their parts come.

use std::io;

use super::{ArchiveError, MAGIC};

/// Takes an archive in pieces.
pub trait Sink {
    /// Takes all bytes out of `chunk` and leaves it empty; it may be exchanged for another buffer.
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()>;
}

impl<W: io::Write> Sink for W {
    fn take(&mut self, chunk: &mut Vec<u8>) -> io::Result<()> {
        self.write_all(chunk)?;
        chunk.clear();
        Ok(())
    }
}

/// Writes an archive: one node, which is a file, a link, or a directory with entries that hold one
/// node each. The caller keeps the order of calls and sorts the entries.
pub struct Writer<S> {
    sink: S,
    chunk: Vec<u8>,
    chunk_len: usize,
}

/// How many bytes are handed on at once unless the caller says otherwise.
const CHUNK_LEN: usize = 64 * 1024;

impl<S: Sink> Writer<S> {
    /// Starts an archive.
    pub fn new(sink: S) -> Self {
        Self::with_chunk_len(sink, CHUNK_LEN)
    }

    /// Starts an archive that is handed on in chunks of up to `chunk_len` bytes.
    pub fn with_chunk_len(sink: S, chunk_len: usize) -> Self {
        let chunk = Vec::with_capacity(chunk_len);
        let mut writer = Self {
            sink,
            chunk,
            chunk_len,
        };
        push_string(&mut writer.chunk, MAGIC);
        writer
    }

    /// Hands over what is left.
    pub fn finish(mut self) -> Result<S, ArchiveError> {
        self.flush()?;
        Ok(self.sink)
    }

    /// A whole file.
    pub fn file(&mut self, is_executable: bool, contents: &[u8]) -> Result<(), ArchiveError> {
        self.start_file(is_executable, contents.len() as u64)?;
        self.contents(contents)?;
        self.end_file(contents.len() as u64)
    }

    /// A link.
    pub fn symlink(&mut self, target: &[u8]) -> Result<(), ArchiveError> {
        self.token(&[b"(", b"type", b"symlink", b"target", target, b")"])
    }

    /// A file whose `size` bytes come through [`Writer::contents`] or [`Writer::fill`].
    pub fn start_file(&mut self, is_executable: bool, size: u64) -> Result<(), ArchiveError> {
        self.token(&[b"(", b"type", b"regular"])?;
        if is_executable {
            self.token(&[b"executable", b""])?;
        }
        self.token(&[b"contents"])?;
        self.contents(&size.to_le_bytes())
    }

    /// Bytes of a file.
    pub fn contents(&mut self, mut bytes: &[u8]) -> Result<(), ArchiveError> {
        while !bytes.is_empty() {
            let room = self.make_room()?;
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Bytes of a file, which `read` appends to the buffer it is given: up to as many as the second
    /// argument says.
    pub fn fill(
        &mut self,
        limit: u64,
        read: impl FnOnce(&mut Vec<u8>, usize) -> Result<usize, ArchiveError>,
    ) -> Result<usize, ArchiveError> {
        let room = self.make_room()?;
        read(
            &mut self.chunk,
            usize::try_from(limit).unwrap_or(room).min(room),
        )
    }

    /// Ends a file of that size.
    pub fn end_file(&mut self, size: u64) -> Result<(), ArchiveError> {
        self.contents(&[0; 8][..padding(size)])?;
        self.token(&[b")"])
    }

    /// Starts a directory.
    pub fn start_directory(&mut self) -> Result<(), ArchiveError> {
        self.token(&[b"(", b"type", b"directory"])
    }

    /// Starts an entry of a directory; a node must follow.
    pub fn start_entry(&mut self, name: &[u8]) -> Result<(), ArchiveError> {
        self.token(&[b"entry", b"(", b"name", name, b"node"])
    }

    /// Ends an entry.
    pub fn end_entry(&mut self) -> Result<(), ArchiveError> {
        self.token(&[b")"])
    }

    /// Ends a directory.
    pub fn end_directory(&mut self) -> Result<(), ArchiveError> {
        self.token(&[b")"])
    }

    fn token(&mut self, strings: &[&[u8]]) -> Result<(), ArchiveError> {
        for string in strings {
            if self.chunk.len() + 16 + string.len() > self.chunk_len {
                self.flush()?;
            }
            push_string(&mut self.chunk, string);
        }
        Ok(())
    }

    /// Bytes that fit into the chunk: at least one.
    fn make_room(&mut self) -> Result<usize, ArchiveError> {
        if self.chunk.len() >= self.chunk_len {
            self.flush()?;
        }
        Ok(self.chunk_len - self.chunk.len())
    }

    fn flush(&mut self) -> Result<(), ArchiveError> {
        self.sink
            .take(&mut self.chunk)
            .map_err(ArchiveError::Stream)
    }
}

/// Zeros that follow a string of that length.
pub(super) const fn padding(len: u64) -> usize {
    (len.wrapping_neg() % 8) as usize
}

/// Appends a string with its length and padding.
pub(super) fn push_string(bytes: &mut Vec<u8>, string: &[u8]) {
    bytes.extend_from_slice(&(string.len() as u64).to_le_bytes());
    bytes.extend_from_slice(string);
    bytes.extend_from_slice(&[0; 8][..padding(string.len() as u64)]);
}
