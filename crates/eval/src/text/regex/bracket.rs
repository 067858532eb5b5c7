//! Sets of bytes, and the bracket expressions that denote them.

use super::RegexError;
use super::scanner::{Scanner, Token};

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// Every byte but NUL: what `.` matches.
    pub(super) const ANY: Self = Self([!1, !0, !0, !0]);

    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0
            .iter()
            .zip([0, 64, 128, 192])
            .flat_map(|(&word, first)| {
                let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
                let words = std::iter::successors((word != 0).then_some(word), rest);
                words.map(move |word| first + word.trailing_zeros() as u8)
            })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The members that are in `other`, and those that are not.
    pub(super) fn split(&self, other: &Self) -> (Self, Self) {
        let (mut inside, mut outside) = (*self, *self);
        for word in 0..4 {
            inside.0[word] &= other.0[word];
            outside.0[word] &= !other.0[word];
        }
        (inside, outside)
    }

    /// The member of a set of one.
    pub(super) fn only_member(&self) -> Option<u8> {
        let mut bytes = self.bytes();
        bytes.next().filter(|_| bytes.next().is_none())
    }

    pub(super) fn complement(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    /// Adds the members of `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    fn insert_where(&mut self, belongs: impl Fn(u8) -> bool) {
        (0..=u8::MAX)
            .filter(|&byte| belongs(byte))
            .for_each(|byte| self.insert(byte));
    }

    /// Adds the bytes from `first` to `last`. Nix compares them as C's signed `char`.
    fn insert_range(&mut self, first: u8, last: u8) -> Result<(), RegexError> {
        let range = first.cast_signed()..=last.cast_signed();
        if range.is_empty() {
            return Err(RegexError::Invalid);
        }
        self.insert_where(|byte| range.contains(&byte.cast_signed()));
        Ok(())
    }
}

/// What the last item of a bracket expression was: a dash may follow only some.
#[derive(Clone, Copy)]
enum Last {
    Nothing,
    Byte(u8),
    Class,
}

/// Reads the rest of a bracket expression, whose opening was just accepted.
pub(super) fn parse(scanner: &mut Scanner, negated: bool) -> Result<ByteSet, RegexError> {
    let mut set = ByteSet::default();
    let mut last = Last::Nothing;
    // A dash that comes first is an ordinary byte.
    if scanner.accept(Token::Dash)? {
        set.insert(b'-');
        last = Last::Byte(b'-');
    }
    while !scanner.accept(Token::BracketClose)? {
        let token = scanner.token;
        scanner.advance()?;
        if token != Token::Dash {
            last = insert_item(&mut set, token)?;
        } else if scanner.accept(Token::BracketClose)? {
            set.insert(b'-');
            break;
        } else {
            let Last::Byte(first) = last else {
                return Err(RegexError::Invalid);
            };
            set.insert_range(first, range_end(scanner)?)?;
            last = Last::Nothing;
        }
    }
    Ok(if negated { set.complement() } else { set })
}

/// The byte after a range's dash.
fn range_end(scanner: &mut Scanner) -> Result<u8, RegexError> {
    let byte = match scanner.token {
        Token::Byte(byte) => byte,
        Token::Dash => b'-',
        _ => return Err(RegexError::Invalid),
    };
    scanner.advance()?;
    Ok(byte)
}

/// Adds what one item other than a dash denotes.
fn insert_item(set: &mut ByteSet, token: Token) -> Result<Last, RegexError> {
    match token {
        Token::Class(name) => {
            let belongs = class(name).ok_or(RegexError::Invalid)?;
            set.insert_where(|byte| belongs(&byte));
            return Ok(Last::Class);
        }
        Token::Equivalence(name) => {
            let byte = collating_element(name)?;
            set.insert_where(|other| other.eq_ignore_ascii_case(&byte));
            return Ok(Last::Class);
        }
        _ => {}
    }
    let byte = match token {
        Token::Byte(byte) => byte,
        Token::Collating(name) => collating_element(name)?,
        _ => return Err(RegexError::Invalid),
    };
    set.insert(byte);
    Ok(Last::Byte(byte))
}

/// The test for a named class of characters, the C locale's. Case does not matter in the name.
fn class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name.to_ascii_lowercase().as_slice() {
        b"d" | b"digit" => u8::is_ascii_digit,
        b"w" => |byte| byte.is_ascii_alphanumeric() || *byte == b'_',
        b"s" | b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

/// POSIX names of the bytes below `A` and of those that are neither letters nor below it; a letter's name
/// is the letter.
#[rustfmt::skip]
const COLLATING_NAMES: [(u8, &[&str]); 4] = [
    (0, &[
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "alert", "backspace", "tab", "newline",
        "vertical-tab", "form-feed", "carriage-return", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4",
        "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "IS4", "IS3", "IS2", "IS1", "space",
        "exclamation-mark", "quotation-mark", "number-sign", "dollar-sign", "percent-sign", "ampersand",
        "apostrophe", "left-parenthesis", "right-parenthesis", "asterisk", "plus-sign", "comma",
        "hyphen", "period", "slash", "zero", "one", "two", "three", "four", "five", "six", "seven",
        "eight", "nine", "colon", "semicolon", "less-than-sign", "equals-sign", "greater-than-sign",
        "question-mark", "commercial-at",
    ]),
    (b'[', &[
        "left-square-bracket", "backslash", "right-square-bracket", "circumflex", "underscore",
        "grave-accent",
    ]),
    (b'{', &["left-curly-bracket", "vertical-line", "right-curly-bracket", "tilde"]),
    (0x7f, &["DEL"]),
];

/// The byte that a collating element's name stands for.
fn collating_element(name: &[u8]) -> Result<u8, RegexError> {
    if let [letter] = name
        && letter.is_ascii_alphabetic()
    {
        return Ok(*letter);
    }
    COLLATING_NAMES
        .iter()
        .find_map(|(first, names)| {
            let offset = names.iter().position(|known| known.as_bytes() == name)?;
            Some(first + offset as u8)
        })
        .ok_or(RegexError::Invalid)
}
