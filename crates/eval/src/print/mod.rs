//! Values as text for people: as error messages, `nix eval` and the REPL show them.

mod ambiguous;
mod json;
mod xml;

pub use json::JsonOptions;

use rustc_hash::FxHashSet;
use syntax::position::Pos;

use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::files::shown_path;
use crate::text::escape::{self, StringStyle};
use crate::value::{Attrs, Entry, Function, List, Suspension, Thunk, Type, Value, position_of};

/// What becomes of an error while values are forced for printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It is printed in place of the value.
    Print,
    /// It ends the printing.
    Throw,
    /// It ends the printing if the whole value failed.
    ThrowTopLevel,
}

/// How values are printed.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether thunks are evaluated.
    pub force: bool,
    /// Whether derivations are printed as their path.
    pub derivation_paths: bool,
    /// Deeper sets and lists are printed as `{ ... }`, `[ ... ]`.
    pub max_depth: usize,
    /// More attributes in all are left out.
    pub max_attrs: usize,
    /// More list items in all are left out.
    pub max_items: usize,
    /// Longer strings are cut.
    pub max_string: usize,
    /// Spaces for each level; 0 prints on one line.
    pub indent: usize,
    /// What becomes of errors.
    pub on_error: OnError,
    /// Whether terminal colours are used.
    pub colours: bool,
}

impl Style {
    /// What error messages show of a value.
    pub const ERROR: Style = Style {
        force: false,
        derivation_paths: false,
        max_depth: 10,
        max_attrs: 10,
        max_items: 10,
        max_string: 1024,
        indent: 0,
        on_error: OnError::Print,
        colours: false,
    };
    /// Everything on one line.
    pub const PLAIN: Style = Style {
        max_depth: usize::MAX,
        max_attrs: usize::MAX,
        max_items: usize::MAX,
        max_string: usize::MAX,
        ..Style::ERROR
    };
}

const MAGENTA: &str = "\x1b[35;1m";
const CYAN: &str = "\x1b[36;1m";
const GREEN: &str = "\x1b[32;1m";
const BLUE: &str = "\x1b[34;1m";
const RED: &str = "\x1b[31;1m";
const NORMAL: &str = "\x1b[0m";

impl Evaluator {
    /// A value as an error message shows it; nothing is evaluated.
    pub(crate) fn show_for_error(&mut self, value: Value) -> Vec<u8> {
        self.print(value, Style::ERROR)
            .unwrap_or_else(|_| "«…»".as_bytes().to_vec())
    }

    /// A value as text.
    pub(crate) fn print(&mut self, value: Value, style: Style) -> Res<Vec<u8>> {
        let mut printer = Printer {
            evaluator: self,
            style,
            out: Vec::new(),
            seen: FxHashSet::default(),
            attrs: 0,
            items: 0,
            indent: 0,
        };
        printer.value(value, 0)?;
        Ok(printer.out)
    }
}

struct Printer<'e> {
    evaluator: &'e mut Evaluator,
    style: Style,
    out: Vec<u8>,
    seen: FxHashSet<u64>,
    /// Attributes and list items printed so far.
    attrs: usize,
    items: usize,
    indent: usize,
}

