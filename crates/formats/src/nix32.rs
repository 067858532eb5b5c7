//! Nix's base-32: digits `0-9a-z` without `e`, `o`, `u` and `t`, the least significant one last.

/// The digits, by value.
pub const DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

const NO_DIGIT: u8 = 0xff;

const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut i = 0;
    while i < 32 {
        values[DIGITS[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// Whether a byte is one of the [`DIGITS`].
#[must_use]
pub const fn is_digit(byte: u8) -> bool {
    VALUES[byte as usize] != NO_DIGIT
}

/// What a digit stands for.
#[must_use]
pub const fn digit_value(byte: u8) -> Option<u8> {
    match VALUES[byte as usize] {
        NO_DIGIT => None,
        value => Some(value),
    }
}

/// How many digits `len` bytes take.
#[must_use]
pub const fn encoded_len(len: usize) -> usize {
    (len * 8).div_ceil(5)
}

/// Bytes as text.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_len(bytes.len()));
    encode_to(bytes, &mut text);
    text
}

/// Appends bytes as text.
pub fn encode_to(bytes: &[u8], text: &mut String) {
    for n in (0..encoded_len(bytes.len())).rev() {
        let (index, shift) = (n * 5 / 8, n * 5 % 8);
        let low = u16::from(bytes[index]);
        let high = u16::from(bytes.get(index + 1).copied().unwrap_or(0));
        let digit = ((high << 8 | low) >> shift) & 0x1f;
        text.push(char::from(DIGITS[usize::from(digit)]));
    }
}

/// Text as bytes: as many as the digits fill, one more when the leading digit holds more bits than
/// fit.
///
/// # Errors
/// Returns the offending byte when it is no digit.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, u8> {
    let mut bytes = Vec::with_capacity((text.len() * 5).div_ceil(8));
    for (n, &digit) in text.iter().rev().enumerate() {
        let value = VALUES[usize::from(digit)];
        if value == NO_DIGIT {
            return Err(digit);
        }
        let (index, shift) = (n * 5 / 8, n * 5 % 8);
        let wide = u16::from(value) << shift;
        bytes.resize(bytes.len().max(index + 1), 0);
        bytes[index] |= wide as u8;
        if wide > 0xff {
            bytes.resize(index + 2, 0);
            bytes[index + 1] |= (wide >> 8) as u8;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits of a known digest come out as Nix prints them, and go back in.
    #[test]
    fn known_value_round_trips() {
        let digest: Vec<u8> = (0..20).collect();
        let text = encode(&digest);
        assert_eq!(text.len(), 32);
        assert_eq!(decode(text.as_bytes()), Ok(digest));
        assert_eq!(encode(&[]), "");
        assert_eq!(encode(&[0xff]), "7z");
    }

    /// A leading digit with too many bits yields a byte too many rather than losing bits.
    #[test]
    fn overflowing_digit_lengthens_the_result() {
        assert_eq!(decode(&[b'z'; 52]).map(|b| b.len()), Ok(33));
        assert_eq!(decode(b"0e"), Err(b'e'));
    }
}
