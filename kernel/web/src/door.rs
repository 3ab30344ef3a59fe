//! What the module and the script around it share: functions, and texts in its memory.
//!
//! Enters: the place of a text that was written into memory. Leaves: the place of a text to read, before the call returns.

#![expect(
    unsafe_code,
    reason = "a module of the web exports and imports functions over its memory, which is unsafe in Rust"
)]

use crate::page::{Cell, Page, Told, World};
use reconverge_outputs::bundle::Failed;
use reconverge_outputs::display;
use std::cell::RefCell;
use std::time::Duration;

#[link(wasm_import_module = "page")]
unsafe extern "C" {
    /// Milliseconds since some fixed moment.
    fn now() -> f64;
    /// JSON of [`Told`], to be read before this returns.
    fn tell(text: *const u8, length: usize);
}

thread_local! {
    static PAGE: RefCell<Option<Page>> = const { RefCell::new(None) };
}

struct Script;

impl World for Script {
    fn now(&self) -> Duration {
        // SAFETY: takes nothing, and the script gives a number.
        Duration::from_secs_f64(unsafe { now() }.max(0.0) / 1000.0)
    }

    fn tell(&self, told: &Told) {
        // Plain data with names of text is always JSON.
        let text = serde_json::to_vec(told).unwrap_or_default();
        // SAFETY: the text is there until the call returns, and the script reads no further.
        unsafe { tell(text.as_ptr(), text.len()) }
    }
}

/// Room for a text of so many bytes, which the next call takes.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn reserve(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// # Safety
///
/// `text` comes from [`reserve`] with the same length, and is given once.
unsafe fn taken(text: *mut u8, length: usize) -> Box<[u8]> {
    // SAFETY: `reserve` made it so.
    unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(text, length)) }
}

/// A new session; the text is JSON: the files that it may use, by path.
///
/// # Safety
///
/// As for [`taken`].
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn begin(text: *mut u8, length: usize) {
    std::panic::set_hook(Box::new(|panic| Script.tell(&Told::Failed(display::fault(panic.payload())))));
    // SAFETY: as is asked of the caller.
    let files = serde_json::from_slice(&unsafe { taken(text, length) }).unwrap_or_default();
    PAGE.set(Some(Page::new(files)));
}

/// Runs a cell; the text is JSON of [`Cell`]. What it tells has been told when this returns.
///
/// # Safety
///
/// As for [`taken`].
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn run(text: *mut u8, length: usize) {
    // SAFETY: as is asked of the caller.
    let cell = serde_json::from_slice::<Cell>(&unsafe { taken(text, length) });
    PAGE.with_borrow_mut(|page| match (page, cell) {
        (Some(page), Ok(cell)) => page.run(cell, &Script),
        (None, _) => Script.tell(&Told::Failed(Failed::new("InternalError", "no session was begun"))),
        (_, Err(error)) => Script.tell(&Told::Failed(Failed::new("InternalError", &error.to_string()))),
    });
}
