//! Path texts.

/// An absolute path without empty components, `.`, `..` or a slash at the end. Symbolic links are not looked at.
#[must_use]
pub fn canonical(path: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(path.len());
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                let parent = result.iter().rposition(|byte| *byte == b'/');
                result.truncate(parent.unwrap_or(0));
            }
            _ => {
                result.push(b'/');
                result.extend_from_slice(component);
            }
        }
    }
    if result.is_empty() {
        result.push(b'/');
    }
    result
}

/// A path relative to a directory, canonical.
#[must_use]
pub fn join(directory: &[u8], path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'/') {
        return canonical(path);
    }
    canonical(&[directory, b"/", path].concat())
}

/// The last component of a canonical path.
#[must_use]
pub fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Everything before the last component of a canonical path.
#[must_use]
pub fn parent(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) | None => b"/",
        Some(index) => &path[..index],
    }
}

/// Whether `path` is `directory` or below it; both canonical.
#[must_use]
pub fn is_within(path: &[u8], directory: &[u8]) -> bool {
    if directory == b"/" {
        return true;
    }
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_paths_have_no_detours() {
        for (path, expected) in [
            ("/a//b/./c/", "/a/b/c"),
            ("/a/../..", "/"),
            ("/", "/"),
            ("/a/b/..", "/a"),
            ("/..a/...", "/..a/..."),
        ] {
            assert_eq!(canonical(path.as_bytes()), expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn within_compares_whole_components() {
        assert!(is_within(b"/a/b", b"/a"));
        assert!(is_within(b"/a", b"/a"));
        assert!(!is_within(b"/ab", b"/a"));
    }
}
