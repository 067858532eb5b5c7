//! What an archive holds and where, as binary caches publish it in `.ls` files.

use std::collections::BTreeMap;
use std::io::Read;

use super::{ArchiveError, Event, Reader};

/// A file, link or directory in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// A file.
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
    /// A directory with these entries.
    Directory(BTreeMap<Vec<u8>, Self>),
}

impl Listing {
    /// Reads an archive.
    pub fn read(source: impl Read) -> Result<Self, ArchiveError> {
        let mut reader = Reader::new(source, ());
        let listing = Self::node(&mut reader)?;
        while reader.next_event()?.is_some() {}
        Ok(listing)
    }

    fn node<R: Read>(reader: &mut Reader<R, ()>) -> Result<Self, ArchiveError> {
        match reader.next_event()? {
            Some(Event::File {
                is_executable,
                size,
                offset,
            }) => Ok(Self::File {
                is_executable,
                size,
                offset,
            }),
            Some(Event::Symlink(target)) => Ok(Self::Symlink(target)),
            Some(Event::Directory) => {
                let mut entries = BTreeMap::new();
                while let Some(Event::Entry(name)) = reader.next_event()? {
                    entries.insert(name, Self::node(reader)?);
                }
                Ok(Self::Directory(entries))
            }
            // The reader yields nothing else where a node must be.
            _ => Err(ArchiveError::UnexpectedEnd),
        }
    }
}
