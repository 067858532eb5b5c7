//! Numbers, truth values, dates and times.

use super::super::number::parse_float_saturating;
use super::Parser;
use super::report::{Region, Report};
use super::rule::{self, Rule};
use super::tree::Value;

/// What a value looks like at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Float,
    String,
    OffsetDateTime,
    LocalDateTime,
    LocalDate,
    LocalTime,
    Array,
    InlineTable,
}

const TIME_HINT: &str = "Hint: valid  : 1979-05-27T07:32:00, 1979-05-27 07:32:00.999999\n\
                         Hint: invalid: 1979-05-27T7:32:00, 1979-05-27 17:32\n";
const FLOAT_HINT: &str = "Hint: valid  : +1.0, -2e-2, 3.141_592_653_589, inf, nan\n\
                          Hint: invalid: .0, 1., _1.0, 1.0_, 1_.0, 1.0__0\n";
const INTEGER_HINT: &str = "Hint: valid  : -42, 1_000, 1_2_3_4_5, 0xC0FFEE, 0b0010, 0o755\n\
                            Hint: invalid: _42, 1__000, 0123\n";

impl<'t> Parser<'t> {
    /// What kind of value starts here.
    pub(super) fn guess(&self) -> Result<Kind, Report> {
        let lower = |word: &str, rule: &Rule| {
            let title = format!(
                "toml::parse_value: `{word}` must be in lowercase. A string must be surrounded by quotes."
            );
            Err(self.expecting(title, rule))
        };
        match self.current() {
            b'"' | b'\'' => Ok(Kind::String),
            b'[' => Ok(Kind::Array),
            b'{' => Ok(Kind::InlineTable),
            b't' | b'f' => Ok(Kind::Boolean),
            b'T' => lower("true", &rule::BOOLEAN),
            b'F' => lower("false", &rule::BOOLEAN),
            b'i' | b'n'
                if matches!(self.source.get(self.at..self.at + 3), Some(b"inf" | b"nan")) =>
            {
                Ok(Kind::Float)
            }
            b'i' | b'I' => lower("inf", &rule::FLOAT),
            b'n' | b'N' => lower("nan", &rule::FLOAT),
            _ => self.guess_number(),
        }
    }

    fn guess_number(&self) -> Result<Kind, Report> {
        let scan = |rule: &Rule| rule.scan(self.source, self.at);
        if scan(&rule::OFFSET_DATE_TIME).is_some() {
            return Ok(Kind::OffsetDateTime);
        }
        if let Some(end) = scan(&rule::LOCAL_DATE_TIME) {
            if matches!(self.byte(end), b'+' | b'-') {
                let title = "bad offset: must be [+-]HH:MM or Z";
                return Err(self
                    .expecting_at(end, title, &rule::TIME_OFFSET)
                    .hint("Hint: valid  : +09:00, -05:30\nHint: invalid: +9:00,  -5:30\n"));
            }
            return Ok(Kind::LocalDateTime);
        }
        if let Some(end) = scan(&rule::DATE) {
            return self.check_after_date(end).map(|()| Kind::LocalDate);
        }
        if scan(&rule::TIME).is_some() {
            return Ok(Kind::LocalTime);
        }
        if let Some(end) = scan(&rule::FLOAT) {
            if self.byte(end) == b'_' {
                let title = "bad float: `_` must be surrounded by digits";
                return Err(self.bad(end, title, "invalid underscore").hint(FLOAT_HINT));
            }
            return Ok(Kind::Float);
        }
        if let Some(end) = scan(&rule::INTEGER) {
            return self.check_after_integer(end).map(|()| Kind::Integer);
        }
        Err(match self.current() {
            b'.' => self
                .bad(
                    self.at,
                    "bad float: integer part is required before decimal point",
                    "missing integer part",
                )
                .hint(FLOAT_HINT),
            b'_' => {
                let title = "bad number: `_` must be surrounded by digits";
                self.bad(self.at, title, "digits required before `_`")
                    .hint(INTEGER_HINT)
            }
            _ => self.bad(self.at, "bad format: unknown value appeared", "here"),
        })
    }

