//! Builtins that steer evaluation: errors, tracing, types, sequencing, closures.

use std::collections::BTreeMap;

use super::{Definition, NOWHERE};
use crate::coerce::Coercion;
use crate::debug::Stop;
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::host::Level;
use crate::value::{Attrs, List, Type, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "abort",
        args: &["s"],
        doc: "Ends the evaluation with the message *s*. Unlike `throw`, `tryEval` does not catch it.",
        run: abort,
    },
    Definition {
        name: "throw",
        args: &["s"],
        doc: "Fails with the message *s*. `tryEval` catches it, and commands that work on many packages go on with the next.",
        run: throw,
    },
    Definition {
        name: "tryEval",
        args: &["e"],
        doc: "`{ success, value }`: whether *e* can be evaluated (to its outermost constructor) without `throw` or a failed `assert`, and its value or `false`. Other errors are not caught.",
        run: try_eval,
    },
    Definition {
        name: "seq",
        args: &["e1", "e2"],
        doc: "Evaluates *e1* to its outermost constructor, then returns *e2*.",
        run: |ev, args| {
            ev.force(args[0], NOWHERE)?;
            ev.force(args[1], NOWHERE)
        },
    },
    Definition {
        name: "deepSeq",
        args: &["e1", "e2"],
        doc: "Evaluates *e1* with everything in it, then returns *e2*.",
        run: |ev, args| {
            ev.force_deep(args[0])?;
            ev.force(args[1], NOWHERE)
        },
    },
    Definition {
        name: "trace",
        args: &["e1", "e2"],
        doc: "Prints *e1* on standard error, then returns *e2*.",
        run: trace,
    },
    Definition {
        name: "traceVerbose",
        args: &["e1", "e2"],
        doc: "Like `trace` if the setting `trace-verbose` is on; else just *e2*.",
        run: |ev, args| {
            if ev.settings.trace_verbose {
                trace(ev, args)
            } else {
                ev.force(args[1], NOWHERE)
            }
        },
    },
    Definition {
        name: "warn",
        args: &["e1", "e2"],
        doc: "Prints the string *e1* as a warning, then returns *e2*. With the setting `abort-on-warn` it ends the evaluation.",
        run: warn,
    },
    Definition {
        name: "break",
        args: &["v"],
        doc: "In the debugger, stops here; returns *v*.",
        run: |ev, args| {
            ev.stop_at_breakpoint()?;
            ev.force(args[0], NOWHERE)
        },
    },
    Definition {
        name: "addErrorContext",
        args: &["s", "v"],
        doc: "Returns *v*; if that fails, the error's trace says *s*.",
        run: add_error_context,
    },
    Definition {
        name: "typeOf",
        args: &["e"],
        doc: "The type of *e*: `\"int\"`, `\"bool\"`, `\"string\"`, `\"path\"`, `\"null\"`, `\"set\"`, `\"list\"`, `\"lambda\"` or `\"float\"`.",
        run: type_of,
    },
    Definition {
        name: "isNull",
        args: &["e"],
        doc: "Whether *e* is `null`.",
        run: |ev, args| is_type(ev, args[0], Type::Null),
    },
    Definition {
        name: "isFunction",
        args: &["e"],
        doc: "Whether *e* is a function. A set that can be called is not one.",
        run: |ev, args| is_type(ev, args[0], Type::Function),
    },
    Definition {
        name: "isInt",
        args: &["e"],
        doc: "Whether *e* is an integer.",
        run: |ev, args| is_type(ev, args[0], Type::Int),
    },
    Definition {
        name: "isFloat",
        args: &["e"],
        doc: "Whether *e* is a floating point number.",
        run: |ev, args| is_type(ev, args[0], Type::Float),
    },
    Definition {
        name: "isString",
        args: &["e"],
        doc: "Whether *e* is a string.",
        run: |ev, args| is_type(ev, args[0], Type::String),
    },
    Definition {
        name: "isBool",
        args: &["e"],
        doc: "Whether *e* is `true` or `false`.",
        run: |ev, args| is_type(ev, args[0], Type::Bool),
    },
    Definition {
        name: "isPath",
        args: &["e"],
        doc: "Whether *e* is a path.",
        run: |ev, args| is_type(ev, args[0], Type::Path),
    },
    Definition {
        name: "isAttrs",
        args: &["e"],
        doc: "Whether *e* is a set.",
        run: |ev, args| is_type(ev, args[0], Type::Attrs),
    },
    Definition {
        name: "isList",
        args: &["e"],
        doc: "Whether *e* is a list.",
        run: |ev, args| is_type(ev, args[0], Type::List),
    },
    Definition {
        name: "genericClosure",
        args: &["attrset"],
        doc: "From `{ startSet, operator }`: the elements of *startSet*, then those that `operator element` lists for each, and so on. Elements are sets with an attribute `key`; of those with equal keys the first counts.",
        run: generic_closure,
    },
];

