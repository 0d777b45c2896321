//! Two ways to tell the model something that changes: asked for and kept for a while, or pushed and always at
//! hand.

use futures_util::{Stream, StreamExt, stream};
use galatea::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::watch;

/// Prices of things.
#[plugin("market")]
pub struct Market;

/// Where prices come from.
#[derive(Debug)]
pub struct Exchange {
    price: watch::Sender<u32>,
    asked: AtomicU32,
}

/// Knows prices.
#[service(plugin = Market)]
impl Exchange {
    async fn start() -> Self {
        Self { price: watch::Sender::new(100), asked: AtomicU32::new(0) }
    }

    /// Asks for the price of gold, which takes long.
    async fn gold(&self) -> u32 {
        self.asked.fetch_add(1, Ordering::Relaxed);
        *self.price.borrow()
    }

    /// How often it was asked.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
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
    use std::{sync::Arc, time::Duration};

    async fn start() -> TestResult<(TestAgent, Arc<Exchange>)> {
        let model = Script::new().says("I see.").forever();
        let agent = TestAgent::with::<Market>().model(model).clock("2026-01-01T12:00:00Z").start().await?;
        let exchange = agent.service::<Exchange>().ok_or("no exchange")?;
        Ok((agent, exchange))
    }

    #[tokio::test]
    async fn what_is_asked_for_is_kept_for_a_minute() -> TestResult {
        let (agent, exchange) = start().await?;
        for _ in 0..3 {
            agent.says("How is gold?").await?;
        }
        assert_eq!(exchange.asked(), 1);
        exchange.set(250);
        agent.advance(Duration::from_secs(61)).await?;
        // The old price is told at once; the new one is there for the next who asks.
        for (price, asked) in [(100, 2), (250, 2)] {
            assert_eq!(agent.context("GOLD_PRICE").await?.text, format!("Gold is at {price}."));
            agent.settled().await?;
            assert_eq!(exchange.asked(), asked);
        }
        Ok(())
    }

    #[tokio::test]
    async fn what_is_pushed_is_there() -> TestResult {
        let (agent, exchange) = start().await?;
        assert_eq!(agent.context("GOLD_TICKER").await?.text, "Ticker: gold at 100.");
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