impl Printer<'_> {
    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn coloured(&mut self, colour: &str, text: &[u8]) {
        if self.style.colours {
            self.text(colour);
        }
        self.out.extend_from_slice(text);
        if self.style.colours {
            self.text(NORMAL);
        }
    }

    fn space(&mut self, is_pretty: bool) {
        if is_pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + self.indent, b' ');
        } else {
            self.out.push(b' ');
        }
    }

    fn value(&mut self, value: Value, depth: usize) -> Res<()> {
        self.evaluator.check_stack()?;
        self.evaluator
            .check_room(self.out.len().saturating_mul(3))?;
        if depth > self.evaluator.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(Error::new(ErrorKind::StackOverflow, message));
        }
        match self.try_value(value, depth) {
            Err(error)
                if !matches!(
                    error.kind(),
                    ErrorKind::StackOverflow | ErrorKind::Interrupted
                ) && (self.style.on_error == OnError::Print
                    || (self.style.on_error == OnError::ThrowTopLevel && depth > 0)) =>
            {
                let message = ["«error: ".as_bytes(), &error.data().message, "»".as_bytes()];
                self.coloured(RED, &message.concat());
                Ok(())
            }
            result => result,
        }
    }

    fn try_value(&mut self, value: Value, depth: usize) -> Res<()> {
        let raw = value;
        let value = if self.style.force {
            self.evaluator.force(value, position_of(value, Pos::NONE))?
        } else {
            value.resolved()
        };
        match value.kind() {
            Type::Int => {
                let number = value.as_int().unwrap_or_default().to_string();
                self.coloured(CYAN, number.as_bytes());
            }
            Type::Float => {
                let number = value.as_float().unwrap_or_default();
                let shown = crate::text::number::float_to_display(number);
                self.coloured(CYAN, shown.as_bytes());
            }
            Type::Bool => {
                let word = if value == Value::TRUE {
                    "true"
                } else {
                    "false"
                };
                self.coloured(CYAN, word.as_bytes());
            }
            Type::Null => self.coloured(CYAN, b"null"),
            Type::String => {
                let style = StringStyle {
                    max_length: self.style.max_string,
                    colours: self.style.colours,
                };
                let bytes = value.as_string().map_or(&b""[..], |text| text.bytes());
                let shown = bytes.len().min(self.style.max_string);
                self.evaluator.check_room(shown.saturating_mul(6))?;
                escape::print_string_styled(bytes, style, &mut self.out);
            }
            Type::Path => {
                let bytes = value.as_path().map_or(&b""[..], |text| text.bytes());
                self.coloured(GREEN, &shown_path(bytes));
            }
            Type::Attrs => {
                if let Some(attrs) = value.as_attrs() {
                    self.attrs(attrs, depth)?;
                }
            }
            Type::List => {
                if let Some(list) = value.as_list() {
                    self.list(raw, list, depth)?;
                }
            }
            Type::Function => self.function(value),
            Type::Thunk => match value.as_thunk().map(Thunk::read) {
                Some(Suspension::Blackhole) => {
                    self.coloured(RED, "«potential infinite recursion»".as_bytes());
                }
                _ => self.coloured(MAGENTA, "«thunk»".as_bytes()),
            },
        }
        Ok(())
    }

    fn repeated(&mut self) {
        self.coloured(MAGENTA, "«repeated»".as_bytes());
    }

    /// Whether several lines are used for a set or list of these values.
    fn is_pretty(&mut self, count: usize, first: Option<Value>) -> Res<bool> {
        if self.style.indent == 0 || count == 0 {
            return Ok(false);
        }
        let Some(first) = first.filter(|_| count == 1) else {
            return Ok(true);
        };
        let value = self.evaluator.force(first, position_of(first, Pos::NONE))?;
        Ok(matches!(
            value.kind(),
            Type::List | Type::Attrs | Type::Thunk
        ))
    }

    fn attrs(&mut self, attrs: Attrs, depth: usize) -> Res<()> {
        let attrs = self.evaluator.flat(attrs);
        if !self.seen.insert(attrs.value().word()) {
            self.repeated();
            return Ok(());
        }
        if self.style.force
            && self.style.derivation_paths
            && self.evaluator.is_derivation(attrs.value())?
        {
            return self.derivation(attrs);
        }
        if depth >= self.style.max_depth {
            self.text("{ ... }");
            return Ok(());
        }
        self.indent += self.style.indent;
        self.text("{");
        let entries = self.sorted(attrs);
        let is_pretty = self.is_pretty(entries.len(), entries.first().map(|entry| entry.value))?;
        for (index, entry) in entries.iter().enumerate() {
            self.space(is_pretty);
            if self.attrs >= self.style.max_attrs {
                let left = (entries.len() - index, "attribute", "attributes");
                escape::print_elided(left, self.style.colours, &mut self.out);
                break;
            }
            let name = self.evaluator.symbols.text(entry.name);
            escape::print_attr_name(name, &mut self.out);
            self.text(" = ");
            self.value(entry.value, depth + 1)?;
            self.text(";");
            self.attrs += 1;
        }
        self.indent -= self.style.indent;
        self.space(is_pretty);
        self.text("}");
        Ok(())
    }

    /// The attributes by name; where some may be left out, the telling ones first.
    fn sorted(&mut self, attrs: Attrs) -> Vec<Entry> {
        let entries: Vec<Entry> = attrs.entries().collect();
        let order = self.evaluator.ordered(attrs);
        let mut sorted: Vec<Entry> = order.iter().map(|index| entries[*index as usize]).collect();
        if self.style.max_attrs != usize::MAX {
            let symbols = &self.evaluator.symbols;
            sorted.sort_by_key(|entry| !matches!(symbols.text(entry.name), b"type" | b"_type"));
        }
        sorted
    }

    fn derivation(&mut self, attrs: Attrs) -> Res<()> {
        let mut shown = "«derivation".as_bytes().to_vec();
        if let Some((slot, pos)) = attrs.find(self.evaluator.names.drv_path) {
            let context = "while evaluating the drvPath of a derivation";
            let path = self
                .evaluator
                .coerce_to_store_path(slot.get(), pos, context)?;
            shown.push(b' ');
            shown.extend_from_slice(path.as_bytes());
        }
        shown.extend_from_slice("»".as_bytes());
        self.coloured(GREEN, &shown);
        Ok(())
    }

    fn list(&mut self, raw: Value, list: List, depth: usize) -> Res<()> {
        if list.len() > 0 && !self.seen.insert(raw.word()) {
            self.repeated();
            return Ok(());
        }
        if depth >= self.style.max_depth {
            self.text("[ ... ]");
            return Ok(());
        }
        self.indent += self.style.indent;
        self.text("[");
        let is_pretty = self.is_pretty(list.len(), list.items().first().copied())?;
        for index in 0..list.len() {
            self.space(is_pretty);
            if self.items >= self.style.max_items {
                let left = (list.len() - index, "item", "items");
                escape::print_elided(left, self.style.colours, &mut self.out);
                break;
            }
            self.value(list.get(index), depth + 1)?;
            self.items += 1;
        }
        self.indent -= self.style.indent;
        self.space(is_pretty);
        self.text("]");
        Ok(())
    }

    fn function(&mut self, value: Value) {
        let mut shown = "«".as_bytes().to_vec();
        match value.as_function() {
            Some(Function::Lambda(lambda, _, given)) => {
                let lambda = lambda.param(given.len());
                shown.extend_from_slice(b"lambda");
                if let Some(name) = lambda.name.get() {
                    shown.push(b' ');
                    shown.extend_from_slice(self.evaluator.symbols.text(name));
                }
                shown.extend_from_slice(b" @ ");
                shown.extend_from_slice(self.evaluator.show_pos(lambda.pos).as_bytes());
            }
            Some(Function::Builtin(index, given)) => {
                if !given.is_empty() {
                    shown.extend_from_slice(b"partially applied ");
                }
                let name = self.evaluator.builtins[index as usize].name;
                shown.extend_from_slice(format!("primop {name}").as_bytes());
            }
            None => {}
        }
        shown.extend_from_slice("»".as_bytes());
        self.coloured(BLUE, &shown);
    }
}
