//! Flake references and the inputs that `fetchTree` takes: as URLs and as attributes, in both directions.
//!
//! An input is a set of attributes, one of which, `type`, names its scheme. What each scheme demands is in [`scheme`].

mod git;
mod scheme;

use std::collections::BTreeMap;

use formats::hash::{Algorithm, Hash, HashError, HashFormat};

use super::url::{self, Url, UrlError};
use scheme::Scheme;

/// The attributes of an input.
pub type Attrs = BTreeMap<String, Attr>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attr {
    /// Text.
    Text(String),
    /// A number.
    Int(u64),
    /// A truth value.
    Bool(bool),
}

/// Why something is no input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// It is no URL of its scheme; it may still be something else.
    BadUrl(String),
    /// It is wrong.
    Invalid(String),
    /// It needs an experimental feature that is off.
    Feature(&'static str),
}

/// The result of anything here.
pub type InputResult<T> = Result<T, InputError>;

impl From<UrlError> for InputError {
    fn from(error: UrlError) -> InputError {
        InputError::BadUrl(error.0)
    }
}

impl From<HashError> for InputError {
    fn from(error: HashError) -> InputError {
        InputError::Invalid(error.to_string())
    }
}

/// What references are read with.
pub struct Reading<'r> {
    /// Whether an experimental feature is on.
    pub has_feature: &'r dyn Fn(&str) -> bool,
    /// Told of what is dubious.
    pub warn: &'r mut dyn FnMut(String),
}

impl Reading<'_> {
    fn require(&self, feature: &'static str) -> InputResult<()> {
        if (self.has_feature)(feature) {
            Ok(())
        } else {
            Err(InputError::Feature(feature))
        }
    }

    fn url(&mut self, text: &str, lenient: bool) -> InputResult<Url> {
        Ok(Url::parse(text, lenient, self.warn)?)
    }
}

/// A source tree that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// All attributes, `type` among them.
    pub attrs: Attrs,
    scheme: Option<Scheme>,
}

/// An input, and the directory in it that holds a flake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlakeRef {
    /// Where the flake comes from.
    pub input: Input,
    /// The directory of `flake.nix`; empty for the top.
    pub dir: String,
}

impl Input {
    /// The input that a URL names; one that is a tree rather than a single file, where that is not clear.
    pub fn from_url(text: &str, reading: &mut Reading<'_>) -> InputResult<Input> {
        let url = reading.url(text, false)?;
        Input::from_parsed(&url, reading)
    }

    fn from_parsed(url: &Url, reading: &mut Reading<'_>) -> InputResult<Input> {
        for scheme in Scheme::ALL {
            if let Some(attrs) = scheme.attrs_of_url(url, reading)? {
                reading.require_all(scheme.feature())?;
                return Input {
                    attrs,
                    scheme: Some(scheme),
                }
                .checked();
            }
        }
        let hint = match url::split_application(&url.scheme) {
            (Some("file"), "git") => "; did you mean 'git+file' instead of 'file+git'?",
            _ => "",
        };
        Err(InputError::Invalid(format!(
            "input '{url}' is unsupported{hint}"
        )))
    }

    /// The input that attributes describe. One of an unknown type is kept, but cannot be fetched.
    pub fn from_attrs(attrs: Attrs, reading: &mut Reading<'_>) -> InputResult<Input> {
        let Some(name) = attrs.text("type")? else {
            return Err(InputError::Invalid(
                "'type' attribute to specify input scheme is required but not provided".to_owned(),
            ));
        };
        let Some(scheme) = Scheme::named(name) else {
            return Input {
                attrs,
                scheme: None,
            }
            .checked();
        };
        reading.require_all(scheme.feature())?;
        let is_allowed = |name: &str| ["type", "__final"].contains(&name) || scheme.allows(name);
        if let Some(unknown) = attrs.keys().find(|name| !is_allowed(name)) {
            let message = format!("input attribute '{unknown}' not supported by scheme '{name}'");
            return Err(InputError::Invalid(message));
        }
        let attrs = scheme.check_attrs(attrs, reading)?;
        Input {
            attrs,
            scheme: Some(scheme),
        }
        .checked()
    }

    fn checked(self) -> InputResult<Input> {
        self.attrs.required_text("type")?;
        self.attrs.text("ref")?;
        self.attrs.int("revCount")?;
        self.attrs.int("lastModified")?;
        Ok(self)
    }

