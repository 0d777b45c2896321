use galatea::prelude::*;
use std::collections::BTreeMap;

/// Settings.
#[config]
pub struct Settings {
    /// The rest.
    #[serde(flatten)]
    pub rest: BTreeMap<String, String>,
}

fn main() {}
