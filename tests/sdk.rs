//! The program as programs of others use it: official clients of other makers, unmodified, against `galatea run`.
//!
//! The clients are fetched once, pinned by version and checksum, with `pip` and `npm` into `.tools/` at the root of the
//! repository: `sdk/python/requirements.txt`, `sdk/js/package-lock.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[cfg(unix)]
mod sdk {
    mod clients;
    mod support;
}