    /// The URL, with parameters for whatever else it fixes.
    pub fn to_url(&self) -> InputResult<Url> {
        if let Some(scheme) = self.scheme {
            return scheme.url_of_attrs(&self.attrs);
        }
        let shown = show_json(&self.attrs);
        Err(InputError::Invalid(format!(
            "cannot show unsupported input '{shown}'"
        )))
    }

    /// Whether it can be fetched without asking a registry what it means.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.scheme != Some(Scheme::Indirect)
    }

    /// Whether it says exactly what will be fetched.
    pub fn is_locked(&self) -> InputResult<bool> {
        match self.scheme {
            Some(scheme) => scheme.is_locked(&self.attrs),
            None => Ok(false),
        }
    }
}

impl FlakeRef {
    /// A reference as users write it: a flake's name, a URL, or an absolute path.
    pub fn parse(text: &str, reading: &mut Reading<'_>) -> InputResult<FlakeRef> {
        let (found, fragment) = if let Some((path, fragment)) = split_flake_id(text) {
            let path = path.split('/').map(str::to_owned).collect();
            let input = Input::from_parsed(&plain_url("flake", path), reading)?;
            (
                FlakeRef {
                    input,
                    dir: String::new(),
                },
                url::decode(fragment)?,
            )
        } else {
            let parsed = reading
                .url(text, true)
                .and_then(|url| FlakeRef::from_parsed(url, reading));
            match parsed {
                Err(InputError::BadUrl(_)) => FlakeRef::from_path(text, reading)?,
                other => other?,
            }
        };
        if fragment.is_empty() {
            return Ok(found);
        }
        let message = format!("unexpected fragment '{fragment}' in flake reference '{text}'");
        Err(InputError::Invalid(message))
    }

    /// A reference and its fragment.
    fn from_parsed(mut url: Url, reading: &mut Reading<'_>) -> InputResult<(FlakeRef, String)> {
        let dir = url.query.remove("dir").unwrap_or_default();
        let fragment = std::mem::take(&mut url.fragment);
        let input = Input::from_parsed(&url, reading)?;
        Ok((FlakeRef { input, dir }, fragment))
    }

    fn from_path(text: &str, reading: &mut Reading<'_>) -> InputResult<(FlakeRef, String)> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (path, query) = before.split_once('?').unwrap_or((before, ""));
        if fragment.contains(['\n', '\r']) {
            return Err(InputError::Invalid(format!("invalid flakeref '{text}'")));
        }
        let query = url::parse_query(query, reading.warn)?;
        let fragment = url::decode(fragment)?;
        if !path.starts_with('/') {
            let message = format!("flake reference '{text}' is not an absolute path");
            return Err(InputError::BadUrl(message));
        }
        let path = path.split('/').map(str::to_owned).collect();
        let url = Url {
            authority: Some(url::Authority::default()),
            query,
            fragment,
            ..plain_url("path", path)
        };
        FlakeRef::from_parsed(url, reading)
    }

    /// The reference that attributes describe.
    pub fn from_attrs(mut attrs: Attrs, reading: &mut Reading<'_>) -> InputResult<FlakeRef> {
        let dir = attrs.remove("dir");
        let input = Input::from_attrs(attrs, reading)?;
        let dir = match dir {
            None => String::new(),
            Some(Attr::Text(dir)) => dir,
            Some(other) => {
                let mut attrs = input.attrs.clone();
                attrs.insert("dir".to_owned(), other);
                attrs.required_text("dir")?.to_owned()
            }
        };
        Ok(FlakeRef { input, dir })
    }

    /// All attributes, that of the directory among them.
    #[must_use]
    pub fn to_attrs(&self) -> Attrs {
        let mut attrs = self.input.attrs.clone();
        if !self.dir.is_empty() {
            attrs
                .entry("dir".to_owned())
                .or_insert_with(|| Attr::Text(self.dir.clone()));
        }
        attrs
    }

    /// The reference as a URL.
    pub fn to_url(&self) -> InputResult<Url> {
        let mut url = self.input.to_url()?;
        if !self.dir.is_empty() {
            url.query
                .entry("dir".to_owned())
                .or_insert_with(|| self.dir.clone());
        }
        Ok(url)
    }
}

