//! Migrations are numbered, named and there.

use galatea::prelude::*;

/// Keeps visits.
#[plugin("visits", migrations("0001_visits", "0003_index", "table two", "0004_Names"))]
pub struct Visits;

/// Keeps purses.
#[plugin("purses", migrations = "migrations")]
pub struct Purses;

fn main() {}
