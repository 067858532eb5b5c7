//! The kinds of inputs, what their URLs look like, and which attributes they take.

use super::git;
use super::{Attr, Attrs, AttrsExt, InputError, InputResult, Reading, plain_url, show_json};
use crate::text::url::{self, Url};

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    File,
    Git,
    Github,
    Gitlab,
    Hg,
    Indirect,
    Path,
    Sourcehut,
    Tarball,
}

const CURL: &[&str] = &[
    "url",
    "narHash",
    "name",
    "unpack",
    "rev",
    "revCount",
    "lastModified",
];
const FORGE: &[&str] = &[
    "owner",
    "repo",
    "ref",
    "rev",
    "narHash",
    "lastModified",
    "host",
    "treeHash",
];
const GIT: &[&str] = &[
    "url",
    "ref",
    "rev",
    "shallow",
    "submodules",
    "lfs",
    "exportIgnore",
    "lastModified",
    "revCount",
    "narHash",
    "allRefs",
    "name",
    "dirtyRev",
    "dirtyShortRev",
    "verifyCommit",
    "keytype",
    "publicKey",
    "publicKeys",
];
/// Attributes about signatures of commits.
const VERIFICATION: &[&str] = &["verifyCommit", "keytype", "publicKey", "publicKeys"];

impl Scheme {
    /// All schemes in the order in which they are asked about a URL: that of their names.
    pub(super) const ALL: [Scheme; 9] = [
        Scheme::File,
        Scheme::Git,
        Scheme::Github,
        Scheme::Gitlab,
        Scheme::Hg,
        Scheme::Indirect,
        Scheme::Path,
        Scheme::Sourcehut,
        Scheme::Tarball,
    ];

