//! Checks the characters of `characters/` against the plugins of this build and writes their load orders.

#![deny(unused_crate_dependencies)]

include!("src/linked.rs");

// Here for the features of what it uses; see Cargo.toml.
extern crate galatea_cli as _;

fn main() {
    galatea::build::characters("characters");
}
