//! The errors that failed thunks remember: forcing such a thunk again fails in the same way, without running it.

use rustc_hash::FxHashSet;

use crate::error::{Error, ErrorKind};

/// Remembered errors by number.
#[derive(Default)]
pub(crate) struct Failures {
    errors: Vec<Option<Error>>,
    free: Vec<u32>,
}

impl Failures {
    /// The number of an error; `None` if a thunk that fails with it should rather be tried again.
    #[cold]
    pub(crate) fn number(&mut self, error: &Error) -> Option<u32> {
        if matches!(
            error.kind(),
            ErrorKind::Interrupted | ErrorKind::Quit | ErrorKind::Host(_)
        ) {
            return None;
        }
        let known = error.data().number;
        if known.is_some() {
            return known;
        }
        let number = if let Some(number) = self.free.pop() {
            number
        } else {
            let number = u32::try_from(self.errors.len()).ok()?;
            self.errors.push(None);
            number
        };
        error.data_mut().number = Some(number);
        self.errors[number as usize] = Some(error.share());
        Some(number)
    }

    /// The error of a number, to be raised again.
    #[cold]
    pub(crate) fn again(&self, number: u32) -> Error {
        match &self.errors[number as usize] {
            Some(error) => error.again(),
            None => Error::eval("an error that was forgotten: this is a defect of Neve"),
        }
    }

    /// Forgets all errors but those of these numbers.
    pub(crate) fn retain(&mut self, live: &FxHashSet<u32>) {
        for (number, error) in (0..).zip(&mut self.errors) {
            if error.is_some() && !live.contains(&number) {
                *error = None;
                self.free.push(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use syntax::position::Pos;

    use super::*;

    #[test]
    fn remembered_errors_have_the_steps_that_were_added_later() {
        let mut failures = Failures::default();
        let error = Error::eval("no").trace(Pos::NONE, "first");
        let number = failures.number(&error).expect("a number");
        let error = error.trace(Pos::NONE, "second");
        assert_eq!(failures.number(&error), Some(number));
        let again = failures.again(number).trace(Pos::NONE, "third");
        assert_eq!(again.data().traces.len(), 3);
        assert_eq!(error.data().traces.len(), 2);
    }

    #[test]
    fn forgotten_numbers_are_used_again() {
        let mut failures = Failures::default();
        let kept = failures.number(&Error::eval("kept")).expect("a number");
        let gone = failures.number(&Error::eval("gone")).expect("a number");
        failures.retain(&FxHashSet::from_iter([kept]));
        assert_eq!(failures.number(&Error::eval("new")), Some(gone));
        assert_eq!(failures.again(kept).data().message, b"kept");
    }

    #[test]
    fn an_interruption_is_not_remembered() {
        let mut failures = Failures::default();
        let error = Error::new(ErrorKind::Interrupted, "interrupted");
        assert_eq!(failures.number(&error), None);
    }
}
