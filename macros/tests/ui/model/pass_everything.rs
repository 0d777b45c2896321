//! Models, event handlers, hooks and a storage adapter are registered as they are declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{definition::Moment, event::MessageReceived, prelude::*, registry::Registry};
use std::sync::Arc;

/// Models.
#[plugin("echo")]
pub struct Echo;

/// Says what was said.
#[model(TextSmall, TextLarge, Custom("small-talk"), tools, priority = 5)]
async fn echo(_request: Request, _chunks: Chunks) -> Result<ModelAnswer, ModelError> {
    Ok(ModelAnswer::text("echo"))
}

#[model(ObjectSmall)]
async fn object(_request: Request) -> String {
    String::new()
}

#[on(MessageReceived)]
async fn greet(event: Event<MessageReceived>) -> Result<(), String> {
    Err(event.message.id.to_string())
}

#[on_load]
async fn load(_config: Config<Echo>) {}

#[on_unload]
async fn unload() -> Result<(), String> {
    Ok(())
}

#[storage]
async fn open() -> Result<Arc<dyn Store>, String> {
    Err("no disk".to_owned())
}

fn main() {
    let registry = Registry::linked().unwrap();
    let echo = registry.get("echo").unwrap();
    let kinds = [
        ModelKind::TextSmall,
        ModelKind::TextLarge,
        ModelKind::Custom("small-talk".into()),
    ];
    assert_eq!(echo.models[0].kinds, kinds);
    assert_eq!(
        (echo.models[0].name, echo.models[0].tools, echo.models[0].priority),
        ("echo", true, Some(5))
    );
    assert_eq!(
        (echo.models[1].name, echo.models[1].tools, echo.models[1].priority),
        ("object", false, None)
    );
    assert_eq!(
        (echo.listeners[0].name, echo.listeners[0].event),
        ("greet", "MESSAGE_RECEIVED")
    );
    assert_eq!(echo.hooks_at(Moment::Load).count(), 1);
    assert_eq!(echo.hooks_at(Moment::Unload).count(), 1);
    assert_eq!(echo.storage.unwrap().name, "open");
}