impl Reading<'_> {
    fn require_all(&self, feature: Option<&'static str>) -> InputResult<()> {
        feature.map_or(Ok(()), |feature| self.require(feature))
    }
}

fn plain_url(scheme: &str, path: Vec<String>) -> Url {
    Url {
        scheme: scheme.to_owned(),
        authority: None,
        path,
        query: BTreeMap::new(),
        fragment: String::new(),
    }
}

/// `name`, `name/ref`, `name/ref/rev` and a fragment, if the text is of that form.
fn split_flake_id(text: &str) -> Option<(&str, &str)> {
    let (path, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (id, reference) = match path.split_once('/') {
        Some((id, reference)) => (id, Some(reference)),
        None => (path, None),
    };
    let is_reference = |text: &str| git::is_plain_ref(text);
    let is_match = scheme::is_flake_id(id)
        && reference.is_none_or(is_reference)
        && fragment.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || b"-._~!$&'\"()*+,;=:@/? ^%".contains(&byte)
        });
    is_match.then_some((path, fragment))
}

/// What attributes are asked for.
pub(crate) trait AttrsExt {
    /// An attribute that is text.
    fn text(&self, name: &str) -> InputResult<Option<&str>>;
    /// The same for one that must be there.
    fn required_text(&self, name: &str) -> InputResult<&str>;
    /// An attribute that is a number.
    fn int(&self, name: &str) -> InputResult<Option<u64>>;
    /// An attribute that is a truth value.
    fn boolean(&self, name: &str) -> InputResult<Option<bool>>;
    /// The commit, in hexadecimal.
    fn revision(&self) -> InputResult<Option<String>>;
    /// The hash of the tree, in SRI notation.
    fn nar_hash(&self) -> InputResult<Option<String>>;
}

impl AttrsExt for Attrs {
    fn text(&self, name: &str) -> InputResult<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attr::Text(text)) => Ok(Some(text)),
            Some(_) => {
                let shown = show_json(self);
                let message = format!("input attribute '{name}' is not a string {shown}");
                Err(InputError::Invalid(message))
            }
        }
    }

    fn required_text(&self, name: &str) -> InputResult<&str> {
        let missing = || InputError::Invalid(format!("input attribute '{name}' is missing"));
        self.text(name)?.ok_or_else(missing)
    }

    fn int(&self, name: &str) -> InputResult<Option<u64>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attr::Int(number)) => Ok(Some(*number)),
            Some(_) => Err(InputError::Invalid(format!(
                "input attribute '{name}' is not an integer"
            ))),
        }
    }

    fn boolean(&self, name: &str) -> InputResult<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Attr::Bool(truth)) => Ok(Some(*truth)),
            Some(_) => Err(InputError::Invalid(format!(
                "input attribute '{name}' is not a Boolean"
            ))),
        }
    }

    fn revision(&self) -> InputResult<Option<String>> {
        let Some(text) = self.text("rev")? else {
            return Ok(None);
        };
        let hash = match Hash::parse_prefixed(text) {
            Ok(hash) => hash,
            Err(_) => Hash::parse_any(text, Some(Algorithm::Sha1))?,
        };
        Ok(Some(hash.to_text(HashFormat::Base16)))
    }

    fn nar_hash(&self) -> InputResult<Option<String>> {
        let Some(text) = self.text("narHash")? else {
            return Ok(None);
        };
        let hash = if text.is_empty() {
            Hash::zero(Algorithm::Sha256)
        } else {
            Hash::parse_sri(text)?
        };
        if hash.algorithm() != Algorithm::Sha256 {
            return Err(InputError::Invalid("narHash must use SHA-256".to_owned()));
        }
        Ok(Some(hash.to_text(HashFormat::Sri)))
    }
}