fn is_type(ev: &mut Evaluator, value: Value, kind: Type) -> Res {
    Ok(Value::bool(ev.force(value, NOWHERE)?.kind() == kind))
}

fn type_of(ev: &mut Evaluator, args: &[Value]) -> Res {
    let name = match ev.force(args[0], NOWHERE)?.kind() {
        Type::Int => "int",
        Type::Float => "float",
        Type::Bool => "bool",
        Type::String => "string",
        Type::Path => "path",
        Type::Null => "null",
        Type::Attrs => "set",
        Type::List => "list",
        Type::Function | Type::Thunk => "lambda",
    };
    let name = ev.symbols.intern(name.as_bytes());
    Ok(ev.symbol_value(name))
}

fn abort(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the error message passed to builtins.abort";
    let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
    let message = [
        b"evaluation aborted with the following error message: '",
        text.bytes(),
        b"'",
    ]
    .concat();
    Err(Error::new(ErrorKind::Abort, message))
}

fn throw(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the error message passed to builtin.throw";
    let text = ev.coerce_to_string(args[0], Coercion::INTERPOLATION, NOWHERE, context)?;
    Err(Error::new(ErrorKind::Thrown, text.bytes()))
}

fn try_eval(ev: &mut Evaluator, args: &[Value]) -> Res {
    ev.debugger.tries += 1;
    let result = ev.force(args[0], NOWHERE);
    ev.debugger.tries -= 1;
    let (success, value) = match result {
        Ok(value) => (true, value),
        Err(error) if error.is_catchable() => (false, Value::FALSE),
        Err(error) => return Err(error),
    };
    let names = [
        (ev.names.success, Value::bool(success)),
        (ev.names.value, value),
    ];
    Ok(ev.make_attrs(&names))
}

fn trace(ev: &mut Evaluator, args: &[Value]) -> Res {
    let value = ev.force(args[0], NOWHERE)?;
    let shown = match value.as_string() {
        Some(text) => text.bytes().to_vec(),
        None => ev.print(value, crate::print::Style::PLAIN)?,
    };
    ev.store.message(Level::Trace, &shown);
    if ev.settings.debugging.stops_at_trace {
        ev.stop(Stop::Step)?;
    }
    ev.force(args[1], NOWHERE)
}

fn warn(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument; the message passed to builtins.warn";
    let text = ev.force_string(args[0], NOWHERE, context)?.bytes();
    ev.store.message(Level::Warning, text);
    if ev.settings.abort_on_warn {
        let message = "aborting to reveal stack trace of warning, as abort-on-warn is set";
        return Err(Error::new(ErrorKind::Abort, message));
    }
    let debugging = ev.settings.debugging;
    if debugging.stops_at_trace || debugging.stops_at_warn {
        ev.stop(Stop::Step)?;
    }
    ev.force(args[1], NOWHERE)
}

fn add_error_context(ev: &mut Evaluator, args: &[Value]) -> Res {
    ev.force(args[1], NOWHERE).map_err(|error| {
        let context = "while evaluating the error message passed to builtins.addErrorContext";
        match ev.coerce_to_string(args[0], Coercion::PLAIN, NOWHERE, context) {
            Ok(text) => error.trace_always(NOWHERE, text.bytes()),
            Err(inner) => inner,
        }
    })
}

fn generic_closure(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.genericClosure";
    let attrs = ev.force_attrs(args[0], NOWHERE, context)?;
    let missing = "in the attrset passed as argument to builtins.genericClosure";
    let (start, _) = ev.required_attr(attrs, ev.names.start_set, missing)?;
    let context =
        "while evaluating the 'startSet' attribute passed as argument to builtins.genericClosure";
    let start = ev.force_list(start, NOWHERE, context)?;
    if start.len() == 0 {
        return Ok(start.value());
    }
    let (operator, _) = ev.required_attr(attrs, ev.names.operator, missing)?;
    let context =
        "while evaluating the 'operator' attribute passed as argument to builtins.genericClosure";
    let operator = ev.force_function(operator, NOWHERE, context)?;
    let mut closure = Closure {
        operator,
        seen: SortedKeys::default(),
        found: Vec::new(),
    };
    let mut pending = std::collections::VecDeque::from(start.items().to_vec());
    while let Some(element) = pending.pop_front() {
        if closure.visit(ev, element)? {
            pending.extend(closure.expand(ev, element)?.items());
        }
    }
    Ok(List::from_slice(&mut ev.heap, &closure.found).value())
}

