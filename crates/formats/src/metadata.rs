//! The metadata of store objects: last changed one second into 1970, read-only, nobody's
//! attributes.

use std::ffi::{CStr, OsStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use rustix::buffer::spare_capacity;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_OMIT, chmodat,
    chownat, llistxattr, lremovexattr, openat, statat, utimensat,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, getegid, geteuid};

use crate::file_error::FileError;

/// Of files that cannot be executed.
pub(crate) const MODE_PLAIN: Mode = Mode::from_raw_mode(0o444);

/// Of files that can be executed, and of directories.
pub(crate) const MODE_EXECUTABLE: Mode = Mode::from_raw_mode(0o555);

const STORE_SECONDS: i64 = 1;

/// No file's list of extended attributes is longer.
const MAX_ATTRIBUTES_LEN: usize = 64 * 1024;

/// The modification time of store objects; the access time is left alone.
pub(crate) const STORE_TIMES: Timestamps = Timestamps {
    last_access: Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    },
    last_modification: Timespec {
        tv_sec: STORE_SECONDS,
        tv_nsec: 0,
    },
};

/// Extended attributes that nobody can remove on the systems that set them.
pub const IGNORED_ATTRIBUTES: [&str; 3] = ["security.selinux", "system.nfs4_acl", "security.csm"];

/// Why a tree cannot be given the metadata of a store object.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// A device, socket or named pipe.
    #[error("file \"{}\" has an unsupported type", .0.display())]
    UnsupportedType(PathBuf),
    /// A file that the builder cannot have made.
    #[error("invalid ownership on file \"{}\"", .0.display())]
    InvalidOwnership(PathBuf),
    /// A system call on a file failed.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Gives trees the metadata of store objects.
///
/// Files that were seen before are remembered: hard links within and between the outputs of one
/// build are fine, links to files of somebody else are not.
#[derive(Debug)]
pub struct Canonicaliser {
    owner: (Uid, Gid),
    builder_uids: Option<(u32, u32)>,
    ignored_attributes: Vec<String>,
    /// Device and inode.
    seen: FxHashSet<(u64, u64)>,
}

impl Default for Canonicaliser {
    fn default() -> Self {
        Self {
            owner: (geteuid(), getegid()),
            builder_uids: None,
            ignored_attributes: IGNORED_ATTRIBUTES.map(str::to_owned).into(),
            seen: FxHashSet::default(),
        }
    }
}

impl Canonicaliser {
    /// Sets the owner, who is the calling user by default.
    #[must_use]
    pub fn with_owner(mut self, uid: Option<u32>, gid: Option<u32>) -> Self {
        let (user, group) = self.owner;
        self.owner = (
            uid.map_or(user, Uid::from_raw),
            gid.map_or(group, Gid::from_raw),
        );
        self
    }

    /// Refuses files whose owner is none of these: the first and the last.
    #[must_use]
    pub fn with_builder_uids(mut self, uids: (u32, u32)) -> Self {
        self.builder_uids = Some(uids);
        self
    }

    /// Sets which extended attributes to leave alone, instead of [`IGNORED_ATTRIBUTES`].
    #[must_use]
    pub fn with_ignored_attributes(mut self, names: Vec<String>) -> Self {
        self.ignored_attributes = names;
        self
    }

    /// Changes a tree. Links are not followed.
    pub fn canonicalise(&mut self, path: &Path) -> Result<(), MetadataError> {
        let mut walk = Walk {
            rules: self,
            path: path.to_owned(),
        };
        walk.node(CWD, path.as_os_str())
    }
}

struct Walk<'r> {
    rules: &'r mut Canonicaliser,
    path: PathBuf,
}

