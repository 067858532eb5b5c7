//! JSON text as Nix writes it: no spaces, keys sorted, floats in the notation of its JSON library.
//!
//! Structured attributes become part of a derivation as such text, so it decides store paths.

mod float;

use std::io;

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::Formatter;

/// How deep values may be nested in text that is parsed.
pub const MAX_DEPTH: usize = 1000;

/// A value as text.
#[must_use]
pub fn to_text(value: &Value) -> String {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, NixFormatter);
    // Writing to memory cannot fail, and a `Value` has no keys but strings.
    let _written = value.serialize(&mut serializer);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Parses text; the last of several equal keys counts.
///
/// # Errors
/// Says what is malformed and where, or that the nesting exceeds [`MAX_DEPTH`].
pub fn parse(text: &[u8]) -> Result<Value, String> {
    check_depth(text)?;
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = serde::Deserialize::deserialize(&mut deserializer).map_err(|e| e.to_string())?;
    deserializer.end().map_err(|e| e.to_string())?;
    Ok(value)
}

/// Bounds the depth before the parser, which recurses, sees the text.
fn check_depth(text: &[u8]) -> Result<(), String> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!(
                "nested more than {MAX_DEPTH} levels deep at offset {offset}"
            ));
        }
    }
    Ok(())
}

/// A float as Nix prints it: digits that read back, positional between 1e-4 and 1e15, always with a
/// fraction or an exponent of at least two digits; `null` if it is not finite.
#[must_use]
pub fn format_float(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, exponent) = float::digits(value.abs());
    let digits = String::from_utf8(digits).unwrap_or_default();
    let leading = i32::try_from(digits.len()).unwrap_or(i32::MAX) + exponent - 1;
    format!("{sign}{}", place_point(&digits, leading))
}

/// `digits` read as `d.ddd` times ten to the `exponent`.
fn place_point(digits: &str, exponent: i32) -> String {
    let before_point = exponent + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match before_point {
        _ if count <= before_point && before_point <= 15 => {
            format!(
                "{digits}{}.0",
                "0".repeat((before_point - count).unsigned_abs() as usize)
            )
        }
        1..=15 => {
            let (whole, fraction) = digits.split_at(before_point.unsigned_abs() as usize);
            format!("{whole}.{fraction}")
        }
        -3..=0 => format!(
            "0.{}{digits}",
            "0".repeat(before_point.unsigned_abs() as usize)
        ),
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{first}{point}{rest}e{sign}{:02}", exponent.abs())
        }
    }
}

struct NixFormatter;

impl Formatter for NixFormatter {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(format_float(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Floats print as the reference prints them.
    #[test]
    fn floats_match_the_reference() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (2.5, "2.5"),
            (0.1, "0.1"),
            (1.0e-4, "0.0001"),
            (1.0e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1.0e14, "100000000000000.0"),
            (1.0e15, "1e+15"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (1.0e16, "1e+16"),
            (-123_456.75, "-123456.75"),
            (1.25e100, "1.25e+100"),
            // Neither the nearest nor the fewest digits.
            (563_519_892_987_385.8, "563519892987385.7"),
            (5.387_172_597_940_702e16, "5.3871725979407024e+16"),
            (1.225_752_682_935_544_6e-284, "1.2257526829355445e-284"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "null"),
        ];
        for (value, text) in cases {
            assert_eq!(format_float(value), text);
        }
    }

    /// Text becomes canonical: sorted keys, last duplicate, no spaces, only the escapes that are
    /// needed.
    #[test]
    fn text_becomes_canonical() {
        let text = br#" { "b" : [1, 2.50, -3, 18446744073709551616], "a" : "\u00e9\/\u0001\u007f\n", "b": 1e2 } "#;
        let canonical = parse(text).map(|value| to_text(&value));
        assert_eq!(
            canonical,
            Ok("{\"a\":\"é/\\u0001\u{7f}\\n\",\"b\":100.0}".to_owned())
        );
    }

    /// Nesting is bounded, inside strings it is none.
    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(deep(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(deep(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(parse(format!("\"{}\"", deep(5000)).as_bytes()).is_ok());
        assert!(parse(b"[1] 2").is_err());
    }
}
