//! URLs by RFC 3986, taken apart and put together as Nix does it.
//!
//! Path, query and fragment are held decoded. A lenient parse takes spaces and quotation marks as they are in queries, and `^`
//! in fragments, too, as flake references have always had them.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::net::Ipv4Addr;

/// A URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// What stands before the first colon.
    pub scheme: String,
    /// What follows `//`.
    pub authority: Option<Authority>,
    /// The components of the path; the first one is empty if the path starts with a slash.
    pub path: Vec<String>,
    /// Names and values; of several values the first counts.
    pub query: BTreeMap<String, String>,
    /// What follows `#`.
    pub fragment: String,
}

/// Who serves a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    user: Option<String>,
    password: Option<String>,
    /// A name, or an address without its brackets.
    pub host: String,
    kind: HostKind,
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HostKind {
    #[default]
    Name,
    Address,
    BracketedAddress,
}

/// A text that is no URL: the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(pub String);

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn is_path_byte(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@/%".contains(&byte)
}

impl Url {
    /// Takes a URL apart. `warn` is told of parts of the query that have no value.
    pub fn parse(text: &str, lenient: bool, warn: &mut dyn FnMut(String)) -> Result<Url, UrlError> {
        let invalid = |why: &str| UrlError(format!("'{text}' is not a valid URL: {why}"));
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (before, query) = before.split_once('?').unwrap_or((before, ""));
        let accepts = |part: &str, extra: &[u8]| {
            part.bytes()
                .all(|byte| is_path_byte(byte) || extra.contains(&byte))
        };
        let (in_query, in_fragment): (&[u8], &[u8]) = if lenient {
            (b"?[] \"", b"? \"^")
        } else {
            (b"?[]", b"?")
        };
        if !accepts(query, in_query) || !accepts(fragment, in_fragment) {
            return Err(invalid("leftover"));
        }
        let Some((scheme, rest)) = split_scheme(before) else {
            if !accepts(before, b"[]") {
                return Err(invalid("leftover"));
            }
            return Err(UrlError(format!("'{text}' doesn't have a scheme")));
        };
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(Authority::parse(authority)?), path)
            }
        };
        if !accepts(path, b"") {
            return Err(invalid("leftover"));
        }
        let is_file = split_application(scheme).1 == "file";
        if let Some(authority) = authority
            .as_ref()
            .filter(|found| is_file && !found.host.is_empty())
        {
            let message = format!("file:// URL '{text}' has unexpected authority '{authority}'");
            return Err(UrlError(message));
        }
        let path = if is_file && path.is_empty() {
            "/"
        } else {
            path
        };
        Ok(Url {
            scheme: scheme.to_owned(),
            authority,
            path: path.split('/').map(decode).collect::<Result<_, _>>()?,
            query: parse_query(query, warn)?,
            fragment: decode(fragment)?,
        })
    }

    /// The components of the path that are not empty.
    pub fn segments(&self) -> Vec<&str> {
        self.path
            .iter()
            .map(String::as_str)
            .filter(|segment| !segment.is_empty())
            .collect()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{authority}")?;
        }
        let path: Vec<String> = self.path.iter().map(|part| encode(part, ":@")).collect();
        f.write_str(&path.join("/"))?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            write!(f, "{}={}", encode(name, ":@/?"), encode(value, ":@/?"))?;
        }
        if !self.fragment.is_empty() {
            write!(f, "#{}", encode(&self.fragment, ""))?;
        }
        Ok(())
    }
}