    /// Checks that what follows a date is not a malformed time.
    fn check_after_date(&self, end: usize) -> Result<(), Report> {
        let time = |at| {
            Err(self
                .expecting_at(at, "bad time: must be HH:MM:SS.subsec", &rule::TIME)
                .hint(TIME_HINT))
        };
        match self.byte(end) {
            b'T' | b't' => time(end + 1),
            b' ' if self.byte(end + 1).is_ascii_digit() => time(end + 1),
            b'0'..=b'9' => {
                let title = "bad datetime: missing T or space";
                Err(self
                    .expecting_at(end, title, &rule::DATE_TIME_DELIMITER)
                    .hint(TIME_HINT))
            }
            _ => Ok(()),
        }
    }

    /// Checks that an integer is not the start of something malformed.
    fn check_after_integer(&self, end: usize) -> Result<(), Report> {
        let number = &self.source[self.at..end];
        Err(match self.byte(end) {
            b'_' if matches!(number, b"0" | b"+0" | b"-0") => {
                let title = "bad integer: leading zero is not allowed in decimal int";
                self.bad(end, title, "leading zero").hint(INTEGER_HINT)
            }
            b'_' => {
                let title = "bad integer: `_` must be surrounded by digits";
                self.bad(end, title, "invalid underscore")
                    .hint(INTEGER_HINT)
            }
            b'0' => self
                .bad(
                    end - 1,
                    "bad integer: leading zero",
                    "leading zero is not allowed",
                )
                .hint(INTEGER_HINT),
            b'1'..=b'9' => {
                let title = "bad integer: invalid digit after an integer";
                self.bad(end, title, "this digit is not allowed")
                    .hint(INTEGER_HINT)
            }
            b':' | b'-' => self.bad(end, "bad datetime: invalid format", "here").hint(
                "Hint: valid  : 1979-05-27T07:32:00-07:00, 1979-05-27 07:32:00.999999Z\n\
                 Hint: invalid: 1979-05-27T7:32:00-7:00, 1979-05-27 7:32-00:30",
            ),
            b'.' | b'e' | b'E' => self
                .bad(end, "bad float: invalid format", "here")
                .hint(FLOAT_HINT),
            _ => return Ok(()),
        })
    }

    /// Reads the text of a token, or says what was expected.
    fn token(&mut self, rule: &Rule, title: &str) -> Result<(&'t str, Region), Report> {
        let start = self.at;
        let Some(end) = rule.scan(self.source, start) else {
            return Err(self.expecting(title, rule));
        };
        self.at = end;
        // Tokens of this module are ASCII.
        let source: &'t [u8] = self.source;
        let text = std::str::from_utf8(&source[start..end]).unwrap_or_default();
        Ok((text, Region::new(start, end)))
    }

    pub(super) fn boolean(&mut self) -> Result<(Value, Region), Report> {
        let title = "toml::parse_boolean: invalid boolean: boolean must be `true` or `false`, in \
                     lowercase. string must be surrounded by `\"`";
        let (text, region) = self.token(&rule::BOOLEAN, title)?;
        Ok((Value::Boolean(text == "true"), region))
    }

    pub(super) fn integer(&mut self) -> Result<(Value, Region), Report> {
        let start = self.at;
        let prefix = start + usize::from(matches!(self.current(), b'+' | b'-'));
        let base = if self.byte(prefix) == b'0' {
            self.byte(prefix + 1)
        } else {
            0
        };
        let (rule, radix, name, example) = match base {
            b'b' => (&rule::BINARY, 2, "bin", "0b0101, 0b1111_0000"),
            b'o' => (&rule::OCTAL, 8, "oct", "0o775, 0o04_44"),
            b'x' => (&rule::HEXADECIMAL, 16, "hex", "0xC0FFEE, 0xdead_beef"),
            _ => (&rule::DECIMAL, 10, "dec", "42, 123_456_789"),
        };
        let title = format!(
            "toml::parse_{name}_integer: invalid integer: {name}_int must be like: {example}"
        );
        let (text, region) = self.token(rule, &title)?;
        let digits = text.replace('_', "");
        let digits = if radix == 10 {
            digits.as_str()
        } else {
            digits.get(2..).unwrap_or_default()
        };
        if let Ok(value) = i64::from_str_radix(digits, radix) {
            return Ok((Value::Integer(value), region));
        }
        let limit = if radix == 10 {
            "max digits"
        } else {
            "max value"
        };
        let title =
            format!("toml::parse_{name}_integer: too large integer: current {limit} = 2^63");
        let report = self.bad(self.at, title, "must be < 2^63");
        self.at = start;
        Err(report)
    }

