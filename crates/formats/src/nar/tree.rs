//! Archives of trees on disk.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, fstat, openat, readlinkat, statat};
use rustix::io::Errno;

use super::{ArchiveError, MAX_DEPTH, Sink, Writer};
use crate::file_error::FileError;
use crate::hash::{Algorithm, Hash, Hasher};

/// Holds some hundred entries of a directory.
const DIRECTORY_BUFFER_LEN: usize = 16 * 1024;

/// What kind of file an entry is, as filters see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// What cannot be in an archive.
    Unknown,
}

impl EntryKind {
    /// The word that filters get.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::Unknown => "unknown",
        }
    }

    const fn of(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => Self::Regular,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            _ => Self::Unknown,
        }
    }
}

/// Writes the archive of `path`; links are not followed, except in the directories that lead there.
pub fn dump_path<S: Sink>(path: &Path, sink: S) -> Result<S, ArchiveError> {
    dump(path, Writer::new(sink), |_, _| Ok(true))
}

/// Writes the archive of `path`, leaving out the entries for which `keep` says no. It is asked in
/// the order of the archive, for everything but `path` itself; its failures are passed on.
pub fn dump_filtered<S: Sink, E: From<ArchiveError>>(
    path: &Path,
    sink: S,
    keep: impl FnMut(&Path, EntryKind) -> Result<bool, E>,
) -> Result<S, E> {
    dump(path, Writer::new(sink), keep)
}

/// The hash of such an archive.
pub fn hash_filtered<E: From<ArchiveError>>(
    path: &Path,
    algorithm: Algorithm,
    keep: impl FnMut(&Path, EntryKind) -> Result<bool, E>,
) -> Result<Hash, E> {
    dump_filtered(path, Hasher::new(algorithm), keep).map(Hasher::finish)
}

/// Continues `writer` with the archive of `path`; see [`dump_filtered`].
pub fn dump<S: Sink, E: From<ArchiveError>>(
    path: &Path,
    writer: Writer<S>,
    keep: impl FnMut(&Path, EntryKind) -> Result<bool, E>,
) -> Result<S, E> {
    let (name, kind) = look_at(path).map_err(ArchiveError::from)?;
    let mut walk = Walk {
        writer,
        keep,
        path: path.to_owned(),
        depth: 0,
    };
    walk.node(CWD, &name, kind)?;
    Ok(walk.writer.finish()?)
}

