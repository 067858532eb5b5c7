//! Panics of the evaluator: defects of Neve, which must not end the process.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

thread_local! {
    /// The last panic of this thread, while it is being caught.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
    static IS_CAUGHT: RefCell<bool> = const { RefCell::new(false) };
}

/// Lets panics that are caught be kept rather than printed.
pub(super) fn keep_messages() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if IS_CAUGHT.with_borrow(|is_caught| *is_caught) {
                MESSAGE.set(Some(describe(info)));
            } else {
                print(info);
            }
        }));
    });
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = info.location().map(ToString::to_string);
    format!(
        "{} at {}",
        text.unwrap_or("panic"),
        place.unwrap_or_default()
    )
}

/// Runs something; a panic becomes its message and place.
pub(super) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    let was_caught = IS_CAUGHT.replace(true);
    // What was being changed is not used any more: the caller gives the evaluator up.
    let outcome = catch_unwind(AssertUnwindSafe(run));
    IS_CAUGHT.set(was_caught);
    outcome.map_err(|_| MESSAGE.take().unwrap_or_default())
}
