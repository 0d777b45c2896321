//! Handlers made by `macro_rules!`, plugins in modules, names of the author that generated code uses too.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{prelude::*, registry::Registry};

/// At the root.
#[plugin("root")]
pub struct Root;

mod inner {
    use super::*;

    /// In a module, and private.
    #[plugin("inner", requires(super::Root))]
    struct Inner;

    #[doc = concat!("Moves", " on.")]
    #[action(plugin = Inner)]
    async fn r#move(State(_): State, place: Place) -> Result<(), String> {
        drop(place);
        Ok(())
    }
}

/// A tuple struct around the engine's own, as another crate may have one.
struct State(#[allow(dead_code, reason = "only extracted")] Clock);

impl<P: galatea::definition::Plugin, K: galatea::extract::HandlerKind> Extract<P, K> for State {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(
        invocation: &galatea::extract::Invocation,
    ) -> Result<Self, galatea::extract::ExtractError> {
        <Clock as Extract<P, K>>::extract(invocation).await.map(State)
    }
}

macro_rules! actions {
    ($($name:ident: $parameter:ty => $result:ty,)*) => { $(
        /// Made by a macro.
        #[action]
        async fn $name(_first: $parameter, _second: Config<Root>) -> $result {
            Default::default()
        }
    )* };
}

actions! {
    call: Clock => (),
    describe: Option<Service<Api>> => String,
}

struct Api;

/// A service whose result is an alias of the type.
#[service]
impl Api {
    async fn start(_config: Config<Root>) -> std::result::Result<Api, std::io::Error> {
        Ok(Self)
    }
}

fn main() {
    let registry = Registry::linked().expect("a registry");
    let names = |plugin| {
        registry
            .get(plugin)
            .map(|p| p.actions.iter().map(|a| a.name).collect::<Vec<_>>())
    };
    assert_eq!(names("inner"), Some(vec!["MOVE"]));
    assert_eq!(names("root"), Some(vec!["CALL", "DESCRIBE"]));
    let description = registry
        .get("inner")
        .map(|plugin| plugin.actions[0].description.trim());
    assert_eq!(description, Some("Moves on."));
}
