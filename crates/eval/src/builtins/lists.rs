//! Builtins on lists.

use super::{Definition, NOWHERE};
use crate::error::{Error, Res};
use crate::evaluator::Evaluator;
use crate::value::{AttrsBuilder, List, Thunk, Value, position_of};

pub(super) const BUILTINS: &[Definition] = &[
    Definition {
        name: "length",
        args: &["e"],
        doc: "The number of elements of the list *e*.",
        run: length,
    },
    Definition {
        name: "head",
        args: &["list"],
        doc: "The first element of *list*; an error if it is empty.",
        run: head,
    },
    Definition {
        name: "tail",
        args: &["list"],
        doc: "*list* without its first element; an error if it is empty. Takes time proportional to the length.",
        run: tail,
    },
    Definition {
        name: "elemAt",
        args: &["xs", "n"],
        doc: "The element of the list *xs* at index *n*, counted from 0.",
        run: elem_at,
    },
    Definition {
        name: "elem",
        args: &["x", "xs"],
        doc: "Whether the list *xs* has an element equal to *x*.",
        run: elem,
    },
    Definition {
        name: "map",
        args: &["f", "list"],
        doc: "The list of `f element` for each element of *list*, each evaluated when it is needed.",
        run: map,
    },
    Definition {
        name: "filter",
        args: &["f", "list"],
        doc: "The elements of *list* for which `f element` is true.",
        run: filter,
    },
    Definition {
        name: "concatLists",
        args: &["lists"],
        doc: "The elements of all the lists in *lists*.",
        run: concat_lists,
    },
    Definition {
        name: "concatMap",
        args: &["f", "list"],
        doc: "The elements of all the lists `f element` for each element of *list*.",
        run: concat_map,
    },
    Definition {
        name: "foldl'",
        args: &["op", "nul", "list"],
        doc: "Combines *list* from left to right: `op (op (op nul a) b) c` for `[ a b c ]`, each step evaluated at once.",
        run: foldl_strict,
    },
    Definition {
        name: "any",
        args: &["pred", "list"],
        doc: "Whether `pred element` is true for some element of *list*; looks no further than the first.",
        run: any,
    },
    Definition {
        name: "all",
        args: &["pred", "list"],
        doc: "Whether `pred element` is true for every element of *list*; looks no further than the first that is not.",
        run: all,
    },
    Definition {
        name: "genList",
        args: &["generator", "length"],
        doc: "The list of `generator i` for each index *i* from 0 to *length* - 1.",
        run: gen_list,
    },
    Definition {
        name: "sort",
        args: &["comparator", "list"],
        doc: "*list* in ascending order, where `comparator a b` says whether *a* comes before *b*. Equal elements keep their order.",
        run: sort,
    },
    Definition {
        name: "partition",
        args: &["pred", "list"],
        doc: "`{ right, wrong }`: the elements of *list* for which `pred element` is true, and the others.",
        run: partition,
    },
    Definition {
        name: "groupBy",
        args: &["f", "list"],
        doc: "A set of lists: each element of *list* is under the name that `f element` gives.",
        run: group_by,
    },
];

fn length(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.length";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    Ok(Value::int(&mut ev.heap, list.len() as i64))
}

fn head(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to 'builtins.head'";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    if list.len() == 0 {
        return Err(Error::eval("'builtins.head' called on an empty list"));
    }
    ev.force(list.get(0), NOWHERE)
}

fn tail(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to 'builtins.tail'";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    match list.items() {
        [] => Err(Error::eval("'builtins.tail' called on an empty list")),
        [_, rest @ ..] => Ok(List::from_slice(&mut ev.heap, rest).value()),
    }
}

fn elem_at(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to 'builtins.elemAt'";
    let index = ev.force_int(args[1], NOWHERE, context)?;
    let context = "while evaluating the first argument passed to 'builtins.elemAt'";
    let list = ev.force_list(args[0], NOWHERE, context)?;
    match usize::try_from(index)
        .ok()
        .filter(|index| *index < list.len())
    {
        Some(index) => ev.force(list.get(index), NOWHERE),
        None => Err(Error::eval(format!(
            "'builtins.elemAt' called with index {index} on a list of size {}",
            list.len()
        ))),
    }
}

