//! Unpacking archives.
//!
//! Every file is made by name in a directory that is held open, and only if nothing of that name is
//! there: nothing can be written outside the tree, and nothing that exists is changed.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, Mode, OFlags, fchmod, futimens, mkdirat, openat, symlinkat, syncfs,
    unlinkat, utimensat,
};
use rustix::io::Errno;

use super::read::Observer;
use super::{ArchiveError, Event, Reader};
use crate::file_error::FileError;
use crate::metadata::{MODE_EXECUTABLE, MODE_PLAIN, STORE_TIMES};

/// How to unpack.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestoreOptions {
    /// Wait until everything is on the disk.
    pub sync: bool,
    /// Give everything the modes and times of store objects at once.
    pub is_canonical: bool,
}

/// Unpacks an archive to `path`, which must not exist. What was written is removed on failure.
pub fn restore<R: Read, O: Observer>(
    reader: &mut Reader<R, O>,
    path: &Path,
    options: RestoreOptions,
) -> Result<(), ArchiveError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(FileError::on("creating", path)(Errno::EXIST).into());
    };
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let parent = open_directory(CWD, parent.as_os_str())
        .map_err(FileError::on("opening directory", parent))?;
    let mut unpacking = Unpacking {
        reader,
        options,
        path: path.to_owned(),
        has_started: false,
    };
    let result = unpacking.whole(parent.as_fd(), name);
    if result.is_err() && unpacking.has_started {
        // The first error is the one to report.
        let _also_failed = remove_tree(parent.as_fd(), name);
    }
    result
}

struct Unpacking<'r, R, O> {
    reader: &'r mut Reader<R, O>,
    options: RestoreOptions,
    path: PathBuf,
    /// Whether something may have to be removed again.
    has_started: bool,
}

impl<R: Read, O: Observer> Unpacking<'_, R, O> {
    fn whole(&mut self, parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), ArchiveError> {
        self.node(parent, name)?;
        // A file's closing bracket is still to be read.
        while self.reader.next_event()?.is_some() {}
        if self.options.sync {
            syncfs(parent).map_err(FileError::on("synchronising", &self.path))?;
        }
        Ok(())
    }

    fn node(&mut self, dir: BorrowedFd<'_>, name: &OsStr) -> Result<(), ArchiveError> {
        match self.reader.next_event()? {
            Some(Event::File { is_executable, .. }) => self.file(dir, name, is_executable),
            Some(Event::Symlink(target)) => self.symlink(dir, name, &target),
            Some(Event::Directory) => self.directory(dir, name),
            // The reader yields nothing else where a node must be.
            _ => Err(ArchiveError::UnexpectedEnd),
        }
    }

    fn file(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &OsStr,
        is_executable: bool,
    ) -> Result<(), ArchiveError> {
        let mode = Mode::from_raw_mode(if is_executable { 0o777 } else { 0o666 });
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd =
            openat(dir, name, flags, mode).map_err(FileError::on("creating file", &self.path))?;
        self.has_started = true;
        let mut file = std::fs::File::from(fd);
        while let Some(bytes) = self.reader.contents()? {
            file.write_all(bytes)
                .map_err(FileError::on("writing to file", &self.path))?;
        }
        let mode = if is_executable {
            MODE_EXECUTABLE
        } else {
            MODE_PLAIN
        };
        Ok(self.canonicalise(file.as_fd(), mode)?)
    }

    fn symlink(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &OsStr,
        target: &[u8],
    ) -> Result<(), ArchiveError> {
        symlinkat(target, dir, name)
            .map_err(FileError::on("creating symbolic link", &self.path))?;
        self.has_started = true;
        if self.options.is_canonical {
            utimensat(dir, name, &STORE_TIMES, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(FileError::on("changing modification time of", &self.path))?;
        }
        Ok(())
    }

    fn directory(&mut self, dir: BorrowedFd<'_>, name: &OsStr) -> Result<(), ArchiveError> {
        mkdirat(dir, name, Mode::from_raw_mode(0o777))
            .map_err(FileError::on("creating directory", &self.path))?;
        self.has_started = true;
        let fd =
            open_directory(dir, name).map_err(FileError::on("opening directory", &self.path))?;
        while let Some(Event::Entry(name)) = self.reader.next_event()? {
            let name = OsStr::from_bytes(&name);
            self.path.push(name);
            self.node(fd.as_fd(), name)?;
            self.path.pop();
        }
        Ok(self.canonicalise(fd.as_fd(), MODE_EXECUTABLE)?)
    }

    fn canonicalise(&self, fd: BorrowedFd<'_>, mode: Mode) -> Result<(), FileError> {
        if !self.options.is_canonical {
            return Ok(());
        }
        fchmod(fd, mode).map_err(FileError::on("changing mode of", &self.path))?;
        futimens(fd, &STORE_TIMES)
            .map_err(FileError::on("changing modification time of", &self.path))
    }
}

fn open_directory(dir: BorrowedFd<'_>, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(dir, name, flags, Mode::empty())
}

/// Removes a file or a tree, read-only directories too. Links are not followed.
fn remove_tree(parent: BorrowedFd<'_>, name: &OsStr) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        other => return other,
    }
    let mut dir = Dir::new(open_directory(parent, name)?)?;
    fchmod(dir.fd()?, Mode::RWXU)?;
    let mut names = Vec::new();
    while let Some(entry) = dir.read() {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    for name in names {
        remove_tree(dir.fd()?, OsStr::from_bytes(&name))?;
    }
    unlinkat(parent, name, AtFlags::REMOVEDIR)
}
