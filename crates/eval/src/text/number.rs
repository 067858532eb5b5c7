//! Numbers as text, in each of the ways in which Nix writes and reads them.

use super::shortest;

/// The C library's word for a float that has no digits.
fn non_finite(value: f64) -> Option<&'static str> {
    match (
        value.is_nan(),
        value.is_infinite(),
        value.is_sign_negative(),
    ) {
        (true, _, false) => Some("nan"),
        (true, _, true) => Some("-nan"),
        (_, true, false) => Some("inf"),
        (_, true, true) => Some("-inf"),
        _ => None,
    }
}

/// `builtins.toString`: always six decimals, as printf's `%f`.
#[must_use]
pub fn float_to_fixed(value: f64) -> String {
    non_finite(value).map_or_else(|| format!("{value:.6}"), str::to_owned)
}

/// `nix-instantiate --eval`, the REPL, XML and error messages: at most six significant digits and no
/// trailing zeros, as printf's `%g`.
#[must_use]
pub fn float_to_display(value: f64) -> String {
    if let Some(word) = non_finite(value) {
        return word.to_owned();
    }
    let scientific = format!("{value:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = (5 - exponent).unsigned_abs() as usize;
        return trim_zeros(&format!("{value:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{}e{sign}{:02}",
        trim_zeros(mantissa),
        exponent.unsigned_abs()
    )
}

/// Drops the zeros that end a fraction, and its point when nothing is left of it.
fn trim_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// `builtins.toJSON`: short digits that read back as the same float, a point or an exponent always
/// present, so that it stays a float. JSON has no infinity: those and NaN are `null`.
pub fn float_to_json(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value == 0.0 {
        return out.extend_from_slice(b"0.0");
    }
    let found = shortest::digits(value.abs());
    let (digits, point) = (found.as_bytes(), found.point);
    match point {
        1..=15 => {
            let whole = point.unsigned_abs() as usize;
            out.extend_from_slice(&digits[..whole.min(digits.len())]);
            out.resize(out.len() + whole.saturating_sub(digits.len()), b'0');
            out.push(b'.');
            out.extend_from_slice(
                digits
                    .get(whole..)
                    .filter(|rest| !rest.is_empty())
                    .unwrap_or(b"0"),
            );
        }
        -3..=0 => {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + point.unsigned_abs() as usize, b'0');
            out.extend_from_slice(digits);
        }
        _ => {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            let sign = if point < 1 { '-' } else { '+' };
            out.extend_from_slice(format!("e{sign}{:02}", (point - 1).unsigned_abs()).as_bytes());
        }
    }
}

/// The value of an integer literal (decimal digits only), or nothing when it exceeds 64 bits.
#[must_use]
pub fn parse_int(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The value of a float literal of Nix, or nothing when it is too large, or too small for a normal
/// float (the C library's `strtod` calls both a range error).
#[must_use]
pub fn parse_float(literal: &[u8]) -> Option<f64> {
    let value = parse_float_saturating(literal)?;
    let underflowed = (value == 0.0 || value.is_subnormal()) && has_nonzero_digit(literal);
    (value.is_finite() && !underflowed).then_some(value)
}

/// The nearest float to a decimal literal: infinite when it is too large, zero when it is too small.
pub(super) fn parse_float_saturating(literal: &[u8]) -> Option<f64> {
    std::str::from_utf8(literal).ok()?.parse().ok()
}

/// Whether a digit before the exponent differs from zero.
fn has_nonzero_digit(literal: &[u8]) -> bool {
    literal
        .iter()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .any(|byte| (b'1'..=b'9').contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: f64) -> String {
        let mut out = Vec::new();
        float_to_json(value, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn fixed_text_has_six_decimals() {
        assert_eq!(float_to_fixed(1.0), "1.000000");
        assert_eq!(float_to_fixed(-0.000_000_4), "-0.000000");
        assert_eq!(float_to_fixed(1e20), "100000000000000000000.000000");
        assert_eq!(float_to_fixed(0.000_000_5), "0.000000");
        assert_eq!(float_to_fixed(f64::NEG_INFINITY), "-inf");
        assert_eq!(float_to_fixed(-f64::NAN.abs()), "-nan");
    }

    #[test]
    fn display_text_has_six_significant_digits() {
        let cases = [
            (1.0, "1"),
            (0.0, "0"),
            (-0.0, "-0"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (999_999.5, "1e+06"),
            (999_999.4, "999999"),
            (123.456_789, "123.457"),
            (0.000_123_456_7, "0.000123457"),
            (0.000_012_345_67, "1.23457e-05"),
            (1e-300, "1e-300"),
            (1e100, "1e+100"),
            (f64::INFINITY, "inf"),
            (f64::NAN.abs(), "nan"),
        ];
        for (value, expected) in cases {
            assert_eq!(float_to_display(value), expected);
        }
    }

    #[test]
    fn json_text_is_short_and_stays_a_float() {
        let cases = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (123_456.789, "123456.789"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-300, "1.5e-300"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (value, expected) in cases {
            assert_eq!(json(value), expected);
        }
    }

    #[test]
    fn literals_out_of_range_have_no_value() {
        assert_eq!(parse_int(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse_int(b"007"), Some(7));
        assert_eq!(parse_int(b"9223372036854775808"), None);
        assert_eq!(parse_float(b"1."), Some(1.0));
        assert_eq!(parse_float(b".5e3"), Some(500.0));
        assert_eq!(parse_float(b"1.0e400"), None);
        assert_eq!(parse_float(b"1.0e-400"), None);
        assert_eq!(parse_float(b"0.0e-400"), Some(0.0));
        assert_eq!(parse_float(b"1.0e-310"), None);
    }
}
