//! Checks the characters of `characters/` against the plugins of this build and writes their load orders.

#![deny(unused_crate_dependencies)]

include!("src/linked.rs");

fn main() {
    galatea::build::characters("characters");
}
