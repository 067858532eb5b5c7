//! Values as `nix-instantiate --eval` prints them: not always as expressions.

use rustc_hash::FxHashSet;

use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::files::shown_path;
use crate::text::escape;
use crate::value::{Function, Suspension, Thunk, Type, Value};

impl Evaluator {
    /// A value as `nix-instantiate --eval` prints it; nothing is evaluated.
    pub(crate) fn print_ambiguous(&mut self, value: Value) -> Res<Vec<u8>> {
        let mut out = Vec::new();
        let mut seen = FxHashSet::default();
        self.print_ambiguous_to(value, &mut out, &mut seen, 0)?;
        Ok(out)
    }

    fn print_ambiguous_to(
        &mut self,
        value: Value,
        out: &mut Vec<u8>,
        seen: &mut FxHashSet<u64>,
        depth: usize,
    ) -> Res<()> {
        self.check_stack()?;
        if depth > self.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(Error::new(ErrorKind::StackOverflow, message));
        }
        let raw = value;
        let value = value.resolved();
        if let Some(attrs) = value.as_attrs() {
            let attrs = self.flat(attrs);
            if attrs.len() > 0 && !seen.insert(attrs.value().word()) {
                out.extend_from_slice("«repeated»".as_bytes());
                return Ok(());
            }
            out.extend_from_slice(b"{ ");
            for index in self.ordered(attrs) {
                let name = attrs.keys().name(*index as usize);
                escape::print_attr_name(self.symbols.text(name), out);
                out.extend_from_slice(b" = ");
                let member = attrs.slot(*index as usize).get();
                self.print_ambiguous_to(member, out, seen, depth + 1)?;
                out.extend_from_slice(b"; ");
            }
            out.push(b'}');
        } else if let Some(list) = value.as_list() {
            if list.len() > 0 && !seen.insert(raw.word()) {
                out.extend_from_slice("«repeated»".as_bytes());
                return Ok(());
            }
            out.extend_from_slice(b"[ ");
            for index in 0..list.len() {
                self.print_ambiguous_to(list.get(index), out, seen, depth + 1)?;
                out.push(b' ');
            }
            out.push(b']');
        } else {
            Self::print_ambiguous_scalar(value, out);
        }
        Ok(())
    }

    fn print_ambiguous_scalar(value: Value, out: &mut Vec<u8>) {
        match value.kind() {
            Type::Int => {
                out.extend_from_slice(value.as_int().unwrap_or_default().to_string().as_bytes());
            }
            Type::Float => {
                let number = value.as_float().unwrap_or_default();
                out.extend_from_slice(crate::text::number::float_to_display(number).as_bytes());
            }
            Type::Bool => {
                out.extend_from_slice(if value == Value::TRUE {
                    b"true"
                } else {
                    b"false"
                });
            }
            Type::Null => out.extend_from_slice(b"null"),
            Type::String => {
                let bytes = value.as_string().map_or(&b""[..], |text| text.bytes());
                escape::print_string(bytes, out);
            }
            Type::Path => {
                let bytes = value.as_path().map_or(&b""[..], |text| text.bytes());
                out.extend_from_slice(&shown_path(bytes));
            }
            Type::Thunk => out.extend_from_slice(match value.as_thunk().map(Thunk::read) {
                Some(Suspension::Blackhole) => "«potential infinite recursion»".as_bytes(),
                _ => b"<CODE>",
            }),
            Type::Function => out.extend_from_slice(match value.as_function() {
                Some(Function::Builtin(_, [])) => b"<PRIMOP>",
                Some(Function::Builtin(..)) => b"<PRIMOP-APP>",
                _ => b"<LAMBDA>",
            }),
            Type::Attrs | Type::List => {}
        }
    }
}
