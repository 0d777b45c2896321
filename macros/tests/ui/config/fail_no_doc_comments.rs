use galatea::prelude::*;

#[config]
pub struct Settings {
    pub key: String,
    pub other: String,
}

fn main() {}
