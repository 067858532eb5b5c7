//! Values that someone outside the heap holds on to.

use crate::value::Value;

/// A table of held values.
#[derive(Default)]
pub(crate) struct Roots {
    values: Vec<Value>,
    free: Vec<usize>,
}

/// A held value; it stays held until it is released.
#[derive(Debug)]
pub struct Handle(usize);

impl Roots {
    pub(crate) fn hold(&mut self, value: Value) -> Handle {
        if let Some(index) = self.free.pop() {
            self.values[index] = value;
            return Handle(index);
        }
        self.values.push(value);
        Handle(self.values.len() - 1)
    }

    pub(crate) fn get(&self, handle: &Handle) -> Value {
        self.values[handle.0]
    }

    pub(crate) fn set(&mut self, handle: &Handle, value: Value) {
        self.values[handle.0] = value;
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a released handle must not be used again"
    )]
    pub(crate) fn release(&mut self, handle: Handle) {
        self.values[handle.0] = Value::NONE;
        self.free.push(handle.0);
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value> {
        self.values.iter().copied()
    }
}