/// The path as the system takes it, and what it leads to.
fn look_at(path: &Path) -> Result<(CString, EntryKind), FileError> {
    let name = CString::new(path.as_os_str().as_bytes())
        .map_err(|error| FileError::on("opening file", path)(io::Error::from(error)))?;
    let stat = statat(CWD, &name, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(FileError::on("getting status of", path))?;
    Ok((name, EntryKind::of(FileType::from_raw_mode(stat.st_mode))))
}

struct Walk<S, F> {
    writer: Writer<S>,
    keep: F,
    /// Where the walk is, for messages and filters.
    path: PathBuf,
    depth: usize,
}

impl<S: Sink, F> Walk<S, F> {
    fn node<E: From<ArchiveError>>(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        kind: EntryKind,
    ) -> Result<(), E>
    where
        F: FnMut(&Path, EntryKind) -> Result<bool, E>,
    {
        if self.depth >= MAX_DEPTH {
            return Err(ArchiveError::TooDeep(self.path.clone()).into());
        }
        match kind {
            EntryKind::Regular => Ok(self.file(dir, name)?),
            EntryKind::Symlink => Ok(self.symlink(dir, name)?),
            EntryKind::Directory => self.directory(dir, name),
            EntryKind::Unknown => Err(ArchiveError::UnsupportedType(self.path.clone()).into()),
        }
    }

    fn file(&mut self, dir: BorrowedFd<'_>, name: &CStr) -> Result<(), ArchiveError> {
        // Should a pipe have taken the file's place, opening it must not wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = openat(dir, name, flags, Mode::empty())
            .map_err(FileError::on("opening file", &self.path))?;
        let stat = fstat(&fd).map_err(FileError::on("getting status of", &self.path))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(ArchiveError::UnsupportedType(self.path.clone()));
        }
        let size = stat.st_size.unsigned_abs();
        self.writer.start_file(stat.st_mode & 0o100 != 0, size)?;
        let mut left = size;
        while left > 0 {
            let path = &self.path;
            let count = self
                .writer
                .fill(left, |buffer, limit| read_some(&fd, buffer, limit, path))?;
            left -= count as u64;
        }
        self.writer.end_file(size)
    }

    fn symlink(&mut self, dir: BorrowedFd<'_>, name: &CStr) -> Result<(), ArchiveError> {
        let target = readlinkat(dir, name, Vec::new())
            .map_err(FileError::on("reading symbolic link", &self.path))?;
        self.writer.symlink(target.as_bytes())
    }

    fn directory<E: From<ArchiveError>>(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &CStr,
    ) -> Result<(), E>
    where
        F: FnMut(&Path, EntryKind) -> Result<bool, E>,
    {
        let (directory, entries) =
            open_sorted(dir, name, &self.path).map_err(ArchiveError::from)?;
        self.writer.start_directory()?;
        for (name, file_type) in entries {
            self.path.push(OsStr::from_bytes(name.as_bytes()));
            let kind = self.kind_of(directory.as_fd(), &name, file_type)?;
            if (self.keep)(&self.path, kind)? {
                self.writer.start_entry(name.as_bytes())?;
                self.depth += 1;
                self.node(directory.as_fd(), &name, kind)?;
                self.depth -= 1;
                self.writer.end_entry()?;
            }
            self.path.pop();
        }
        Ok(self.writer.end_directory()?)
    }

    /// Some file systems do not say in a directory what its entries are.
    fn kind_of(
        &self,
        dir: BorrowedFd<'_>,
        name: &CStr,
        listed: FileType,
    ) -> Result<EntryKind, ArchiveError> {
        if listed != FileType::Unknown {
            return Ok(EntryKind::of(listed));
        }
        let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(FileError::on("getting status of", &self.path))?;
        Ok(EntryKind::of(FileType::from_raw_mode(stat.st_mode)))
    }
}

/// Appends up to `limit` bytes of a file that is not at its end yet.
fn read_some(
    fd: &OwnedFd,
    buffer: &mut Vec<u8>,
    limit: usize,
    path: &Path,
) -> Result<usize, ArchiveError> {
    let start = buffer.len();
    let count = loop {
        let result = if limit == buffer.capacity() - start {
            rustix::io::read(fd, spare_capacity(buffer))
        } else {
            buffer.resize(start + limit, 0);
            let result = rustix::io::read(fd, &mut buffer[start..]);
            buffer.truncate(start + result.unwrap_or(0));
            result
        };
        match result {
            Err(Errno::INTR) => {}
            other => break other.map_err(FileError::on("reading file", path))?,
        }
    };
    if count == 0 {
        return Err(ArchiveError::FileChanged(path.to_owned()));
    }
    Ok(count)
}

/// Opens a directory and sorts its entries by name.
fn open_sorted(
    parent: BorrowedFd<'_>,
    name: &CStr,
    path: &Path,
) -> Result<(OwnedFd, Vec<(CString, FileType)>), FileError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = openat(parent, name, flags, Mode::empty())
        .map_err(FileError::on("opening directory", path))?;
    let mut entries = Vec::new();
    let mut buffer = Vec::with_capacity(DIRECTORY_BUFFER_LEN);
    let mut listing = RawDir::new(&fd, buffer.spare_capacity_mut());
    while let Some(entry) = listing.next() {
        let entry = entry.map_err(FileError::on("reading directory", path))?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            entries.push((name.to_owned(), entry.file_type()));
        }
    }
    entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    Ok((fd, entries))
}
