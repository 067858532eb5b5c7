//! Nix archives (NAR): file trees as one stream of bytes that depends on nothing but their content.
//!
//! Of a file, its bytes and whether its owner may execute it count; of a link, its target; of a
//! directory, its entries sorted by the bytes of their names. Everything is a string: eight bytes
//! of length, little-endian, the bytes, and zeros up to a multiple of eight.

mod export;
mod listing;
mod read;
mod restore;
mod summary;
mod tree;
mod write;

use std::io;
use std::path::PathBuf;

pub use export::ExportTrailer;
pub use listing::Listing;
pub use read::{Event, Observer, Reader};
pub use restore::{RestoreOptions, restore};
pub use summary::{CHUNK_LEN, Summariser, Summary, check_stream, summarise_path, summarise_stream};
pub use tree::{EntryKind, dump, dump_filtered, dump_path, hash_filtered};
pub use write::{Sink, Writer};

use crate::file_error::FileError;

/// The string that archives start with.
pub const MAGIC: &[u8] = b"nix-archive-1";

/// How deep directories may be nested.
pub const MAX_DEPTH: usize = 64;

/// Longest name of an entry in bytes.
pub const MAX_NAME_LEN: usize = 255;

/// Longest target of a link in bytes.
pub const MAX_TARGET_LEN: usize = 4095;

/// Why an archive cannot be made, read or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes are no archive.
    #[error("bad archive: {0}")]
    Malformed(String),
    /// The stream ends within the archive.
    #[error("unexpected end-of-file")]
    UnexpectedEnd,
    /// A device, socket or named pipe.
    #[error("file '{}' has an unsupported type", .0.display())]
    UnsupportedType(PathBuf),
    /// Too many directories in each other.
    #[error("path '{}' exceeds maximum NAR directory depth of {MAX_DEPTH}", .0.display())]
    TooDeep(PathBuf),
    /// A file became shorter meanwhile.
    #[error("file '{}' changed while it was being read", .0.display())]
    FileChanged(PathBuf),
    /// A system call on a file failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The stream that an archive is read from or written to failed.
    #[error(transparent)]
    Stream(io::Error),
}

impl ArchiveError {
    fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed(problem.into())
    }
}