    fn name(self) -> &'static str {
        match self {
            Scheme::File => "file",
            Scheme::Git => "git",
            Scheme::Github => "github",
            Scheme::Gitlab => "gitlab",
            Scheme::Hg => "hg",
            Scheme::Indirect => "indirect",
            Scheme::Path => "path",
            Scheme::Sourcehut => "sourcehut",
            Scheme::Tarball => "tarball",
        }
    }

    pub(super) fn named(name: &str) -> Option<Scheme> {
        Scheme::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// The experimental feature that it needs.
    pub(super) fn feature(self) -> Option<&'static str> {
        match self {
            Scheme::Github
            | Scheme::Gitlab
            | Scheme::Sourcehut
            | Scheme::Indirect
            | Scheme::Path => Some("flakes"),
            Scheme::File | Scheme::Git | Scheme::Hg | Scheme::Tarball => None,
        }
    }

    pub(super) fn allows(self, name: &str) -> bool {
        let allowed: &[&str] = match self {
            Scheme::File | Scheme::Tarball => CURL,
            Scheme::Github | Scheme::Gitlab | Scheme::Sourcehut => FORGE,
            Scheme::Git => GIT,
            Scheme::Hg => &["url", "ref", "rev", "revCount", "narHash", "name"],
            Scheme::Indirect => &["id", "ref", "rev", "narHash"],
            Scheme::Path => &["path", "rev", "revCount", "lastModified", "narHash"],
        };
        allowed.contains(&name)
    }

    /// The attributes of a URL of this scheme; nothing for another one's.
    pub(super) fn attrs_of_url(
        self,
        url: &Url,
        reading: &mut Reading<'_>,
    ) -> InputResult<Option<Attrs>> {
        match self {
            Scheme::File | Scheme::Tarball if self.is_download(url) => Ok(Some(self.download(url))),
            Scheme::Git
                if url.scheme == "git" || url::split_application(&url.scheme).0 == Some("git") =>
            {
                self.check_attrs(repository(url, "git"), reading).map(Some)
            }
            Scheme::Hg
                if ["hg+http", "hg+https", "hg+ssh", "hg+file"].contains(&url.scheme.as_str()) =>
            {
                self.check_attrs(repository(url, "hg"), reading).map(Some)
            }
            Scheme::Github | Scheme::Gitlab | Scheme::Sourcehut if url.scheme == self.name() => {
                self.check_attrs(self.forge(url)?, reading).map(Some)
            }
            Scheme::Indirect if url.scheme == "flake" => indirect(url).map(Some),
            Scheme::Path if url.scheme == "path" => path(url).map(Some),
            _ => Ok(None),
        }
    }

    /// Whether a URL is downloaded as one file, or as an archive: that is said in front of its scheme or, failing that,
    /// by what it ends with. Without a hint it is an archive, because references to flakes mean trees.
    fn is_download(self, url: &Url) -> bool {
        let (application, transport) = url::split_application(&url.scheme);
        ["file", "http", "https"].contains(&transport)
            && application.map_or(self == Scheme::Tarball, |application| {
                application == self.name()
            })
    }

    fn download(self, url: &Url) -> Attrs {
        let mut url = url.clone();
        url.scheme = url::split_application(&url.scheme).1.to_owned();
        let mut attrs = Attrs::new();
        for name in ["narHash", "rev"] {
            if let Some(value) = url.query.get(name) {
                attrs.insert(name.to_owned(), Attr::Text(value.clone()));
            }
        }
        for name in ["revCount", "lastModified"] {
            if let Some(Ok(number)) = url.query.get(name).map(|value| value.parse()) {
                attrs.insert(name.to_owned(), Attr::Int(number));
            }
        }
        url.query.retain(|name, _| !CURL.contains(&name.as_str()));
        attrs.insert("type".to_owned(), Attr::Text(self.name().to_owned()));
        attrs.insert("url".to_owned(), Attr::Text(url.to_string()));
        attrs
    }

    fn forge(self, url: &Url) -> InputResult<Attrs> {
        let path = url.segments();
        let [owner, repo, rest @ ..] = &path[..] else {
            return Err(InputError::BadUrl(format!("URL '{url}' is invalid")));
        };
        let (mut rev, mut reference) = match rest {
            [] => (None, None),
            [rev] if git::is_revision(rev) => (Some((*rev).to_owned()), None),
            _ => (None, Some(rest.join("/"))),
        };
        let mut attrs = Attrs::new();
        let mut set = |name: &str, value: Option<String>| {
            attrs.extend(value.map(|value| (name.to_owned(), Attr::Text(value))));
        };
        for (name, value) in &url.query {
            let (place, what) = match name.as_str() {
                "rev" => (&mut rev, "commit hashes"),
                "ref" => (&mut reference, "branch/tag names"),
                _ => continue,
            };
            if place.replace(value.clone()).is_some() {
                return Err(InputError::BadUrl(format!(
                    "URL '{url}' contains multiple {what}"
                )));
            }
        }
        set("type", Some(self.name().to_owned()));
        set("owner", Some((*owner).to_owned()));
        set("repo", Some((*repo).to_owned()));
        set("rev", rev);
        set("ref", reference);
        set("host", url.query.get("host").cloned());
        set("narHash", url.query.get("narHash").cloned());
        Ok(attrs)
    }

    /// Checks attributes of this scheme, and brings them into their usual form.
    pub(super) fn check_attrs(
        self,
        mut attrs: Attrs,
        reading: &mut Reading<'_>,
    ) -> InputResult<Attrs> {
        match self {
            Scheme::File | Scheme::Tarball => {}
            Scheme::Path => {
                attrs.required_text("path")?;
            }
            Scheme::Indirect => check_flake_id(attrs.required_text("id")?)?,
            Scheme::Github | Scheme::Gitlab | Scheme::Sourcehut => check_forge(&attrs)?,
            Scheme::Hg => {
                reading.url(attrs.required_text("url")?, false)?;
                if let Some(name) = attrs.text("ref")?.filter(|name| !git::is_plain_ref(name)) {
                    let message = format!("invalid Mercurial branch/tag name '{name}'");
                    return Err(InputError::BadUrl(message));
                }
            }
            Scheme::Git => {
                if attrs
                    .keys()
                    .any(|name| VERIFICATION.contains(&name.as_str()))
                {
                    reading.require("verified-fetches")?;
                }
                attrs.boolean("verifyCommit")?;
                if let Some(name) = attrs.text("ref")?.filter(|name| !git::is_legal_ref(name)) {
                    return Err(InputError::BadUrl(format!(
                        "invalid Git branch/tag name '{name}'"
                    )));
                }
                let url = git::fix_url(attrs.required_text("url")?, reading)?.to_string();
                attrs.insert("url".to_owned(), Attr::Text(url));
                for name in ["shallow", "submodules", "allRefs"] {
                    attrs.boolean(name)?;
                }
            }
        }
        Ok(attrs)
    }

    /// The URL of checked attributes.
    pub(super) fn url_of_attrs(self, attrs: &Attrs) -> InputResult<Url> {
        let parse_url =
            || Ok::<_, InputError>(Url::parse(attrs.required_text("url")?, false, &mut |_| {})?);
        match self {
            Scheme::File | Scheme::Tarball => {
                let mut url = parse_url()?;
                url.query
                    .extend(attrs.nar_hash()?.map(|hash| ("narHash".to_owned(), hash)));
                Ok(url)
            }
            Scheme::Git => git_url(parse_url()?, attrs),
            Scheme::Hg => {
                let mut url = parse_url()?;
                url.scheme = format!("hg+{}", url.scheme);
                add_revision(&mut url, attrs)?;
                Ok(url)
            }
            Scheme::Indirect => {
                let mut path = vec![attrs.required_text("id")?.to_owned()];
                path.extend(attrs.text("ref")?.map(str::to_owned));
                path.extend(attrs.revision()?);
                Ok(plain_url("flake", path))
            }
            Scheme::Github | Scheme::Gitlab | Scheme::Sourcehut => self.forge_url(attrs),
            Scheme::Path => {
                let path = attrs
                    .required_text("path")?
                    .split('/')
                    .map(str::to_owned)
                    .collect();
                let mut url = plain_url("path", path);
                let others = attrs
                    .iter()
                    .filter(|(name, _)| !["path", "type", "__final"].contains(&name.as_str()));
                url.query = others
                    .map(|(name, value)| (name.clone(), query_value(value)))
                    .collect();
                Ok(url)
            }
        }
    }

    fn forge_url(self, attrs: &Attrs) -> InputResult<Url> {
        let mut path = vec![
            attrs.required_text("owner")?.to_owned(),
            attrs.required_text("repo")?.to_owned(),
        ];
        path.extend(attrs.text("ref")?.map(str::to_owned));
        path.extend(attrs.revision()?);
        let mut url = plain_url(self.name(), path);
        url.query
            .extend(attrs.nar_hash()?.map(|hash| ("narHash".to_owned(), hash)));
        let host = attrs.text("host")?.map(str::to_owned);
        url.query.extend(host.map(|host| ("host".to_owned(), host)));
        Ok(url)
    }

    /// Whether the attributes fix what is fetched.
    pub(super) fn is_locked(self, attrs: &Attrs) -> InputResult<bool> {
        Ok(match self {
            Scheme::File | Scheme::Tarball | Scheme::Path => attrs.nar_hash()?.is_some(),
            Scheme::Git => attrs
                .revision()?
                .is_some_and(|rev| rev.bytes().any(|byte| byte != b'0')),
            // The setting `trust-tarballs-from-git-forges` is on by default: a commit is enough.
            Scheme::Hg | Scheme::Github | Scheme::Gitlab | Scheme::Sourcehut => {
                attrs.revision()?.is_some()
            }
            Scheme::Indirect => false,
        })
    }
}