/// The state of a `genericClosure`.
struct Closure {
    operator: Value,
    seen: SortedKeys,
    found: Vec<Value>,
}

/// Keys with the elements that they came from, in the order of the language's `<`.
#[derive(Default)]
struct SortedKeys {
    integers: BTreeMap<i64, Value>,
    texts: BTreeMap<&'static [u8], Value>,
    /// Keys of other kinds (and any kind once kinds are mixed), sorted by comparing.
    others: Vec<(Value, Value)>,
}

impl SortedKeys {
    /// Adds a key unless it is there.
    fn insert(&mut self, ev: &mut Evaluator, key: Value, element: Value) -> Res<bool> {
        use std::collections::btree_map::Entry;
        if self.others.is_empty() {
            if let (Some(number), true) = (key.as_int(), self.texts.is_empty()) {
                return Ok(match self.integers.entry(number) {
                    Entry::Occupied(_) => false,
                    Entry::Vacant(place) => {
                        place.insert(element);
                        true
                    }
                });
            }
            if let (Some(text), true) = (key.as_string(), self.integers.is_empty()) {
                return Ok(match self.texts.entry(text.bytes()) {
                    Entry::Occupied(_) => false,
                    Entry::Vacant(place) => {
                        place.insert(element);
                        true
                    }
                });
            }
        }
        self.mix(ev);
        self.insert_sorted(ev, key, element)
    }

    /// Moves what is known into the list that holds keys of any kind.
    fn mix(&mut self, ev: &mut Evaluator) {
        for (number, element) in std::mem::take(&mut self.integers) {
            let key = Value::int(&mut ev.heap, number);
            self.others.push((key, element));
        }
        for (text, element) in std::mem::take(&mut self.texts) {
            let key = ev.string(text);
            self.others.push((key, element));
        }
    }

    fn insert_sorted(&mut self, ev: &mut Evaluator, key: Value, element: Value) -> Res<bool> {
        let (mut low, mut high) = (0, self.others.len());
        while low < high {
            let middle = low + (high - low - 1) / 2;
            let is_less = ev.less_than(key, self.others[middle].0, "");
            if is_less.map_err(|error| self.clash(ev, error, key, element))? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        if low > 0 && !ev.less_than(self.others[low - 1].0, key, "")? {
            return Ok(false);
        }
        self.others.insert(low, (key, element));
        Ok(true)
    }

    /// The error of a key that cannot be compared with those before; names the first of their elements.
    fn clash(&self, ev: &mut Evaluator, error: Error, key: Value, element: Value) -> Error {
        let shown = ev.show_for_error(element);
        let other = self
            .others
            .iter()
            .find(|(other, _)| ev.less_than(key, *other, "").is_err());
        let Some((_, other)) = other else {
            return error.trace(
                NOWHERE,
                [b"while checking key of element ", &shown[..]].concat(),
            );
        };
        let other = ev.show_for_error(*other);
        error
            .trace(NOWHERE, [b"with element ", &other[..]].concat())
            .trace(NOWHERE, [b"while comparing element ", &shown[..]].concat())
    }
}

impl Closure {
    /// Takes an element up unless its key was seen before.
    fn visit(&mut self, ev: &mut Evaluator, element: Value) -> Res<bool> {
        let key = Self::key(ev, element).map_err(|error| {
            let shown = ev.show_for_error(element);
            error.trace(
                NOWHERE,
                [b"in genericClosure element ", &shown[..]].concat(),
            )
        })?;
        let key = ev.force(key, NOWHERE)?;
        let is_new = self.seen.insert(ev, key, element)?;
        if is_new {
            self.found.push(element);
        }
        Ok(is_new)
    }

    fn key(ev: &mut Evaluator, element: Value) -> Res {
        let attrs: Attrs = ev.force_attrs(element, NOWHERE, "")?;
        ev.required_attr(attrs, ev.names.key, "")
            .map(|(key, _)| key)
    }

    fn expand(&self, ev: &mut Evaluator, element: Value) -> Res<List> {
        let expanded = ev.call(self.operator, &[element], NOWHERE).and_then(|list| {
            let context = "while evaluating the return value of the `operator` passed to builtins.genericClosure";
            let list = ev.force_list(list, NOWHERE, context)?;
            for item in list.items() {
                ev.force(*item, NOWHERE)?;
            }
            Ok(list)
        });
        expanded.map_err(|error| {
            let shown = ev.show_for_error(element);
            let message = [
                b"while calling operator on genericClosure element ",
                &shown[..],
            ];
            error.trace(NOWHERE, message.concat())
        })
    }
}