/// Attributes as a JSON object.
pub(crate) fn show_json(attrs: &Attrs) -> String {
    let mut out = b"{".to_vec();
    let quote = |text: &str, out: &mut Vec<u8>| {
        // Text is UTF-8 here, so that this cannot fail.
        let _ = super::json::write_string(text.as_bytes(), out);
    };
    for (index, (name, value)) in attrs.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        quote(name, &mut out);
        out.push(b':');
        match value {
            Attr::Text(text) => quote(text, &mut out),
            Attr::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Attr::Bool(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        }
    }
    out.push(b'}');
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading<T>(read: impl FnOnce(&mut Reading<'_>) -> T) -> T {
        read(&mut Reading {
            has_feature: &|_| true,
            warn: &mut |_| {},
        })
    }

    fn attrs(pairs: &[(&str, &str)]) -> Attrs {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Attr::Text((*value).to_owned())))
            .collect()
    }

    /// A reference, its attributes, and their URL.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

    /// Checks that each text has these attributes, and that they have this URL.
    fn check(cases: &[Case<'_>]) {
        for &(text, pairs, url) in cases {
            let found = reading(|reading| FlakeRef::parse(text, reading)).expect(text);
            assert_eq!(found.to_attrs(), attrs(pairs), "{text}");
            let back = reading(|reading| FlakeRef::from_attrs(attrs(pairs), reading)).expect(text);
            assert_eq!(
                back.to_url().map(|url| url.to_string()),
                Ok(url.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn names_and_forges_have_attributes_and_the_attributes_a_url() {
        let rev = "ae2e6b3958682513d28f7d633734571fb18285dd";
        let locked = format!("github:NixOS/nixpkgs/{rev}");
        check(&[
            (
                "nixpkgs",
                &[("type", "indirect"), ("id", "nixpkgs")][..],
                "flake:nixpkgs",
            ),
            (
                "nixpkgs/23.05",
                &[("type", "indirect"), ("id", "nixpkgs"), ("ref", "23.05")],
                "flake:nixpkgs/23.05",
            ),
            (
                &locked,
                &[
                    ("type", "github"),
                    ("owner", "NixOS"),
                    ("repo", "nixpkgs"),
                    ("rev", rev),
                ],
                &locked,
            ),
            (
                "gitlab:a/b?ref=x/y&host=example.com&dir=lib",
                &[
                    ("type", "gitlab"),
                    ("owner", "a"),
                    ("repo", "b"),
                    ("ref", "x/y"),
                    ("host", "example.com"),
                    ("dir", "lib"),
                ],
                "gitlab:a/b/x%2Fy?dir=lib&host=example.com",
            ),
        ]);
    }

    #[test]
    fn paths_and_urls_have_attributes_and_the_attributes_a_url() {
        check(&[
            (
                "/a//b",
                &[("type", "path"), ("path", "/a/b")][..],
                "path:/a/b",
            ),
            (
                "git+https://example.com/r?ref=main",
                &[
                    ("type", "git"),
                    ("url", "https://example.com/r"),
                    ("ref", "main"),
                ],
                "git+https://example.com/r?ref=main",
            ),
            (
                "https://example.com/x.tar.gz?a=1",
                &[
                    ("type", "tarball"),
                    ("url", "https://example.com/x.tar.gz?a=1"),
                ],
                "https://example.com/x.tar.gz?a=1",
            ),
            (
                "file+https://example.com/x",
                &[("type", "file"), ("url", "https://example.com/x")],
                "https://example.com/x",
            ),
            (
                "hg+https://example.com/x?ref=a",
                &[
                    ("type", "hg"),
                    ("url", "https://example.com/x"),
                    ("ref", "a"),
                ],
                "hg+https://example.com/x?ref=a",
            ),
        ]);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, message) in [
            (
                "github:a",
                "flake reference 'github:a' is not an absolute path",
            ),
            (
                "nixpkgs#x",
                "unexpected fragment 'x' in flake reference 'nixpkgs#x'",
            ),
            (
                "nixpkgs/a/b/c",
                "GitHub URL 'flake:nixpkgs/a/b/c' is invalid",
            ),
            ("foo:bar", "input 'foo:bar' is unsupported"),
            (
                "file+git:///x",
                "input 'file+git:///x' is unsupported; did you mean 'git+file' instead of 'file+git'?",
            ),
            (
                "path:/x?y=1",
                "path URL 'path:/x?y=1' has unsupported parameter 'y'",
            ),
        ] {
            match reading(|reading| FlakeRef::parse(text, reading)) {
                Err(InputError::BadUrl(found) | InputError::Invalid(found)) => {
                    assert_eq!(found, message, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn schemes_that_need_flakes_say_so() {
        let mut reading = Reading {
            has_feature: &|_| false,
            warn: &mut |_| {},
        };
        let wanted = attrs(&[("type", "github"), ("owner", "a"), ("repo", "b")]);
        let found = Input::from_attrs(wanted, &mut reading);
        assert_eq!(found, Err(InputError::Feature("flakes")));
    }
}