/// Whether a text can be the name of a flake in a registry.
pub(super) fn is_flake_id(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn check_flake_id(id: &str) -> InputResult<()> {
    if is_flake_id(id) {
        return Ok(());
    }
    Err(InputError::BadUrl(format!(
        "'{id}' is not a valid flake ID"
    )))
}

fn indirect(url: &Url) -> InputResult<Attrs> {
    let path = url.segments();
    let bad = |name: &str, what: &str| {
        InputError::BadUrl(format!("in flake URL '{url}', '{name}' is not a {what}"))
    };
    let (id, reference, rev) = match path[..] {
        [id] => (id, None, None),
        [id, rev] if git::is_revision(rev) => (id, None, Some(rev)),
        [id, name] if git::is_legal_ref(name) => (id, Some(name), None),
        [_, name] => return Err(bad(name, "commit hash or branch/tag name")),
        [_, name, _] if !git::is_legal_ref(name) => return Err(bad(name, "branch/tag name")),
        [id, name, rev] if git::is_revision(rev) => (id, Some(name), Some(rev)),
        [_, _, rev] => return Err(bad(rev, "commit hash")),
        _ => return Err(InputError::BadUrl(format!("GitHub URL '{url}' is invalid"))),
    };
    check_flake_id(id)?;
    let mut attrs = Attrs::new();
    let rev = rev.map(str::to_ascii_lowercase);
    for (name, value) in [
        ("type", Some("indirect")),
        ("id", Some(id)),
        ("ref", reference),
        ("rev", rev.as_deref()),
    ] {
        attrs.extend(value.map(|value| (name.to_owned(), Attr::Text(value.to_owned()))));
    }
    Ok(attrs)
}

fn path(url: &Url) -> InputResult<Attrs> {
    if let Some(authority) = url
        .authority
        .as_ref()
        .filter(|found| !found.host.is_empty())
    {
        return Err(InputError::Invalid(format!(
            "path URL '{url}' should not have an authority ('{authority}')"
        )));
    }
    if let Some(part) = url.path.iter().find(|part| part.contains('/')) {
        return Err(InputError::BadUrl(format!(
            "URL path component '{part}' contains '/', which is not allowed in file names"
        )));
    }
    if let Some(part) = url.path.iter().find(|part| part.contains('\0')) {
        let part = part.replace('\0', "␀");
        return Err(InputError::BadUrl(format!(
            "URL path component '{part}' contains NUL byte which is not allowed"
        )));
    }
    let mut attrs = Attrs::new();
    attrs.insert("type".to_owned(), Attr::Text("path".to_owned()));
    attrs.insert("path".to_owned(), Attr::Text(join_path(&url.path)));
    for (name, value) in &url.query {
        let value = match name.as_str() {
            "rev" | "narHash" => Attr::Text(value.clone()),
            "revCount" | "lastModified" => Attr::Int(value.parse().map_err(|_| {
                InputError::Invalid(format!("path URL '{url}' has invalid parameter '{name}'"))
            })?),
            _ => {
                let message = format!("path URL '{url}' has unsupported parameter '{name}'");
                return Err(InputError::Invalid(message));
            }
        };
        attrs.insert(name.clone(), value);
    }
    Ok(attrs)
}

/// Components as a path: of several slashes in a row one is left.
fn join_path(parts: &[String]) -> String {
    let mut path = String::new();
    for (index, part) in parts.iter().enumerate() {
        let is_separated = index > 0 || part.is_empty();
        if is_separated && !path.ends_with('/') {
            path.push('/');
        }
        path.push_str(part);
    }
    path
}

/// The attributes of a URL of a repository: parameters that it knows become attributes, the others stay in the URL.
fn repository(url: &Url, kind: &str) -> Attrs {
    let mut attrs = Attrs::new();
    let mut rest = url.clone();
    rest.query.clear();
    if kind == "hg" {
        url::split_application(&url.scheme)
            .1
            .clone_into(&mut rest.scheme);
    }
    for (name, value) in &url.query {
        let value = match name.as_str() {
            "rev" | "ref" => Attr::Text(value.clone()),
            "keytype" | "publicKey" | "publicKeys" if kind == "git" => Attr::Text(value.clone()),
            "shallow" | "submodules" | "lfs" | "exportIgnore" | "allRefs" | "verifyCommit"
                if kind == "git" =>
            {
                Attr::Bool(value == "1")
            }
            _ => {
                rest.query.insert(name.clone(), value.clone());
                continue;
            }
        };
        attrs.insert(name.clone(), value);
    }
    attrs.insert("type".to_owned(), Attr::Text(kind.to_owned()));
    attrs.insert("url".to_owned(), Attr::Text(rest.to_string()));
    attrs
}

fn check_forge(attrs: &Attrs) -> InputResult<()> {
    attrs.required_text("owner")?;
    attrs.required_text("repo")?;
    let (reference, rev) = (attrs.text("ref")?, attrs.text("rev")?);
    let bad =
        |what: &str| InputError::BadUrl(format!("input {} contains {what}", show_json(attrs)));
    if let (Some(reference), Some(rev)) = (reference, rev) {
        return Err(bad(&format!(
            "both a commit hash ('{rev}') and a branch/tag name ('{reference}')"
        )));
    }
    if let Some(rev) = rev {
        formats::hash::Hash::parse_any(rev, Some(formats::hash::Algorithm::Sha1))?;
    }
    if reference.is_some_and(|name| !git::is_legal_ref(name)) {
        return Err(bad("an invalid branch/tag name"));
    }
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    if attrs
        .text("host")?
        .is_some_and(|host| !host.bytes().all(is_host))
    {
        return Err(bad("an invalid instance host"));
    }
    Ok(())
}

fn git_url(mut url: Url, attrs: &Attrs) -> InputResult<Url> {
    if url.scheme != "git" {
        url.scheme = format!("git+{}", url.scheme);
    }
    add_revision(&mut url, attrs)?;
    for name in [
        "shallow",
        "lfs",
        "submodules",
        "exportIgnore",
        "verifyCommit",
    ] {
        if attrs.boolean(name)? == Some(true) {
            url.query.insert(name.to_owned(), "1".to_owned());
        }
    }
    if let Some(key) = attrs.text("publicKey")? {
        let kind = attrs.text("keytype")?.unwrap_or("ssh-ed25519");
        url.query.insert("keytype".to_owned(), kind.to_owned());
        url.query.insert("publicKey".to_owned(), key.to_owned());
    } else if let Some(keys) = attrs.text("publicKeys")? {
        url.query.insert("publicKeys".to_owned(), keys.to_owned());
    }
    Ok(url)
}

fn add_revision(url: &mut Url, attrs: &Attrs) -> InputResult<()> {
    url.query
        .extend(attrs.revision()?.map(|rev| ("rev".to_owned(), rev)));
    let reference = attrs.text("ref")?.map(str::to_owned);
    url.query
        .extend(reference.map(|name| ("ref".to_owned(), name)));
    Ok(())
}

fn query_value(value: &Attr) -> String {
    match value {
        Attr::Text(text) => text.clone(),
        Attr::Int(number) => number.to_string(),
        Attr::Bool(truth) => u8::from(*truth).to_string(),
    }
}
