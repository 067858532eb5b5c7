//! Builtins on attribute sets.

use syntax::position::Pos;

use super::{Definition, NOWHERE};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, AttrsBuilder, Function, List, Thunk, Value};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "attrNames",
        args: &["set"],
        doc: "The names of the attributes of *set*, sorted.",
        run: attr_names,
    },
    Definition {
        name: "attrValues",
        args: &["set"],
        doc: "The values of the attributes of *set*, in the order of `attrNames`.",
        run: attr_values,
    },
    Definition {
        name: "getAttr",
        args: &["s", "set"],
        doc: "The attribute of *set* whose name is the string *s*. `set.${s}` is the same as an expression.",
        run: get_attr,
    },
    Definition {
        name: "hasAttr",
        args: &["s", "set"],
        doc: "Whether *set* has an attribute whose name is the string *s*.",
        run: has_attr,
    },
    Definition {
        name: "unsafeGetAttrPos",
        args: &["s", "set"],
        doc: "Where the attribute *s* of *set* was defined, as `{ file, line, column }`, or `null` where that is not known.",
        run: unsafe_get_attr_pos,
    },
    Definition {
        name: "removeAttrs",
        args: &["set", "list"],
        doc: "*set* without the attributes whose names are in *list*; names that it does not have are ignored.",
        run: remove_attrs,
    },
    Definition {
        name: "listToAttrs",
        args: &["e"],
        doc: "A set made of a list of `{ name, value }`. Of several elements with one name the first counts.",
        run: list_to_attrs,
    },
    Definition {
        name: "intersectAttrs",
        args: &["e1", "e2"],
        doc: "The attributes of *e2* whose names *e1* has, too.",
        run: intersect_attrs,
    },
    Definition {
        name: "catAttrs",
        args: &["attr", "list"],
        doc: "The values of the attribute *attr* in those sets of *list* that have it.",
        run: cat_attrs,
    },
    Definition {
        name: "functionArgs",
        args: &["f"],
        doc: "The names in the pattern of the function *f*, each with whether it has a default; `{ }` for a function without a pattern.",
        run: function_args,
    },
    Definition {
        name: "mapAttrs",
        args: &["f", "attrset"],
        doc: "The set with the same names and `f name value` for each value.",
        run: map_attrs,
    },
    Definition {
        name: "zipAttrsWith",
        args: &["f", "list"],
        doc: "A set with each name of the sets in *list*, whose value is `f name values`, where *values* lists what the sets have under that name.",
        run: zip_attrs_with,
    },
];

fn attr_names(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.attrNames";
    let attrs = ev
        .force_attrs(args[0], NOWHERE, context)?
        .flat(&mut ev.heap);
    let order = ev.ordered(attrs);
    let list = List::new(&mut ev.heap, order.len());
    for (place, index) in order.iter().enumerate() {
        let name = ev.symbol_value(attrs.keys().name(*index as usize));
        list.set(place, name);
    }
    Ok(list.value())
}

fn attr_values(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.attrValues";
    let attrs = ev
        .force_attrs(args[0], NOWHERE, context)?
        .flat(&mut ev.heap);
    let order = ev.ordered(attrs);
    let list = List::new(&mut ev.heap, order.len());
    for (place, index) in order.iter().enumerate() {
        list.set(place, attrs.slot(*index as usize).get());
    }
    Ok(list.value())
}

fn get_attr(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.getAttr";
    let name = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let context = "while evaluating the second argument passed to builtins.getAttr";
    let attrs = ev.force_attrs(args[1], NOWHERE, context)?;
    let name = ev.symbols.intern(name);
    match attrs.find(name) {
        Some((slot, _)) => ev.force_slot(slot, NOWHERE),
        None => Err(ev
            .lacks_attr(name)
            .trace(NOWHERE, "in the attribute set under consideration")),
    }
}

impl Evaluator {
    /// The error of a set that lacks an attribute that a builtin needs.
    #[cold]
    pub(crate) fn lacks_attr(&self, name: syntax::symbol::Symbol) -> Error {
        let message = [b"attribute '", self.symbols.text(name), b"' missing"].concat();
        Error::new(ErrorKind::Type, message)
    }

    /// The position and value of an attribute that must be there.
    pub(crate) fn required_attr(
        &self,
        attrs: Attrs,
        name: syntax::symbol::Symbol,
        context: &str,
    ) -> Res<(Value, Pos)> {
        match attrs.find(name) {
            Some((slot, pos)) => Ok((slot.get(), pos)),
            None => Err(self.lacks_attr(name).trace(NOWHERE, context)),
        }
    }
}

fn has_attr(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.hasAttr";
    let name = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let context = "while evaluating the second argument passed to builtins.hasAttr";
    let attrs = ev.force_attrs(args[1], NOWHERE, context)?;
    let name = ev.symbols.lookup(name);
    Ok(Value::bool(
        name.is_some_and(|name| attrs.find(name).is_some()),
    ))
}

fn unsafe_get_attr_pos(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.unsafeGetAttrPos";
    let name = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let context = "while evaluating the second argument passed to builtins.unsafeGetAttrPos";
    let attrs = ev.force_attrs(args[1], NOWHERE, context)?;
    let found = ev.symbols.lookup(name).and_then(|name| attrs.find(name));
    Ok(found.map_or(Value::NULL, |(_, pos)| ev.position_value(pos)))
}

