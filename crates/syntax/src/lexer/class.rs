//! What each byte can be part of.

pub(crate) const IDENTIFIER_START: u8 = 1;
pub(crate) const IDENTIFIER: u8 = 2;
pub(crate) const DIGIT: u8 = 4;
/// Part of a path component.
pub(crate) const PATH: u8 = 8;
/// Part of what stands left of the colon in a URI.
pub(crate) const SCHEME: u8 = 16;
/// Part of what stands right of it.
pub(crate) const URI: u8 = 32;
pub(crate) const BLANK: u8 = 64;
/// Ends a run of plain text in a string: a delimiter, or a byte that needs work.
pub(crate) const STRING_SPECIAL: u8 = 128;

static CLASSES: [u8; 256] = classes();

/// Whether `byte` is in one of the classes of `mask`.
#[inline]
pub(crate) fn is(byte: u8, mask: u8) -> bool {
    CLASSES[byte as usize] & mask != 0
}

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        table[index] = class_of(index as u8);
        index += 1;
    }
    table
}

const fn class_of(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => IDENTIFIER_START | IDENTIFIER | PATH | SCHEME | URI,
        b'0'..=b'9' => IDENTIFIER | DIGIT | PATH | SCHEME | URI,
        b'_' => IDENTIFIER_START | IDENTIFIER | PATH | URI,
        b'-' => IDENTIFIER | PATH | SCHEME | URI,
        b'\'' => IDENTIFIER | URI,
        b'.' | b'+' => PATH | SCHEME | URI,
        b'%' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b',' | b'!' | b'~' | b'*' => URI,
        b'$' => URI | STRING_SPECIAL,
        b'"' | b'\\' | 0 => STRING_SPECIAL,
        b'\r' => BLANK | STRING_SPECIAL,
        b' ' | b'\t' | b'\n' => BLANK,
        _ => 0,
    }
}
