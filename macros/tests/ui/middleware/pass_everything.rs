//! A middleware with every key is registered as it is declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::PartKind,
    middleware::{Handler, Layer},
    prelude::*,
    registry::{Registry, middleware_schema},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The plugin of this crate.
#[plugin("watch", middleware("timing", "plain"))]
pub struct Watch;

/// Another one.
#[plugin("other", requires(Watch), middleware("audit-2"))]
pub struct Other;

/// What is written down.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuditSettings {
    /// Where to.
    pub file_name: String,
}

/// Writes down what ran.
///
/// All of it.
#[middleware(plugin = Watch, name = "audit-2", of(action, model))]
pub fn audit(AuditSettings { file_name }: AuditSettings) -> impl Middleware {
    middleware::from_fn(move |call, next| {
        let _ = file_name.len();
        async move { next.run(call).await }
    })
}

/// Does nothing.
#[middleware(plugin = Watch)]
fn plain() -> Identity {
    Identity
}

/// Belongs to the other one.
#[middleware(plugin = Other, of(provider))]
fn other_layer() -> impl Middleware {
    Identity
}

struct Identity;

impl Layer<Handler> for Identity {
    type Service = Handler;

    fn layer(&self, inner: Handler) -> Handler {
        inner
    }
}

fn main() {
    let registry = Registry::linked().unwrap();
    let watch = registry.get("watch").unwrap();
    let names: Vec<_> = watch.middleware.iter().map(|def| def.name).collect();
    assert_eq!(names, ["audit-2", "plain"]);
    assert_eq!(watch.def.middleware, ["timing", "plain"]);
    let audit = watch.middleware[0];
    assert_eq!(audit.description, "Writes down what ran.\n\nAll of it.");
    assert_eq!(audit.kinds, [PartKind::Action, PartKind::Model]);
    assert_eq!(middleware_schema(audit)["properties"]["file-name"]["description"], "Where to.");
    assert!((audit.make)(serde_json::json!({})).is_ok());
    assert!((audit.make)(serde_json::json!({ "file-name": 1 })).is_err());
    assert_eq!(watch.middleware[1].kinds, PartKind::ALL);
    assert_eq!(registry.get("other").unwrap().middleware[0].owner(), Some("other"));
    let all: Vec<_> = registry.middleware().map(|def| def.name).collect();
    assert_eq!(all, ["audit-2", "cache", "logging", "other-layer", "plain", "retry", "timing"]);
    // It stays an ordinary function.
    let _ = audit_by_hand();
}

fn audit_by_hand() -> impl Middleware {
    audit(AuditSettings::default())
}