fn elem(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.elem";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    for index in 0..list.len() {
        if ev.equal_element(args[0], list.get(index), NOWHERE)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn map(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.map";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    if list.len() == 0 {
        return Ok(list.value());
    }
    let context = "while evaluating the first argument passed to builtins.map";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let mapped = List::new(&mut ev.heap, list.len());
    for index in 0..list.len() {
        ev.check_interrupt()?;
        let item = list.get(index).resolved();
        let thunk = Thunk::apply(&mut ev.heap, function, item);
        mapped.set(index, thunk);
    }
    Ok(mapped.value())
}

fn filter(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.filter";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    if list.len() == 0 {
        return Ok(list.value());
    }
    let context = "while evaluating the first argument passed to builtins.filter";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let mut kept = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        let item = list.get(index);
        let verdict = ev.call(function, &[item], NOWHERE)?;
        let context =
            "while evaluating the return value of the filtering function passed to builtins.filter";
        if ev.force_bool(verdict, NOWHERE, context)? {
            kept.push(item);
        }
    }
    if kept.len() == list.len() {
        return Ok(list.value());
    }
    Ok(List::from_slice(&mut ev.heap, &kept).value())
}

fn concat_lists(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.concatLists";
    let lists = ev.force_list(args[0], NOWHERE, context)?;
    let context = "while evaluating a value of the list passed to builtins.concatLists";
    ev.concat_lists(lists.items(), NOWHERE, context)
}

fn concat_map(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.concatMap";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.concatMap";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut items = Vec::new();
    for index in 0..list.len() {
        let part = ev.call(function, &[list.get(index)], NOWHERE)?;
        let pos = position_of(part, position_of(function, NOWHERE));
        let context =
            "while evaluating the return value of the function passed to builtins.concatMap";
        let part = ev.force_list(part, pos, context)?.items();
        // The vector may have twice the room it needs, and becomes a list.
        ev.check_room((items.len() + part.len()) * 3 * size_of::<Value>())?;
        items.extend_from_slice(part);
    }
    Ok(List::from_slice(&mut ev.heap, &items).value())
}

fn foldl_strict(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.foldlStrict";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let context = "while evaluating the third argument passed to builtins.foldlStrict";
    let list = ev.force_list(args[2], NOWHERE, context)?;
    let mut result = args[1];
    for index in 0..list.len() {
        result = ev.call(function, &[result, list.get(index)], NOWHERE)?;
    }
    ev.force(result, NOWHERE)
}

fn any(ev: &mut Evaluator, args: &[Value]) -> Res {
    search(
        ev,
        args,
        true,
        [
            "while evaluating the first argument passed to builtins.any",
            "while evaluating the second argument passed to builtins.any",
            "while evaluating the return value of the function passed to builtins.any",
        ],
    )
}

fn all(ev: &mut Evaluator, args: &[Value]) -> Res {
    search(
        ev,
        args,
        false,
        [
            "while evaluating the first argument passed to builtins.all",
            "while evaluating the second argument passed to builtins.all",
            "while evaluating the return value of the function passed to builtins.all",
        ],
    )
}

/// Looks for an element of which the function says `wanted`.
fn search(ev: &mut Evaluator, args: &[Value], wanted: bool, contexts: [&str; 3]) -> Res {
    let function = ev.force_function(args[0], NOWHERE, contexts[0])?;
    let list = ev.force_list(args[1], NOWHERE, contexts[1])?;
    for index in 0..list.len() {
        let verdict = ev.call(function, &[list.get(index)], NOWHERE)?;
        if ev.force_bool(verdict, NOWHERE, contexts[2])? == wanted {
            return Ok(Value::bool(wanted));
        }
    }
    Ok(Value::bool(!wanted))
}

/// More elements than this cannot be held in memory.
const MAX_LENGTH: i64 = 1 << 28;

