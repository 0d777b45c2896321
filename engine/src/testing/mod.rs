//! What tests of plugins and of storages use. Nothing in the engine calls it.

pub mod kind;
pub mod store;
