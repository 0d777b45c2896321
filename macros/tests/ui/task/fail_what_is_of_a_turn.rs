use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// There is no message.
#[task(every = "5m")]
async fn message(_message: Message) {}

/// Nor a reply.
#[task(every = "5m")]
async fn reply(_reply: Reply) {}

/// A task gives nothing.
#[task(every = "5m")]
async fn gives() -> u32 {
    1
}

/// An action is no task.
#[action]
async fn act(_run: TaskRun) {}

fn main() {}
