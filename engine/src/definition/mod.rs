//! What the macros write: constant descriptions of plugins and of their parts.
//!
//! Every `#[plugin]`, `#[action]`, `#[provider]` … becomes one `static` of a type in this folder and one
//! `inventory::submit!`. Nothing here runs anything: a definition holds names, documentation, schemas as
//! functions, and a pointer to the generated caller. Only [`registry`](crate::registry) iterates over what the
//! linker gathered; everybody else gets definitions from there.

mod component;
mod component_type;
mod kind;
mod middleware;
mod migration;
mod permissions;
mod plugin;
mod route;
mod task;
mod test;

pub use component::*;
pub use component_type::*;
pub use kind::*;
pub use middleware::*;
pub use migration::*;
pub use permissions::*;
pub use plugin::*;
pub use route::*;
pub use task::*;
pub use test::*;

use crate::extract::Invocation;
use std::{fmt, future::Future, pin::Pin};

/// A boxed future of a handler; it may borrow from its [`Invocation`].
pub type HandlerFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A generated caller: makes a handler's parameters out of an invocation, runs it, and turns what it gives into
/// a `T`.
pub type Call<T> = for<'a> fn(&'a Invocation) -> HandlerFuture<'a, T>;

/// Where in the source a definition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The crate that declares it, as in Cargo.toml.
    pub package: &'static str,
    /// The module path, e.g. `galatea_weather`.
    pub module: &'static str,
    /// The source file, as `file!()` gives it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} (crate `{}`)", self.file, self.line, self.package)
    }
}

/// Makes the [`Origin`] of the place where it stands; used by the macros.
#[doc(hidden)]
#[macro_export]
macro_rules! __origin {
    () => {
        $crate::definition::Origin {
            package: ::core::env!("CARGO_PKG_NAME"),
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
        }
    };
}