impl Walk<'_> {
    /// `dir` and `name` lead to the same file as the path, in a directory that is held open.
    fn node(&mut self, dir: BorrowedFd<'_>, name: &OsStr) -> Result<(), MetadataError> {
        let stat = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(FileError::on("getting status of", &self.path))?;
        let file_type = FileType::from_raw_mode(stat.st_mode);
        match file_type {
            FileType::RegularFile | FileType::Directory | FileType::Symlink => {}
            _ => return Err(MetadataError::UnsupportedType(self.path.clone())),
        }
        self.remove_attributes(dir, name, file_type)?;
        if self.is_foreign(&stat) {
            return self.check_foreign(&stat, file_type);
        }
        self.rules.seen.insert((stat.st_dev, stat.st_ino));
        // A directory first: from then on a process of the builder's user, should one be left,
        // cannot exchange its entries.
        self.change(dir, name, &stat, file_type)?;
        if file_type == FileType::Directory {
            self.entries(dir, name)?;
        }
        Ok(())
    }

    fn entries(&mut self, dir: BorrowedFd<'_>, name: &OsStr) -> Result<(), MetadataError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(dir, name, flags, Mode::empty())
            .map_err(FileError::on("reading directory", &self.path))?;
        let mut directory = Dir::new(fd).map_err(FileError::on("reading directory", &self.path))?;
        let mut names: Vec<OsString> = Vec::new();
        while let Some(entry) = directory.read() {
            let entry = entry.map_err(FileError::on("reading directory", &self.path))?;
            let name = entry.file_name();
            if name != c"." && name != c".." {
                names.push(OsString::from_vec(name.to_bytes().to_vec()));
            }
        }
        let fd = directory
            .fd()
            .map_err(FileError::on("reading directory", &self.path))?;
        for name in names {
            self.path.push(&name);
            self.node(fd, &name)?;
            self.path.pop();
        }
        Ok(())
    }

    fn is_foreign(&self, stat: &Stat) -> bool {
        self.rules
            .builder_uids
            .is_some_and(|(first, last)| !(first..=last).contains(&stat.st_uid))
    }

    /// A file that is not the builder's may be a hard link to one that was changed before.
    fn check_foreign(&self, stat: &Stat, file_type: FileType) -> Result<(), MetadataError> {
        let is_known = self.rules.seen.contains(&(stat.st_dev, stat.st_ino));
        if is_known && file_type != FileType::Directory {
            return Ok(());
        }
        Err(MetadataError::InvalidOwnership(self.path.clone()))
    }

    fn change(
        &self,
        dir: BorrowedFd<'_>,
        name: &OsStr,
        stat: &Stat,
        file_type: FileType,
    ) -> Result<(), FileError> {
        let mode = Mode::from_raw_mode(stat.st_mode & 0o7777);
        if let Some(mode) = canonical_mode(mode, file_type) {
            chmodat(dir, name, mode, AtFlags::empty())
                .map_err(FileError::on("setting permissions on", &self.path))?;
        }
        if (stat.st_mtime, stat.st_mtime_nsec) != (STORE_SECONDS, 0) {
            utimensat(dir, name, &STORE_TIMES, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(FileError::on("changing modification time of", &self.path))?;
        }
        let (uid, gid) = self.rules.owner;
        if (stat.st_uid, stat.st_gid) != (uid.as_raw(), gid.as_raw()) {
            chownat(dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
                .map_err(FileError::on("changing owner of", &self.path))?;
        }
        Ok(())
    }

    /// Names of extended attributes, each with a NUL at its end.
    fn list_attributes(&self) -> Result<Vec<u8>, FileError> {
        let mut names = Vec::with_capacity(256);
        loop {
            match llistxattr(&self.path, spare_capacity(&mut names)) {
                Ok(_) | Err(Errno::NOTSUP | Errno::NODATA) => return Ok(names),
                Err(Errno::RANGE) if names.capacity() < MAX_ATTRIBUTES_LEN => {
                    names.reserve(MAX_ATTRIBUTES_LEN);
                }
                Err(error) => {
                    return Err(
                        FileError::on("querying extended attributes of", &self.path)(error),
                    );
                }
            }
        }
    }

    fn remove_attributes(
        &self,
        dir: BorrowedFd<'_>,
        name: &OsStr,
        file_type: FileType,
    ) -> Result<(), FileError> {
        for attribute in self.list_attributes()?.split_inclusive(|&byte| byte == 0) {
            let Ok(attribute) = CStr::from_bytes_with_nul(attribute) else {
                continue;
            };
            let is_ignored = |ignored: &String| ignored.as_bytes() == attribute.to_bytes();
            if self.rules.ignored_attributes.iter().any(is_ignored) {
                continue;
            }
            let mut result = lremovexattr(&self.path, attribute);
            if result == Err(Errno::ACCESS) && file_type != FileType::Symlink {
                // Attributes of a file that its owner cannot write to cannot be removed.
                let _unchanged = chmodat(dir, name, Mode::RWXU, AtFlags::empty());
                result = lremovexattr(&self.path, attribute);
            }
            result.map_err(FileError::on(
                "removing extended attribute from",
                &self.path,
            ))?;
        }
        Ok(())
    }
}

/// The mode to change to, if any.
fn canonical_mode(mode: Mode, file_type: FileType) -> Option<Mode> {
    let is_directory = file_type == FileType::Directory;
    let is_canonical = mode == MODE_EXECUTABLE || mode == MODE_PLAIN && !is_directory;
    if file_type == FileType::Symlink || is_canonical {
        return None;
    }
    let is_executable = is_directory || mode.contains(Mode::XUSR);
    Some(if is_executable {
        MODE_EXECUTABLE
    } else {
        MODE_PLAIN
    })
}
