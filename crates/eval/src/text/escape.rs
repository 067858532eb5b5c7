//! Values printed as Nix source: string literals, attribute names, and the marks for what was left out.

/// ANSI sequences that colour printed values on a terminal.
pub mod ansi {
    /// Back to normal text.
    pub const NORMAL: &[u8] = b"\x1b[0m";
    /// Faint: what was left out.
    pub const FAINT: &[u8] = b"\x1b[2m";
    /// Strings, thunks and repeated values.
    pub const MAGENTA: &[u8] = b"\x1b[35;1m";
}

/// How a string value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StringStyle {
    /// Bytes of the value to print before the rest is elided.
    pub max_length: usize,
    /// Whether to colour it with ANSI sequences.
    pub colours: bool,
}

impl StringStyle {
    /// The whole value, without colour: what `nix-instantiate --eval` prints.
    pub const PLAIN: Self = Self {
        max_length: usize::MAX,
        colours: false,
    };
    /// What error messages print.
    pub const ERROR: Self = Self {
        max_length: 1024,
        colours: true,
    };
}

/// Appends `value` as a string literal of the language.
pub fn print_string(value: &[u8], out: &mut Vec<u8>) {
    print_string_styled(value, StringStyle::PLAIN, out);
}

/// Appends `value` as a string literal in a given style. An elided literal is followed by the number of
/// bytes left out, and (as in Nix) its colour then ends only with that note.
pub fn print_string_styled(value: &[u8], style: StringStyle, out: &mut Vec<u8>) {
    if style.colours {
        out.extend_from_slice(ansi::MAGENTA);
    }
    out.push(b'"');
    let shown = value.len().min(style.max_length);
    escape(&value[..shown], value.get(shown) == Some(&b'{'), out);
    out.push(b'"');
    if shown < value.len() {
        out.push(b' ');
        print_elided((value.len() - shown, "byte", "bytes"), style.colours, out);
    } else if style.colours {
        out.extend_from_slice(ansi::NORMAL);
    }
}

/// Appends `value` with the escapes that a double-quoted literal needs. `brace_follows` says that the
/// byte after `value` is an opening brace, which matters to a dollar sign at its end.
fn escape(value: &[u8], brace_follows: bool, out: &mut Vec<u8>) {
    out.reserve(value.len());
    let mut clean = 0;
    for (at, &byte) in value.iter().enumerate() {
        let escaped: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            b'$' if value
                .get(at + 1)
                .map_or(brace_follows, |next| *next == b'{') =>
            {
                b"\\$"
            }
            _ => continue,
        };
        out.extend_from_slice(&value[clean..at]);
        out.extend_from_slice(escaped);
        clean = at + 1;
    }
    out.extend_from_slice(&value[clean..]);
}

/// Appends the note that stands for left-out parts, such as `«3 items elided»`. The count comes with the
/// words for one and for several of them.
pub fn print_elided((count, one, several): (usize, &str, &str), colours: bool, out: &mut Vec<u8>) {
    if colours {
        out.extend_from_slice(ansi::FAINT);
    }
    let word = if count == 1 { one } else { several };
    out.extend_from_slice(format!("«{count} {word} elided»").as_bytes());
    if colours {
        out.extend_from_slice(ansi::NORMAL);
    }
}

/// The message for text that cannot become a string value because a byte of it is NUL.
#[must_use]
pub fn nul_message(text: &[u8]) -> Vec<u8> {
    let mut message = b"input string '".to_vec();
    for (at, part) in text.split(|&byte| byte == 0).enumerate() {
        if at > 0 {
            message.extend_from_slice("\u{2400}".as_bytes());
        }
        message.extend_from_slice(part);
    }
    message
        .extend_from_slice(b"' cannot be represented as Nix string because it contains null bytes");
    message
}

/// Whether `name` is a keyword, which an attribute name may only be in quotes. `or` is not one.
#[must_use]
pub fn is_keyword(name: &[u8]) -> bool {
    matches!(
        name,
        b"if" | b"then" | b"else" | b"assert" | b"with" | b"let" | b"in" | b"rec" | b"inherit"
    )
}

/// Whether `name` may stand as an attribute name without quotes.
#[must_use]
pub fn is_identifier(name: &[u8]) -> bool {
    let starts = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let continues =
        |byte: u8| starts(byte) || byte.is_ascii_digit() || matches!(byte, b'\'' | b'-');
    name.first().is_some_and(|&first| starts(first))
        && name.iter().all(|&byte| continues(byte))
        && !is_keyword(name)
}

/// Appends an attribute name, quoted unless it is an identifier.
pub fn print_attr_name(name: &[u8], out: &mut Vec<u8>) {
    if is_identifier(name) {
        out.extend_from_slice(name);
    } else {
        print_string(name, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn literals_escape_what_the_lexer_would_read_otherwise() {
        let text = printed(|out| print_string(b"a\"b\\c\nd\re\tf${g}$h$${$", out));
        assert_eq!(text, r#""a\"b\\c\nd\re\tf\${g}$h$\${$""#);
        assert_eq!(
            printed(|out| print_string(b"\x1b\x01", out)),
            "\"\x1b\x01\""
        );
    }

    #[test]
    fn long_strings_say_how_many_bytes_they_hide() {
        let short = StringStyle {
            max_length: 3,
            colours: false,
        };
        let text = |value: &[u8]| printed(|out| print_string_styled(value, short, out));
        assert_eq!(text(b"abc"), "\"abc\"");
        assert_eq!(text(b"abcd"), "\"abc\" «1 byte elided»");
        assert_eq!(text(b"ab${c"), "\"ab\\$\" «2 bytes elided»");
        let coloured = StringStyle {
            max_length: 1,
            colours: true,
        };
        let text = printed(|out| print_string_styled(b"ab", coloured, out));
        assert_eq!(text, "\x1b[35;1m\"a\" \x1b[2m«1 byte elided»\x1b[0m");
        let text = printed(|out| print_string_styled(b"a", coloured, out));
        assert_eq!(text, "\x1b[35;1m\"a\"\x1b[0m");
    }

    #[test]
    fn only_identifiers_go_without_quotes() {
        let name = |name: &[u8]| printed(|out| print_attr_name(name, out));
        for plain in ["a", "_", "a'b-c_1", "or", "A"] {
            assert_eq!(name(plain.as_bytes()), plain);
        }
        for quoted in [
            "", "1a", "-a", "'a", "a.b", "if", "rec", "inherit", "é", "a b",
        ] {
            assert_eq!(name(quoted.as_bytes()), format!("\"{quoted}\""));
        }
    }
}