fn gen_list(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.genList";
    let length = ev.force_int(args[1], NOWHERE, context)?;
    let too_long = || Error::eval(format!("cannot create list of size {length}"));
    if length < 0 {
        return Err(too_long());
    }
    let context = "while evaluating the first argument passed to builtins.genList";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    if length >= MAX_LENGTH {
        return Err(too_long());
    }
    let list = List::new(&mut ev.heap, length as usize);
    for index in 0..length {
        ev.check_interrupt()?;
        let number = Value::int(&mut ev.heap, index);
        let thunk = Thunk::apply(&mut ev.heap, function, number);
        list.set(index as usize, thunk);
    }
    Ok(list.value())
}

fn sort(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the second argument passed to builtins.sort";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    if list.len() == 0 {
        return Ok(list.value());
    }
    let context = "while evaluating the first argument passed to builtins.sort";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let mut items = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        items.push(ev.force(list.get(index), NOWHERE)?);
    }
    let is_less_than = ev.names.arithmetic(function) == Some(crate::code::Arithmetic::LessThan);
    let mut comes_before = |left: Value, right: Value| {
        ev.check_interrupt()?;
        if is_less_than {
            let context = "while evaluating the ordering function passed to builtins.sort";
            return ev.less_than(left, right, context);
        }
        let verdict = ev.call(function, &[left, right], NOWHERE)?;
        let context =
            "while evaluating the return value of the sorting function passed to builtins.sort";
        ev.force_bool(verdict, NOWHERE, context)
    };
    merge_sort(&mut items, &mut comes_before)?;
    Ok(List::from_slice(&mut ev.heap, &items).value())
}

/// A stable merge sort: any comparator yields some order of the items, and the first error ends it.
fn merge_sort(
    items: &mut [Value],
    comes_before: &mut impl FnMut(Value, Value) -> Res<bool>,
) -> Res<()> {
    if items.len() < 2 {
        return Ok(());
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    merge_sort(left, comes_before)?;
    merge_sort(right, comes_before)?;
    if !comes_before(right[0], left[left.len() - 1])? {
        return Ok(());
    }
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut low, mut high) = (0, 0);
    while low < left.len() && high < right.len() {
        if comes_before(right[high], left[low])? {
            merged.push(right[high]);
            high += 1;
        } else {
            merged.push(left[low]);
            low += 1;
        }
    }
    merged.extend_from_slice(&left[low..]);
    merged.extend_from_slice(&right[high..]);
    items.copy_from_slice(&merged);
    Ok(())
}

fn partition(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.partition";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.partition";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for index in 0..list.len() {
        let item = ev.force(list.get(index), NOWHERE)?;
        let verdict = ev.call(function, &[item], NOWHERE)?;
        let context = "while evaluating the return value of the partition function passed to builtins.partition";
        if ev.force_bool(verdict, NOWHERE, context)? {
            right.push(item);
        } else {
            wrong.push(item);
        }
    }
    let right = List::from_slice(&mut ev.heap, &right).value();
    let wrong = List::from_slice(&mut ev.heap, &wrong).value();
    let names = [(ev.names.right, right), (ev.names.wrong, wrong)];
    Ok(ev.make_attrs(&names))
}

fn group_by(ev: &mut Evaluator, args: &[Value]) -> Res {
    let context = "while evaluating the first argument passed to builtins.groupBy";
    let function = ev.force_function(args[0], NOWHERE, context)?;
    let context = "while evaluating the second argument passed to builtins.groupBy";
    let list = ev.force_list(args[1], NOWHERE, context)?;
    let mut groups = std::collections::BTreeMap::<_, Vec<Value>>::new();
    for index in 0..list.len() {
        let item = list.get(index);
        let name = ev.call(function, &[item], NOWHERE)?;
        let context =
            "while evaluating the return value of the grouping function passed to builtins.groupBy";
        let name = ev.force_string_no_context(name, NOWHERE, context)?;
        groups
            .entry(ev.symbols.intern(name.bytes()))
            .or_default()
            .push(item);
    }
    let mut builder = AttrsBuilder::with_capacity(groups.len());
    for (name, items) in groups {
        let list = List::from_slice(&mut ev.heap, &items).value();
        builder.add(name, list, NOWHERE);
    }
    Ok(builder.finish(&mut ev.heap).value())
}
