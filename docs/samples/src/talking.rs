//! Two plugins that talk over an event of their own: neither calls the other.

use galatea::{event::EventType, prelude::*};
use serde::Serialize;
use std::sync::atomic::{AtomicU32, Ordering};

/// Tells when the kettle boils.
#[plugin("kettle")]
pub struct Kettle;

/// The kettle boils.
#[derive(Clone, Debug, Serialize)]
pub struct KettleBoils {
    /// How much water, in millilitres.
    pub millilitres: u32,
}

impl EventType for KettleBoils {
    const NAME: &'static str = "KETTLE_BOILS";
}

/// Boils water.
#[action(plugin = Kettle)]
async fn boil_water(events: Events) -> &'static str {
    events.emit(KettleBoils { millilitres: 250 }).await;
    "It boils."
}

/// Makes tea when water boils. The event comes from `Kettle`, which it needs to know for that.
#[plugin("tea", requires(Kettle))]
pub struct Tea;

/// Counts the cups.
#[derive(Debug, Default)]
pub struct Cups(AtomicU32);

/// Remembers how many cups were made.
#[service(plugin = Tea)]
impl Cups {
    async fn start() -> Self {
        Self::default()
    }

    /// How many cups there are.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, cups: u32) {
        self.0.fetch_add(cups, Ordering::Relaxed);
    }
}

#[on(KettleBoils, plugin = Tea)]
async fn brew(event: Event<KettleBoils>, cups: Service<Cups>) {
    cups.add(event.millilitres / 125);
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn boiling_makes_tea() -> TestResult {
        let agent = TestAgent::with::<Tea>()
            .model(Script::new().calls("BOIL_WATER", json!({})).says("Tea is ready."))
            .start()
            .await?;
        agent.says("Put the kettle on").await?.assert_replied("Tea is ready.");
        assert_eq!(agent.events().of::<KettleBoils>().len(), 1);
        assert_eq!(agent.service::<Cups>().map(|cups| cups.count()), Some(2));
        Ok(())
    }
}
