//! The index of each space.

use super::VectorIndex;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The spaces that were searched in this process, by id, in memory.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Mutex<BTreeMap<i64, Arc<tokio::sync::Mutex<VectorIndex>>>>);

impl Indexes {
    pub(crate) fn of(&self, space: i64, dimension: usize) -> Arc<tokio::sync::Mutex<VectorIndex>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(tokio::sync::Mutex::new(VectorIndex::new(dimension)));
        Arc::clone(all.entry(space).or_insert_with(new))
    }

    pub(crate) fn forget(&self, space: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&space);
    }
}
