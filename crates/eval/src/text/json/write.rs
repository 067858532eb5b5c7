//! Strings written as JSON.

/// Appends `text` as a JSON string. Nothing is escaped but quotes, backslashes and control characters.
/// Gives the message of Nix's library if `text` is not UTF-8; `out` then holds nothing more than before.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(invalid_utf8(text, error));
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut clean = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[clean..at]);
        clean = at + 1;
        let short = match byte {
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0c => b'f',
            b'\r' => b'r',
            b'"' | b'\\' => byte,
            _ => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', short]);
    }
    out.extend_from_slice(&text[clean..]);
    out.push(b'"');
    Ok(())
}

/// The message for text that is not UTF-8. It names the first byte that does not fit to those before it.
fn invalid_utf8(text: &[u8], error: std::str::Utf8Error) -> String {
    let start = "[json.exception.type_error.316]";
    let first = error.valid_up_to();
    let Some(good) = error.error_len() else {
        let last = text.last().copied().unwrap_or_default();
        return format!("{start} incomplete UTF-8 string; last byte: 0x{last:02X}");
    };
    let index = if matches!(text[first], 0xc2..=0xf4) {
        first + good
    } else {
        first
    };
    format!(
        "{start} invalid UTF-8 byte at index {index}: 0x{:02X}",
        text[index]
    )
}
