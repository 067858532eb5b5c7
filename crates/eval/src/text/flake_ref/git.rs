//! What Git takes for the address of a repository and for the name of a branch or tag.

use super::{InputError, InputResult, Reading, plain_url};
use crate::text::url::{self, Url};

/// Whether a text is a commit's hash.
pub(super) fn is_revision(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text consists of what names of branches usually consist of.
pub(super) fn is_plain_ref(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '@')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./@+-".contains(&byte))
}

/// Whether Git accepts a name for a branch or tag, or as a whole reference.
pub(super) fn is_legal_ref(name: &str) -> bool {
    if name == "@" || name.contains('\x7f') {
        return false;
    }
    let is_branch = !name.starts_with('-') && name != "HEAD" && is_valid_path(name);
    is_branch || is_whole_reference(name)
}

/// `HEAD` and the like, or a path such as `refs/heads/main`.
fn is_whole_reference(name: &str) -> bool {
    let is_pseudo = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    match name.split_once('/') {
        None => is_pseudo(name),
        Some((first, _)) => !is_pseudo(first) && is_valid_path(name),
    }
}

/// The rules for components of references, by `git check-ref-format`.
fn is_valid_path(name: &str) -> bool {
    !name.ends_with('.')
        && name.split('/').all(|part| {
            let has_bad_byte = part
                .bytes()
                .any(|byte| byte <= b' ' || b"~^:\\?[*".contains(&byte));
            let has_bad_shape = part.is_empty()
                || part.starts_with('.')
                || part.as_bytes().ends_with(b".lock")
                || part.contains("..")
                || part.contains("@{");
            !has_bad_byte && !has_bad_shape
        })
}

/// The address of a repository as a URL: Git also takes paths and `user@host:path`.
pub(super) fn fix_url(text: &str, reading: &mut Reading<'_>) -> InputResult<Url> {
    let text = if text.starts_with('/') {
        text.to_owned()
    } else {
        expand_scp(text)
    };
    let is_url = text.starts_with("file:") || text.starts_with("git+file:") || text.contains("://");
    if !is_url {
        let path: Vec<String> = text.split('/').map(str::to_owned).collect();
        if path[0].contains(':') {
            return Err(InputError::BadUrl(format!(
                "SCP-like URL '{text}' is not supported; use SSH URL syntax instead (ssh://...)"
            )));
        }
        let authority = text.starts_with('/').then(url::Authority::default);
        return Ok(Url {
            authority,
            ..plain_url("file", path)
        });
    }
    let mut url = reading.url(&text, false)?;
    if let (Some("git"), transport) = url::split_application(&url.scheme) {
        url.scheme = transport.to_owned();
    }
    Ok(url)
}

/// `user@host:path` → `ssh://user@host/path`.
fn expand_scp(text: &str) -> String {
    let end = text.find('/').unwrap_or(text.len());
    let ats = text[..end].match_indices('@').map(|(at, _)| at);
    for at in ats.rev() {
        if let Some((host, path)) = text[at + 1..].rsplit_once(':') {
            return format!("ssh://{}@{host}/{path}", &text[..at]);
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_branches_follow_git() {
        for name in ["main", "a/b", "HEAD", "refs/heads/x", "v1.0", "@x", "a@b"] {
            assert!(is_legal_ref(name), "{name}");
        }
        for name in [
            "", "@", "-x", "a..b", ".a", "a/.b", "a.lock", "a b", "a~", "a:b", "a//b", "a/", "a.",
            "a@{b",
        ] {
            assert!(!is_legal_ref(name), "{name}");
        }
    }

    #[test]
    fn addresses_become_urls() {
        let mut reading = Reading {
            has_feature: &|_| true,
            warn: &mut |_| {},
        };
        for (text, url) in [
            ("git@github.com:a/b.git", "ssh://git@github.com/a/b.git"),
            ("/a/b", "file:///a/b"),
            ("a/b", "file:a/b"),
            ("git+ssh://x/y", "ssh://x/y"),
            ("https://x/y", "https://x/y"),
        ] {
            let found = fix_url(text, &mut reading).map(|url| url.to_string());
            assert_eq!(found, Ok(url.to_owned()), "{text}");
        }
        assert!(fix_url("github.com:a/b", &mut reading).is_err());
    }
}
