//! The API of the program as it ships: held against its own description, and under load.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(clippy::print_stdout, reason = "figures are told")]

mod api {
    mod conform;
    mod load;
    mod program;
}
