//! What is known of tokens.

use super::{Asset, Decimal, KindFault, kind};
use async_trait::async_trait;
use jiff::Timestamp;

/// What is known of a token. Names and symbols are chosen by whoever made it: two tokens may have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Which it is.
    pub asset: Asset,
    /// What people call it, e.g. `SOL`.
    pub symbol: String,
    /// Its name.
    pub name: String,
    /// Decimal places of its amounts.
    pub decimals: u8,
    /// What one of it costs in US dollars, if that is known.
    pub price_usd: Option<Decimal>,
    /// What was traded in the last 24 hours, in US dollars.
    pub volume_usd: Option<Decimal>,
    /// What all of it is worth in US dollars.
    pub market_cap_usd: Option<Decimal>,
    /// When prices were taken.
    pub at: Timestamp,
}

/// Knows tokens and their prices.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `TokenData`",
    label = "`TokenData` is not implemented",
    note = "write `#[async_trait] impl TokenData for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait TokenData: Send + Sync {
    /// What is known of tokens, in the order of the question; those that are not known are left out.
    ///
    /// # Errors
    /// [`KindFault::Unsupported`] for an unknown chain.
    async fn tokens(&self, assets: &[Asset]) -> Result<Vec<TokenInfo>, KindFault>;

    /// Tokens of a chain whose name or symbol contains this, in any case, or whose address is this; the most traded first.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for a blank text, [`KindFault::Unsupported`] for an unknown chain.
    async fn search(&self, chain: &str, text: &str, limit: usize) -> Result<Vec<TokenInfo>, KindFault>;

    /// The tokens of a chain that are traded most just now.
    ///
    /// # Errors
    /// [`KindFault::Unsupported`] for an unknown chain.
    async fn trending(&self, chain: &str, limit: usize) -> Result<Vec<TokenInfo>, KindFault>;
}

kind!(TokenData = "token-data");
