//! Checks the characters of `characters/` against the plugins of this build and writes their load orders.

#![deny(unused_crate_dependencies)]

include!("src/linked.rs");

// Here for their features alone; see Cargo.toml.
extern crate anstyle as _;
extern crate bitflags as _;
extern crate libc as _;
extern crate regex_automata as _;

fn main() {
    galatea::build::characters("characters");
}
