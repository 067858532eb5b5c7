//! Builtins that read and write JSON, TOML and XML.

use super::{Definition, NOWHERE};
use crate::coerce::TextBuilder;
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::print::JsonOptions;
use crate::text::builder::ValueBuilder;
use crate::text::json::{self, JsonError};
use crate::text::toml::{self, TomlError};
use crate::value::{AttrsBuilder, List, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "fromJSON",
        args: &["e"],
        doc: "The value that the JSON text *e* describes.",
        run: from_json,
    },
    Definition {
        name: "toJSON",
        args: &["e"],
        doc: "*e* as JSON. Sets with `outPath` (derivations) become that path, paths are copied to the store; functions cannot be written.",
        run: |ev, args| {
            let mut out = TextBuilder::default();
            let options = JsonOptions {
                strict: true,
                copy_paths: true,
            };
            ev.print_json(&mut out, args[0], options, NOWHERE)?;
            Ok(out.finish(ev))
        },
    },
    Definition {
        name: "fromTOML",
        args: &["e"],
        doc: "The value that the TOML text *e* describes. Dates and times need the feature `parse-toml-timestamps`.",
        run: from_toml,
    },
    Definition {
        name: "toXML",
        args: &["e"],
        doc: "*e* as XML, for processing with other tools.",
        run: |ev, args| {
            let mut out = TextBuilder::default();
            ev.print_xml(&mut out, args[0], true, false)?;
            Ok(out.finish(ev))
        },
    },
];

fn from_json(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.fromJSON";
    let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let mut reader = Reader {
        ev,
        open: Vec::new(),
        result: Value::NULL,
    };
    let parsed = json::parse(text.bytes(), &mut reader);
    let result = reader.result;
    match parsed {
        Ok(()) => Ok(result),
        Err(JsonError::Builder(error)) => Err(error),
        Err(error) => {
            let message = Error::eval(error.message().unwrap_or_default());
            // Of text that is JSON, but cannot be a value, Nix does not say what it was doing.
            let is_json = !matches!(error, JsonError::Syntax(_));
            Err(if is_json {
                message
            } else {
                message.trace(NOWHERE, "while decoding a JSON string")
            })
        }
    }
}

fn from_toml(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.fromTOML";
    let text = ev.force_string_no_context(args[0], NOWHERE, context)?;
    let timestamps = ev.settings.has_feature("parse-toml-timestamps");
    let mut reader = Reader {
        ev,
        open: Vec::new(),
        result: Value::NULL,
    };
    match toml::parse(text.bytes(), timestamps, &mut reader) {
        Ok(()) => Ok(reader.result),
        Err(TomlError::Builder(error)) => Err(error),
        Err(TomlError::Message(message)) => Err(Error::eval(
            [b"while parsing TOML: ", &message[..]].concat(),
        )),
    }
}

/// Makes values of what a parser reports.
struct Reader<'e> {
    ev: &'e mut Evaluator,
    open: Vec<Open>,
    result: Value,
}

/// An array or object that is still being read.
enum Open {
    Array(Vec<Value>),
    /// The key whose value comes next, and the members so far; of several members with one name the last counts.
    Object(
        Option<syntax::symbol::Symbol>,
        Vec<(syntax::symbol::Symbol, Value)>,
    ),
}

impl Reader<'_> {
    fn add(&mut self, value: Value) -> Res<()> {
        self.ev.check_interrupt()?;
        match self.open.last_mut() {
            None => self.result = value,
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(key, members)) => {
                if let Some(key) = key.take() {
                    members.push((key, value));
                }
            }
        }
        Ok(())
    }
}

impl ValueBuilder for Reader<'_> {
    type Error = Error;

    fn null(&mut self) -> Result<(), Self::Error> {
        self.add(Value::NULL)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Self::Error> {
        self.add(Value::bool(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Self::Error> {
        let value = Value::int(&mut self.ev.heap, value);
        self.add(value)
    }

    fn float(&mut self, value: f64) -> Result<(), Self::Error> {
        let value = Value::float(&mut self.ev.heap, value);
        self.add(value)
    }

    fn string(&mut self, value: &[u8]) -> Result<(), Self::Error> {
        let value = self.ev.string(value);
        self.add(value)
    }

    fn begin_list(&mut self) -> Result<(), Self::Error> {
        self.open.push(Open::Array(Vec::new()));
        Ok(())
    }

    fn end_list(&mut self) -> Result<(), Self::Error> {
        let Some(Open::Array(items)) = self.open.pop() else {
            return Ok(());
        };
        let list = List::from_slice(&mut self.ev.heap, &items).value();
        self.add(list)
    }

    fn begin_attrs(&mut self) -> Result<(), Self::Error> {
        self.open.push(Open::Object(None, Vec::new()));
        Ok(())
    }

    fn key(&mut self, key: &[u8]) -> Result<(), Self::Error> {
        let symbol = self.ev.symbols.intern(key);
        if let Some(Open::Object(key, _)) = self.open.last_mut() {
            *key = Some(symbol);
        }
        Ok(())
    }

    fn end_attrs(&mut self) -> Result<(), Self::Error> {
        let Some(Open::Object(_, members)) = self.open.pop() else {
            return Ok(());
        };
        let mut builder = AttrsBuilder::with_capacity(members.len());
        for (name, value) in members.into_iter().rev() {
            builder.add(name, value, NOWHERE);
        }
        let set = builder.finish(&mut self.ev.heap).value();
        self.add(set)
    }
}
