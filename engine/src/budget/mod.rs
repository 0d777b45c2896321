//! What a character lets be spent on models, and what was spent.
//!
//! `over` is the error of a call that would exceed it.

mod over;

pub use over::{Holder, OverBudget, Period, Unit, dollars};
