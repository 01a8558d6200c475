//! The bound of every loop over pages.

use crate::aws::error::failed;
use crate::ports::{CloudError, CloudErrorClass};

/// Pages that one question may have. A page holds up to 1,000 instances, 100 groups or a megabyte
/// of the ledger, so an answer that is longer is a loop.
pub(super) const PAGES: usize = 50;

/// An answer with more pages than [`PAGES`].
pub(super) fn without_end(call: &'static str, object: impl Into<String>) -> CloudError {
    let words = format!("more than {PAGES} pages; ask AWS support, or report a bug");
    failed(call, object, CloudErrorClass::Rejected, &words)
}
