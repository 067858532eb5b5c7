//! Why two values differ: what a failed `assert a == b` says.

use syntax::position::Pos;

use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, List, Type, Value};

impl Evaluator {
    /// Fails with the first difference between two values; follows the same rules as `equal`.
    pub(super) fn assert_equal(
        &mut self,
        left: Value,
        right: Value,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        self.enter(pos)?;
        let result = self.assert_equal_entered(left, right, pos, context);
        self.leave();
        result
    }

    fn assert_equal_entered(
        &mut self,
        left: Value,
        right: Value,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        let left = self.force(left, pos)?;
        let right = self.force(right, pos)?;
        let is_number = |value: Value| matches!(value.kind(), Type::Int | Type::Float);
        if is_number(left) && is_number(right) {
            if self.equal(left, right, pos)? {
                return Ok(());
            }
            return Err(self.differ(left, right, " with value"));
        }
        if left.kind() != right.kind() {
            return Err(self.differ(left, right, " of value"));
        }
        if let (Some(left), Some(right)) = (left.as_list(), right.as_list()) {
            return self.assert_equal_lists(left, right, pos, context);
        }
        if let (Some(left), Some(right)) = (left.as_attrs(), right.as_attrs()) {
            return self.assert_equal_attrs(left, right, pos, context);
        }
        if left.kind() == Type::Function {
            return Err(difference(
                "distinct functions and immediate comparisons of identical functions compare as unequal",
            ));
        }
        if self.equal(left, right, pos)? {
            return Ok(());
        }
        let noun = match left.kind() {
            Type::Bool => "boolean",
            Type::String => "string",
            _ => "path",
        };
        let (left, right) = (self.shown(left), self.shown(right));
        Err(difference(format!(
            "{noun} '{left}' is not equal to {noun} '{right}'"
        )))
    }

    fn shown(&mut self, value: Value) -> String {
        String::from_utf8_lossy(&self.show_for_error(value)).into_owned()
    }

    fn differ(&mut self, left: Value, right: Value, link: &str) -> Error {
        let (left_type, right_type) = (self.describe_type(left), self.describe_type(right));
        let (left, right) = (self.shown(left), self.shown(right));
        difference(format!(
            "{left_type}{link} '{left}' is not equal to {right_type}{link} '{right}'"
        ))
    }

    fn assert_equal_lists(&mut self, left: List, right: List, pos: Pos, context: &str) -> Res<()> {
        if left.len() != right.len() {
            let shown = (self.shown(left.value()), self.shown(right.value()));
            return Err(difference(format!(
                "list of size '{}' is not equal to list of size '{}', left hand side is '{}', right hand side is '{}'",
                left.len(),
                right.len(),
                shown.0,
                shown.1
            )));
        }
        for index in 0..left.len() {
            self.assert_equal_member(left.get(index), right.get(index), pos, context)
                .map_err(|error| {
                    error.trace(pos, format!("while comparing list element {index}"))
                })?;
        }
        Ok(())
    }

    /// Members of lists and sets: one and the same value is equal to itself.
    fn assert_equal_member(
        &mut self,
        left: Value,
        right: Value,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        if self.force(left, pos)? == self.force(right, pos)? {
            return Ok(());
        }
        self.assert_equal(left, right, pos, context)
    }

    fn assert_equal_attrs(
        &mut self,
        left: Attrs,
        right: Attrs,
        pos: Pos,
        context: &str,
    ) -> Res<()> {
        if self.is_derivation(left.value())? && self.is_derivation(right.value())? {
            let name = self.names.out_path;
            if let (Some(left), Some(right)) = (left.get(name), right.get(name)) {
                return self
                    .assert_equal_member(left, right, pos, context)
                    .map_err(|error| {
                        error.trace(
                            pos,
                            "while comparing a derivation by its 'outPath' attribute",
                        )
                    });
            }
        }
        let shown = (self.shown(left.value()), self.shown(right.value()));
        if left.len() != right.len() {
            return Err(difference(format!(
                "attribute names of attribute set '{}' differs from attribute set '{}'",
                shown.0, shown.1
            )));
        }
        let (left, right) = (self.flat(left), self.flat(right));
        for (ours, theirs) in left.entries().zip(right.entries()) {
            if ours.name != theirs.name {
                return Err(self.name_differs((left, ours.name), (right, theirs.name), &shown));
            }
            self.assert_equal_member(ours.value, theirs.value, pos, context)
                .map_err(|error| {
                    let error = if theirs.pos.is_some() {
                        error.trace(theirs.pos, "where right hand side is")
                    } else {
                        error
                    };
                    let error = if ours.pos.is_some() {
                        error.trace(ours.pos, "where left hand side is")
                    } else {
                        error
                    };
                    let name = self.symbols.text(ours.name);
                    error.trace(pos, [b"while comparing attribute '", name, b"'"].concat())
                })?;
        }
        Ok(())
    }

    fn name_differs(
        &self,
        (_, ours): (Attrs, syntax::symbol::Symbol),
        (right, theirs): (Attrs, syntax::symbol::Symbol),
        (left_shown, right_shown): &(String, String),
    ) -> Error {
        if right.find(ours).is_none() {
            let name = String::from_utf8_lossy(self.symbols.text(ours));
            return difference(format!(
                "attribute name '{name}' is contained in '{left_shown}', but not in '{right_shown}'"
            ));
        }
        let name = String::from_utf8_lossy(self.symbols.text(theirs));
        difference(format!(
            "attribute name '{name}' is missing in '{left_shown}', but is contained in '{right_shown}'"
        ))
    }
}

fn difference(message: impl Into<Vec<u8>>) -> Error {
    Error::new(ErrorKind::Assertion, message)
}
