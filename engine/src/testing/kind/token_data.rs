//! Tokens of a fixed list.

use super::{Outcome, demand, given, refuse, refused, unsupported};
use crate::{
    service::kind::{Asset, KindFault, TokenData, TokenInfo},
    store::without_case,
};
use async_trait::async_trait;
use std::cmp::Reverse;

/// Knows these tokens and their chains.
#[derive(Clone, Debug, Default)]
pub struct FixedTokens(Vec<TokenInfo>);

impl FixedTokens {
    /// Exactly these tokens.
    #[must_use]
    pub fn new(tokens: impl IntoIterator<Item = TokenInfo>) -> Self {
        Self(tokens.into_iter().collect())
    }

    /// The tokens of a chain, the most traded first.
    fn of(&self, chain: &str) -> Result<Vec<&TokenInfo>, KindFault> {
        let mut tokens: Vec<&TokenInfo> = self.0.iter().filter(|token| token.asset.chain == chain).collect();
        if tokens.is_empty() {
            return Err(KindFault::Unsupported(format!("the chain `{chain}`")));
        }
        tokens.sort_by_key(|token| Reverse(token.volume_usd.clone()));
        Ok(tokens)
    }
}

#[async_trait]
impl TokenData for FixedTokens {
    async fn tokens(&self, assets: &[Asset]) -> Result<Vec<TokenInfo>, KindFault> {
        for asset in assets {
            self.of(&asset.chain)?;
        }
        let find = |asset: &Asset| self.0.iter().find(|token| token.asset == *asset).cloned();
        Ok(assets.iter().filter_map(find).collect())
    }

    async fn search(&self, chain: &str, text: &str, limit: usize) -> Result<Vec<TokenInfo>, KindFault> {
        if text.trim().is_empty() {
            return refuse("the text is blank");
        }
        let wanted = without_case(text);
        let fits = |token: &&&TokenInfo| {
            without_case(&token.name).contains(&wanted)
                || without_case(&token.symbol).contains(&wanted)
                || token.asset.token.as_deref() == Some(text)
        };
        Ok(self.of(chain)?.iter().filter(fits).take(limit).map(|token| (*token).clone()).collect())
    }

    async fn trending(&self, chain: &str, limit: usize) -> Result<Vec<TokenInfo>, KindFault> {
        Ok(self.of(chain)?.into_iter().take(limit).cloned().collect())
    }
}

/// Checks a source of token data that knows `asset`.
///
/// # Errors
/// What it did and should have done.
pub async fn check_token_data(service: &dyn TokenData, asset: &Asset) -> Outcome {
    let unknown = Asset { chain: asset.chain.clone(), token: Some("no such token".to_owned()) };
    let asked = [unknown, asset.clone()];
    let known = given(service.tokens(&asked).await, "tokens")?;
    let [token] = known.as_slice() else {
        return Err(format!("one of two tokens is known, and it gave {}", known.len()));
    };
    demand(token.asset == *asset, "what is asked for is given")?;
    let found = given(service.search(&asset.chain, &token.symbol.to_lowercase(), 50).await, "search")?;
    demand(found.iter().any(|other| other.asset == *asset), "a token is found by its symbol in any case")?;
    if let Some(address) = &asset.token {
        let found = given(service.search(&asset.chain, address, 1).await, "search by address")?;
        demand(found.first().is_some_and(|other| other.asset == *asset), "a token is found by its address")?;
    }
    refused(service.search(&asset.chain, " ", 1).await, "a blank search")?;
    let trending = given(service.trending(&asset.chain, 1).await, "trending")?;
    demand(trending.len() <= 1, "no more is given than was asked for")?;
    let nowhere = Asset { chain: "no such chain".to_owned(), token: None };
    unsupported(service.tokens(&[nowhere]).await, "an unknown chain")?;
    unsupported(service.trending("no such chain", 1).await, "an unknown chain")
}
