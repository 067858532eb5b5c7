//! The evaluator's public face: values are held by handles, so that a collection between two calls spares them.

use syntax::position::Origin;

use crate::error::Res;
use crate::evaluator::Evaluator;
use crate::print::Style;
use crate::roots::Handle;
use crate::value::Value;

impl Evaluator {
    /// Parses and evaluates an expression to its outermost constructor.
    pub fn evaluate(&mut self, text: &[u8], origin: Origin, base_dir: &[u8]) -> Res<Handle> {
        let program = self.compile(text.to_vec(), origin, base_dir, None)?;
        let value = self.run(program)?;
        Ok(self.hold(value))
    }

    /// Evaluates a file, or a directory's `default.nix`.
    pub fn evaluate_file(&mut self, path: &[u8]) -> Res<Handle> {
        let value = self.import(path)?;
        Ok(self.hold(value))
    }

    pub(crate) fn hold(&mut self, value: Value) -> Handle {
        self.roots.hold(value)
    }

    /// Lets go of a value.
    pub fn release(&mut self, handle: Handle) {
        self.roots.release(handle);
    }

    /// Evaluates everything in a value.
    pub fn evaluate_deeply(&mut self, handle: &Handle) -> Res<()> {
        let value = self.roots.get(handle);
        self.force_deep(value)
    }

    /// A value as `nix-instantiate --eval` prints it.
    pub fn show(&mut self, handle: &Handle) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        self.print_ambiguous(value)
    }

    /// A value as `nix eval` and the REPL print it.
    pub fn show_styled(&mut self, handle: &Handle, style: Style) -> Res<Vec<u8>> {
        let value = self.roots.get(handle);
        self.print(value, style)
    }
}
