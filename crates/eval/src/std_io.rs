//! The real file system: the one place of this crate that touches it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::host::{FileKind, Io, OpenFile};
use crate::path;

/// The files of this machine, and the environment of this process or another one.
#[derive(Clone, Debug, Default)]
pub struct StdIo {
    /// The variables to show in place of this process's own.
    pub environment: Option<HashMap<Vec<u8>, Vec<u8>>>,
}

fn as_path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}

fn kind_of(kind: std::fs::FileType) -> FileKind {
    if kind.is_file() {
        FileKind::Regular
    } else if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_symlink() {
        FileKind::Symlink
    } else {
        FileKind::Unknown
    }
}

/// How many links are followed before giving up.
const MAX_LINKS: usize = 1024;

impl Io for StdIo {
    fn open_file(&self, path: &[u8]) -> io::Result<OpenFile> {
        let file = std::fs::File::open(as_path(path))?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let size = metadata.len();
        let reader = Box::new(file.take(size));
        Ok(OpenFile { size, reader })
    }

    fn kind(&self, path: &[u8]) -> io::Result<FileKind> {
        Ok(kind_of(
            std::fs::symlink_metadata(as_path(path))?.file_type(),
        ))
    }

    fn read_dir(&self, path: &[u8]) -> io::Result<Vec<(Vec<u8>, FileKind)>> {
        std::fs::read_dir(as_path(path))?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().into_vec(), kind_of(entry.file_type()?)))
            })
            .collect()
    }

    fn read_link(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        Ok(std::fs::read_link(as_path(path))?
            .into_os_string()
            .into_vec())
    }

    fn resolve(&self, path: &[u8]) -> io::Result<Vec<u8>> {
        resolve_links(path, |link| self.read_link(link))
    }

    fn environment(&self, name: &[u8]) -> Option<Vec<u8>> {
        match &self.environment {
            Some(environment) => environment.get(name).cloned(),
            None => std::env::var_os(OsStr::from_bytes(name)).map(OsStringExt::into_vec),
        }
    }
}

/// The path without symbolic links, as far as `read_link` knows any; what does not exist is kept as it is.
pub fn resolve_links(
    path: &[u8],
    read_link: impl Fn(&[u8]) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    if let Ok(real) = std::fs::canonicalize(as_path(path)) {
        return Ok(real.into_os_string().into_vec());
    }
    let mut resolved = b"/".to_vec();
    let mut pending: Vec<Vec<u8>> = components(path);
    let mut links = 0;
    while let Some(component) = pending.pop() {
        let next = path::join(&resolved, &component);
        match read_link(&next) {
            Ok(target) => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(io::Error::from_raw_os_error(libc::ELOOP));
                }
                if target.first() == Some(&b'/') {
                    resolved = b"/".to_vec();
                }
                pending.extend(components(&target));
            }
            Err(_) => resolved = next,
        }
    }
    Ok(resolved)
}

/// The components of a path, last one first.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|byte| *byte == b'/')
        .filter(|component| !component.is_empty())
        .rev()
        .map(<[u8]>::to_vec)
        .collect()
}
