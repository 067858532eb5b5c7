//! From a tree back to text.
//!
//! [`show`] prints what `nix-instantiate --parse` prints, byte for byte. That form is for people: some of it
//! cannot be parsed again, or means something else. [`source`] prints an expression that parses to the same
//! tree. Neither recurses, so trees of any depth can be printed.

mod tree;

use crate::ast::ExprRef;
use crate::symbol::SymbolTable;

/// The tree in the form of `nix-instantiate --parse`.
#[must_use]
pub fn show(expr: ExprRef, symbols: &SymbolTable) -> Vec<u8> {
    tree::print(expr, symbols, tree::Form::Shown)
}

/// An expression that parses to the same tree, positions, names of functions and comments aside.
///
/// That holds for every tree that the parser made, unless a path has in it what a path literal cannot have or
/// does not keep: a blank, from the name of the base directory, or `..` in a path below `~`.
#[must_use]
pub fn source(expr: ExprRef, symbols: &SymbolTable) -> Vec<u8> {
    tree::print(expr, symbols, tree::Form::Source)
}

/// Appends a string literal that stands for `text`.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    write_string_text(text, false, out);
    out.push(b'"');
}

/// Appends text as it stands inside a string literal, where an interpolation may follow it or not.
fn write_string_text(text: &[u8], may_be_followed: bool, out: &mut Vec<u8>) {
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'$' => match text.get(index + 1) {
                Some(b'{') => out.extend_from_slice(b"\\$"),
                None if may_be_followed => out.extend_from_slice(b"\\$"),
                _ => out.push(b'$'),
            },
            _ => out.push(*byte),
        }
    }
}

/// Appends a name, as a string literal if it cannot stand for itself.
pub fn write_identifier(name: &[u8], out: &mut Vec<u8>) {
    if is_identifier(name) {
        out.extend_from_slice(name);
    } else {
        write_string(name, out);
    }
}

/// Whether `name` can stand for itself as the name of an attribute.
fn is_identifier(name: &[u8]) -> bool {
    const KEYWORDS: [&[u8]; 9] = [
        b"if", b"then", b"else", b"assert", b"with", b"let", b"in", b"rec", b"inherit",
    ];
    let starts_well = name
        .first()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-');
    starts_well && name.iter().all(is_part) && !KEYWORDS.contains(&name)
}

/// Appends a number with six significant digits, as C's `%g` does.
pub fn write_float(value: f64, out: &mut Vec<u8>) {
    const DIGITS: i32 = 6;
    if value == 0.0 || !value.is_finite() {
        let text = if value == 0.0 && value.is_sign_negative() {
            "-0".to_owned()
        } else {
            format!("{value}")
        };
        out.extend_from_slice(text.to_lowercase().as_bytes());
        return;
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let decimals = (DIGITS - 1 - exponent).unsigned_abs() as usize;
        out.extend_from_slice(without_trailing_zeros(&format!("{value:.decimals$}")).as_bytes());
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let mantissa = without_trailing_zeros(mantissa);
        out.extend_from_slice(format!("{mantissa}e{sign}{:02}", exponent.abs()).as_bytes());
    }
}

fn without_trailing_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{write_float, write_identifier};

    /// Floats have the digits and exponents of C's `%g`.
    #[test]
    fn floats() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (999_999.5, "1e+06"),
            (123_456.7, "123457"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (1e300, "1e+300"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            let mut out = Vec::new();
            write_float(value, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }

    /// Names that are no identifiers, or keywords, are written as strings.
    #[test]
    fn identifiers() {
        for (name, text) in [
            ("a'b-c", "a'b-c"),
            ("or", "or"),
            ("if", "\"if\""),
            ("", "\"\""),
            ("1", "\"1\""),
            ("a\n", "\"a\\n\""),
        ] {
            let mut out = Vec::new();
            write_identifier(name.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), text);
        }
    }
}
