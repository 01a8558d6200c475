//! Where a walk has been, shared by its threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// So many parts of it can be written at the same time.
const SHEETS: usize = 64;

/// Every world that was reached, and every way that a thread has taken.
pub struct Atlas {
    /// Worlds by their digests, with the troubles that were left on the best way there.
    sheets: [Mutex<BTreeMap<u128, usize>>; SHEETS],
    taken: Mutex<BTreeSet<usize>>,
}

/// What is known of a world that a way leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// No way led there.
    Nothing,
    /// Ways led there, and all of them with fewer troubles left.
    InPart,
    /// A way led there with as many troubles left, or more.
    Everything,
}

impl Default for Atlas {
    fn default() -> Self {
        let sheets = std::array::from_fn(|_| Mutex::default());
        Self { sheets, taken: Mutex::default() }
    }
}

impl Atlas {
    /// A way leads to a world, with so many troubles left. Answers what was known before.
    pub fn reach(&self, world: u128, left: usize) -> Known {
        let sheet = usize::try_from(world % SHEETS as u128).unwrap();
        let mut sheet = self.sheets[sheet].lock().unwrap();
        let before = sheet.get(&world).copied();
        if before.is_some_and(|before| before >= left) {
            return Known::Everything;
        }
        sheet.insert(world, left);
        if before.is_some() { Known::InPart } else { Known::Nothing }
    }

    /// A thread wants to take a way by its number; false where another thread has.
    pub fn take(&self, way: usize) -> bool {
        self.taken.lock().unwrap().insert(way)
    }
}
