//! Two ways to tell the model something that changes: asked for and kept for a while, or pushed and always at
//! hand.

use futures_util::{Stream, StreamExt, stream};
use galatea::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::watch;

/// Prices of things.
#[plugin("market")]
pub struct Market;

/// How often the source was asked.
pub static ASKED: AtomicU32 = AtomicU32::new(0);

/// Where prices come from.
#[derive(Debug)]
pub struct Exchange {
    price: watch::Sender<u32>,
}

/// Knows prices.
#[service(plugin = Market)]
impl Exchange {
    async fn start() -> Self {
        Self { price: watch::Sender::new(100) }
    }

    /// Asks for the price of gold, which takes long.
    async fn gold(&self) -> u32 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        *self.price.borrow()
    }

    /// Sets the price; whoever follows it hears.
    pub fn set(&self, price: u32) {
        self.price.send_replace(price);
    }
}

/// The price of gold, at most a minute old; older ones are told while a new one is fetched.
#[provider(plugin = Market, cache(ttl = "60s", stale_while_revalidate, per = agent))]
async fn gold_price(exchange: Service<Exchange>) -> Context {
    let price = exchange.gold().await;
    Context::text(format!("Gold is at {price}.")).with_value("gold", price)
}

/// The price of gold as the exchange pushes it: a turn sees the newest one and waits for nothing.
#[provider(plugin = Market, subscribe)]
async fn gold_ticker(exchange: Service<Exchange>) -> impl Stream<Item = Context> + Send + 'static {
    let follow = exchange.price.subscribe();
    let prices = stream::unfold((follow, true), |(mut follow, first)| async move {
        if !first && follow.changed().await.is_err() {
            return None;
        }
        let price = *follow.borrow_and_update();
        Some((price, (follow, false)))
    });
    prices.map(|price| Context::text(format!("Ticker: gold at {price}.")).with_value("ticker", price))
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use std::time::Duration;

    #[tokio::test]
    async fn it_is_asked_once_and_the_ticker_is_pushed() -> TestResult {
        let agent = TestAgent::with::<Market>().model(Script::new().says("I see.").forever()).start().await?;
        let before = ASKED.load(Ordering::Relaxed);
        for _ in 0..3 {
            agent.says("How is gold?").await?;
        }
        assert_eq!(ASKED.load(Ordering::Relaxed), before + 1);
        let Some(exchange) = agent.service::<Exchange>() else { panic!("no exchange") };
        exchange.set(250);
        let pushed = async {
            while agent.context("GOLD_TICKER").await?.text != "Ticker: gold at 250." {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            TestResult::Ok(())
        };
        tokio::time::timeout(Duration::from_secs(5), pushed).await?
    }
}
