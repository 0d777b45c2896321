use galatea::{
    definition::{QueueDef, WhenFull},
    event::{EventType, MessageReceived},
    prelude::*,
    registry::Registry,
};

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// An event of the plugin's own.
#[derive(Debug, serde::Serialize)]
pub struct StormComing {
    /// How strong.
    pub force: u8,
}

impl EventType for StormComing {
    const NAME: &'static str = "STORM_COMING";
}

#[on(MessageReceived)]
async fn a_plain(event: Event<MessageReceived>, events: Events) -> Result<(), String> {
    let kept = events.on(|storm: std::sync::Arc<StormComing>| async move {
        if storm.force > 12 { Err("no such storm") } else { Ok(()) }
    });
    kept.forever();
    drop(events.once(|_: std::sync::Arc<StormComing>| async {}));
    events.emit(StormComing { force: event.message.content.text.len() as u8 }).await;
    Ok(())
}

#[on(StormComing, queued)]
async fn b_queued(_event: Event<StormComing>) {}

#[on(StormComing, plugin = Weather, queued(full = wait, capacity = 7))]
async fn c_bounded() {}

#[on(StormComing, queued(full = drop_newest))]
async fn d_newest() {}

fn main() {
    let registry = Registry::linked().unwrap();
    let listeners = &registry.get("weather").unwrap().listeners;
    let queues: Vec<_> = listeners.iter().map(|listener| (listener.name, listener.event, listener.queue)).collect();
    let queue = |capacity, full| Some(QueueDef { capacity, full });
    assert_eq!(
        queues,
        [
            ("a_plain", "MESSAGE_RECEIVED", None),
            ("b_queued", "STORM_COMING", queue(100, WhenFull::DropOldest)),
            ("c_bounded", "STORM_COMING", queue(7, WhenFull::Wait)),
            ("d_newest", "STORM_COMING", queue(100, WhenFull::DropNewest)),
        ]
    );
}