fn remove_attrs(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.removeAttrs";
    let attrs = ev.force_attrs(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.removeAttrs";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut names = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        let context =
            "while evaluating the values of the second argument passed to builtins.removeAttrs";
        let name = ev.force_string_no_context(list.get(index), NOWHERE, context)?;
        names.extend(ev.symbols.lookup(name.bytes()));
    }
    names.retain(|name| attrs.find(*name).is_some());
    if names.is_empty() {
        return Ok(attrs.value());
    }
    names.sort_unstable();
    let attrs = attrs.flat(&mut ev.heap);
    let mut builder = AttrsBuilder::with_capacity(attrs.len());
    for entry in attrs.entries() {
        if names.binary_search(&entry.name).is_err() {
            builder.add(entry.name, entry.value, entry.pos);
        }
    }
    Ok(builder.finish(&mut ev.heap).value())
}

fn list_to_attrs(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the argument passed to builtins.listToAttrs";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    let mut builder = AttrsBuilder::with_capacity(list.len());
    let mut seen = rustc_hash::FxHashSet::default();
    for index in 0..list.len() {
        let context = "while evaluating an element of the list passed to builtins.listToAttrs";
        let pair = ev.force_attrs(list.get(index), NOWHERE, context)?;
        let pair_context = "in a {name=...; value=...;} pair";
        let (name, pos) = ev.required_attr(pair, ev.names.name, pair_context)?;
        let context = "while evaluating the `name` attribute of an element of the list passed to builtins.listToAttrs";
        let name = ev.force_string_no_context(name, pos, context)?;
        let name = ev.symbols.intern(name.bytes());
        if seen.insert(name) {
            let (value, pos) = ev.required_attr(pair, ev.names.value, pair_context)?;
            builder.add(name, value, pos);
        }
    }
    Ok(builder.finish(&mut ev.heap).value())
}

fn intersect_attrs(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.intersectAttrs";
    let left = ev.force_attrs(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.intersectAttrs";
    let right = ev.force_attrs(args[1], NOWHERE, context)?;
    let mut builder = AttrsBuilder::with_capacity(left.len().min(right.len()));
    if left.len() < right.len() {
        for name in left.flat(&mut ev.heap).keys().names() {
            if let Some((slot, pos)) = right.find(*name) {
                builder.add(*name, slot.get(), pos);
            }
        }
    } else {
        for entry in right.flat(&mut ev.heap).entries() {
            if left.find(entry.name).is_some() {
                builder.add(entry.name, entry.value, entry.pos);
            }
        }
    }
    Ok(builder.finish(&mut ev.heap).value())
}

fn cat_attrs(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.catAttrs";
    let name = ev
        .force_string_no_context(args[0], NOWHERE, context)?
        .bytes();
    let name = ev.symbols.intern(name);
    let context = "while evaluating the second argument passed to builtins.catAttrs";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut found = Vec::new();
    for index in 0..list.len() {
        let context = "while evaluating an element in the list passed as second argument to builtins.catAttrs";
        ev.check_interrupt()?;
        let attrs = ev.force_attrs(list.get(index), NOWHERE, context)?;
        found.extend(attrs.get(name));
    }
    Ok(List::from_slice(&mut ev.heap, &found).value())
}

fn function_args(ev: &mut Evaluator, args: &[Value]) -> Res {
    let function = ev.force(args[0], NOWHERE)?;
    match function.as_function() {
        Some(Function::Lambda(lambda, _, given)) => {
            let Some(formals) = &lambda.param(given.len()).formals else {
                return Ok(ev.empty_attrs);
            };
            let mut builder = AttrsBuilder::with_capacity(formals.sorted.len());
            for formal in formals.sorted {
                builder.add(
                    formal.name,
                    Value::bool(formal.default.is_some()),
                    formal.pos,
                );
            }
            Ok(builder.finish(&mut ev.heap).value())
        }
        Some(Function::Builtin(..)) => Ok(ev.empty_attrs),
        None => Err(Error::wrong_type("'functionArgs' requires a function")),
    }
}

fn map_attrs(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.mapAttrs";
    let attrs = ev
        .force_attrs(args[1], NOWHERE, context)?
        .flat(&mut ev.heap);
    let keys = attrs.keys().without_positions(&mut ev.heap);
    let mapped = Attrs::with_keys(&mut ev.heap, keys);
    // The function is not evaluated here, so its position is not known before the first call of it.
    let is_lambda = matches!(args[0].as_function(), Some(Function::Lambda(..)));
    let function = if is_lambda {
        Thunk::hold(&mut ev.heap, args[0])
    } else {
        args[0]
    };
    for index in 0..keys.len() {
        let name = ev.symbol_value(keys.name(index));
        let value = attrs.slot(index).get().resolved();
        let thunk = Thunk::apply2(&mut ev.heap, function, name, value);
        mapped.set(index, thunk);
    }
    Ok(mapped.value())
}

fn zip_attrs_with(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.zipAttrsWith";
    ev.force_function(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.zipAttrsWith";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut entries = Vec::new();
    for index in 0..list.len() {
        let context = "while evaluating a value of the list passed as second argument to builtins.zipAttrsWith";
        let attrs = ev.force_attrs(list.get(index), NOWHERE, context)?;
        let attrs = attrs.flat(&mut ev.heap);
        entries.extend(attrs.entries().map(|entry| (entry.name, entry.value)));
    }
    entries.sort_by_key(|(name, _)| *name);
    let mut builder = AttrsBuilder::default();
    for group in entries.chunk_by(|left, right| left.0 == right.0) {
        let values: Vec<Value> = group.iter().map(|(_, value)| *value).collect();
        let values = List::from_slice(&mut ev.heap, &values).value();
        let name = ev.symbol_value(group[0].0);
        let value = Thunk::apply2(&mut ev.heap, args[0], name, values);
        builder.add(group[0].0, value, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}