    pub(super) fn float(&mut self) -> Result<(Value, Region), Report> {
        let title = "toml::parse_floating: invalid floating: float must be like: \
                     -3.14159_26535, 6.022e+23, inf, or nan (lowercase).";
        let (text, region) = self.token(&rule::FLOAT, title)?;
        let word = text.trim_start_matches(['+', '-']);
        let magnitude = match word {
            "inf" => f64::INFINITY,
            "nan" => f64::NAN.copysign(1.0),
            _ => parse_float_saturating(word.replace('_', "").as_bytes()).unwrap_or(f64::INFINITY),
        };
        let value = if text.starts_with('-') {
            -magnitude
        } else {
            magnitude
        };
        if value.is_infinite() && word != "inf" {
            let title = "toml::parse_floating: failed to read floating point value from stream";
            return Err(self.bad(self.at, title, "here"));
        }
        Ok((Value::Float(value), region))
    }

    /// Reads a date, a time, or both. The canonical form has a `T` between them, an offset of zero as `Z`
    /// and three, six or nine digits below a second, or none.
    pub(super) fn timestamp(&mut self, kind: Kind) -> Result<(Value, Region), Report> {
        let start = self.at;
        let mut canonical = String::new();
        if kind != Kind::LocalTime {
            canonical += &self.date()?;
        }
        if matches!(kind, Kind::LocalDateTime | Kind::OffsetDateTime) {
            self.at += 1;
            canonical.push('T');
        }
        if kind != Kind::LocalDate {
            canonical += &self.time()?;
        }
        if kind == Kind::OffsetDateTime {
            canonical += &self.offset(start)?;
        }
        Ok((Value::Timestamp(canonical), Region::new(start, self.at)))
    }

    fn date(&mut self) -> Result<String, Report> {
        let title =
            "toml::parse_local_date: invalid date: date must be like: 1234-05-06, yyyy-mm-dd.";
        let (text, region) = self.token(&rule::DATE, title)?;
        let text = text.to_owned();
        let (year, month, day) = (number(&text[..4]), number(&text[5..7]), number(&text[8..]));
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !(1..=12).contains(&month) || !(1..=days).contains(&day) {
            let title = "toml::parse_local_date: invalid date.";
            let message = "month must be 01-12, day must be any of 01-28,29,30,31 depending on the \
                           month/year.";
            return Err(self.bad(region.start, title, message));
        }
        Ok(text)
    }

    fn time(&mut self) -> Result<String, Report> {
        let title = "toml::parse_local_time: invalid time: time must be HH:MM:SS(.sss) (subseconds \
                     are optional)";
        let (text, region) = self.token(&rule::TIME, title)?;
        let mut text = text.to_owned();
        let (hour, minute, second) = (number(&text[..2]), number(&text[3..5]), number(&text[6..8]));
        let range = if hour >= 24 || minute >= 60 {
            "hour must be 00-23, minute must be 00-59."
        } else if second > 60 {
            "second must be 00-60."
        } else {
            let fraction = text.split_off(8);
            let digits = fraction.trim_start_matches('.');
            let digits = digits[..digits.len().min(9)].trim_end_matches('0');
            if !digits.is_empty() {
                let width = digits.len().next_multiple_of(3);
                text = format!("{text}.{digits:0<width$}");
            }
            return Ok(text);
        };
        Err(self.bad(region.start, "toml::parse_local_time: invalid time.", range))
    }

    /// Reads the offset of a date and time that begins at `start`.
    fn offset(&mut self, start: usize) -> Result<String, Report> {
        let title = "toml::parse_offset_datetime: invalid offset: offset must be like: Z, +01:00, or \
                     -10:00.";
        let (text, _) = self.token(&rule::TIME_OFFSET, title)?;
        if text.len() == 1 {
            return Ok("Z".to_owned());
        }
        let sign = text[..1].to_owned();
        let (hour, minute) = (number(&text[1..3]), number(&text[4..]));
        if hour > 24 || minute > 60 {
            let title =
                "toml::parse_offset_datetime: too large offset: |hour| <= 24, |minute| <= 60";
            let region = Region::new(start, self.at);
            return Err(Report::new(title).place(self.source, region, "here"));
        }
        let minutes = 60 * hour + minute;
        Ok(match minutes {
            0 => "Z".to_owned(),
            _ => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
        })
    }
}

/// The value of a few digits.
fn number(digits: &str) -> u32 {
    digits.parse().unwrap_or(0)
}
