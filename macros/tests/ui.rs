//! Every diagnostic of the macros, and what they register: `tests/ui/<macro>/{pass,fail}_<what>.rs`.
//!
//! `TRYBUILD=overwrite cargo test -p galatea-macros --test ui` rewrites the expected output; review it like code.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/*/pass_*.rs");
    cases.compile_fail("tests/ui/*/fail_*.rs");
}