impl Authority {
    fn parse(text: &str) -> Result<Authority, UrlError> {
        let invalid = |why: &str| UrlError(format!("invalid URL authority: '{text}': {why}"));
        let (userinfo, place) = match text.rsplit_once('@') {
            Some((userinfo, place)) => (Some(userinfo), place),
            None => (None, text),
        };
        let allowed = |byte: u8| is_path_byte(byte) && byte != b'/' && byte != b'@';
        if userinfo.is_some_and(|userinfo| !userinfo.bytes().all(allowed)) {
            return Err(invalid("leftover"));
        }
        let (user, password) = match userinfo.map(|text| (text, text.split_once(':'))) {
            None => (None, None),
            Some((user, None)) => (Some(decode(user)?), None),
            Some((_, Some((user, password)))) => (Some(decode(user)?), Some(decode(password)?)),
        };
        let (host, kind, rest) = if let Some(inside) = place.strip_prefix('[') {
            let (host, rest) = inside.split_once(']').ok_or_else(|| invalid("mismatch"))?;
            (decode(host)?, HostKind::BracketedAddress, rest)
        } else {
            let end = place.find(':').unwrap_or(place.len());
            let (host, rest) = place.split_at(end);
            if !host.bytes().all(|byte| allowed(byte) && byte != b':') {
                return Err(invalid("leftover"));
            }
            let is_address = host.parse::<Ipv4Addr>().is_ok();
            let kind = if is_address {
                HostKind::Address
            } else {
                HostKind::Name
            };
            (decode(host)?, kind, rest)
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            None => return Err(invalid("leftover")),
            Some("") => None,
            Some(digits) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(invalid("leftover"));
            }
            Some(digits) => match digits.parse::<u16>() {
                Ok(port) if port > 0 => Some(port),
                _ => return Err(UrlError(format!("port '{digits}' is invalid"))),
            },
        };
        Ok(Authority {
            user,
            password,
            host,
            kind,
            port,
        })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            f.write_str(&encode(user, ""))?;
            if let Some(password) = &self.password {
                write!(f, ":{}", encode(password, ""))?;
            }
            f.write_str("@")?;
        }
        match self.kind {
            HostKind::Name => f.write_str(&encode(&self.host, ""))?,
            HostKind::Address => f.write_str(&self.host)?,
            HostKind::BracketedAddress => write!(f, "[{}]", encode(&self.host, ":"))?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Splits a URL at the colon that ends its scheme.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some((scheme, rest))
}

/// `git+https` → `git` and `https`.
#[must_use]
pub fn split_application(scheme: &str) -> (Option<&str>, &str) {
    match scheme.split_once('+') {
        Some((application, transport)) => (Some(application), transport),
        None => (None, scheme),
    }
}

/// Names and values of a query; of several values for one name the first counts.
pub fn parse_query(
    text: &str,
    warn: &mut dyn FnMut(String),
) -> Result<BTreeMap<String, String>, UrlError> {
    let mut query = BTreeMap::new();
    if text.is_empty() {
        return Ok(query);
    }
    for part in text.split('&') {
        match part.split_once('=') {
            Some((name, value)) => {
                let value = decode(value)?;
                query.entry(decode(name)?).or_insert(value);
            }
            None => warn(format!(
                "dubious URI query '{part}' is missing equal sign '=', ignoring"
            )),
        }
    }
    Ok(query)
}

/// Resolves `%41` and the like.
pub fn decode(text: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let is_hex = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let value = digits
            .filter(is_hex)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(value) = value else {
            let why = if after.len() < 2 {
                "incomplete pct-encoding"
            } else {
                "bad hexdig in pct-encoding"
            };
            return Err(UrlError(format!("invalid URI parameter '{text}': {why}")));
        };
        bytes.push(value);
        rest = &after[2..];
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes all bytes as `%41` that are neither unreserved nor in `keep`.
#[must_use]
pub fn encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) || keep.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Url, UrlError> {
        Url::parse(text, true, &mut |_| {})
    }

    #[test]
    fn urls_come_out_as_they_went_in() {
        for text in [
            "https://user:secret@example.com:8080/a/b?x=1&y=2#frag",
            "path:/a/b",
            "path:./a",
            "file:///a%20b",
            "http://[::1]:80/",
            "http://127.0.0.1/x",
            "flake:nixpkgs/23.05",
        ] {
            assert_eq!(
                parse(text).map(|url| url.to_string()),
                Ok(text.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_are_decoded() {
        let url = parse("git+ssh://host/a%2Fb?ref=x%26y&flag&ref=z#a b").expect("a URL");
        assert_eq!(url.path, ["", "a/b"]);
        assert_eq!(
            url.query,
            BTreeMap::from([("ref".to_owned(), "x&y".to_owned())])
        );
        assert_eq!(url.fragment, "a b");
        assert_eq!(split_application(&url.scheme), (Some("git"), "ssh"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "a b:c",
            "./x",
            "1a:b",
            "http://host:0/",
            "http://host:99999/",
            "file://host/x",
            "x:%zz",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_lenient_parsing_takes_spaces() {
        let text = "path:/x?rev=a b";
        assert!(parse(text).is_ok());
        assert!(Url::parse(text, false, &mut |_| {}).is_err());
    }
}
