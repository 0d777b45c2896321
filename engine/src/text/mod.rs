//! Text without side effects: what the engine reads from and writes to models.
//!
//! Everything here is a pure function of its arguments: no clock, no network, no agent.
//! [`id`] makes ids that are the same on every machine, [`template`] compiles and renders
//! prompts, [`answer`] reads what a model wrote, [`name`] compares names a model typed
//! with names that exist, [`sentence`] cuts text, [`bm25`] ranks text by words.
//!
//! Where elizaOS has recorded outputs (`tests/golden/*.json`) these functions give the same,
//! except for the rows listed with a reason in `tests/golden_text.rs`.
//! Any part of the engine and any plugin may call this module.

pub mod answer;
pub mod bm25;
pub mod consent;
pub mod duration;
pub(crate) mod function_words;
pub mod id;
pub mod name;
pub mod sentence;
pub mod template;
