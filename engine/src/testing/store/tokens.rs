//! Tokens of callers.

use super::{AGENT, Outcome, at, id, same};
use crate::{memory::Role, store::Store, token::Token};
use std::{collections::BTreeSet, sync::Arc};

pub(super) fn token(number: u8, name: &str) -> Token {
    Token {
        id: id(number.into()),
        agent: AGENT,
        name: name.to_owned(),
        hash: [number; 32],
        role: Role::Member,
        scopes: Some(BTreeSet::from(["chat".to_owned(), "read".to_owned()])),
        created: at(number.into()),
        expires: Some(at(1_000)),
        used: None,
    }
}

pub(super) async fn a_token_is_found_by_its_hash(store: Arc<dyn Store>) -> Outcome {
    let phone = token(2, "phone — é \"😀\"");
    let desk = Token { scopes: None, expires: None, role: Role::Owner, ..token(1, "desk") };
    same("none", &store.tokens().await?, &vec![])?;
    same("added", &store.add_token(&phone).await?, &true)?;
    same("another", &store.add_token(&desk).await?, &true)?;
    same("found", &store.token(&[2; 32]).await?, &Some(phone.clone()))?;
    same("the other", &store.token(&[1; 32]).await?, &Some(desk.clone()))?;
    same("unknown", &store.token(&[3; 32]).await?, &None)?;
    same("all, as they were made", &store.tokens().await?, &vec![desk, phone])
}

pub(super) async fn names_and_hashes_of_tokens_are_unique(store: Arc<dyn Store>) -> Outcome {
    store.add_token(&token(1, "phone")).await?;
    let rows = [
        ("its id", Token { id: id(1), ..token(2, "b") }),
        ("its name", token(2, "phone")),
        ("its hash", Token { hash: [1; 32], ..token(2, "b") }),
    ];
    for (what, other) in rows {
        same(what, &store.add_token(&other).await?, &false)?;
    }
    same("one", &store.tokens().await?, &vec![token(1, "phone")])?;
    same("a name in other letters", &store.add_token(&token(2, "Phone")).await?, &true)
}

pub(super) async fn tokens_are_used_and_revoked(store: Arc<dyn Store>) -> Outcome {
    store.add_token(&token(1, "phone")).await?;
    store.use_token(id(1), at(20)).await?;
    store.use_token(id(1), at(10)).await?;
    store.use_token(id(9), at(10)).await?;
    same("used", &store.tokens().await?, &vec![Token { used: Some(at(20)), ..token(1, "phone") }])?;
    same("revoked", &store.delete_token(id(1)).await?, &true)?;
    same("revoked twice", &store.delete_token(id(1)).await?, &false)?;
    same("gone", &store.token(&[1; 32]).await?, &None)?;
    same("its name is free", &store.add_token(&token(2, "phone")).await?, &true)
}
