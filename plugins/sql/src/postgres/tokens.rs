//! Statements about the tokens of callers.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{Record, json, text, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Role,
    store::{StoreError, TokenStore},
    token::Token,
};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use uuid::Uuid;

#[async_trait]
impl TokenStore for PostgresStore {
    async fn add_token(&self, token: &Token) -> Result<bool, StoreError> {
        add(&self.database, self.agent, token).await.map_err(|fault| self.told(fault))
    }

    async fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, StoreError> {
        read!(self, one(&self.database, self.agent, hash))
    }

    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        read!(self, all(&self.database, self.agent))
    }

    async fn use_token(&self, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
        let used = "UPDATE tokens SET used = $3 WHERE agent = $1 AND id = $2 AND (used IS NULL OR used < $3)";
        let used = sqlx::query(used).bind(self.agent).bind(id).bind(time(at));
        let used = used.execute(self.database.pool()).await.map_err(Fault::from);
        used.map(drop).map_err(|fault| self.told(fault))
    }

    async fn delete_token(&self, id: Uuid) -> Result<bool, StoreError> {
        let delete = sqlx::query("DELETE FROM tokens WHERE agent = $1 AND id = $2");
        let deleted =
            delete.bind(self.agent).bind(id).execute(self.database.pool()).await.map_err(Fault::from);
        deleted.map(|done| done.rows_affected() > 0).map_err(|fault| self.told(fault))
    }
}

const BY_HASH: &str = "SELECT id, name, hash, role, scopes, created, expires, used FROM tokens
WHERE agent = $1 AND hash = $2";

const ALL: &str = "SELECT id, name, hash, role, scopes, created, expires, used FROM tokens
WHERE agent = $1 ORDER BY created, id";

async fn add(database: &Database, agent: Uuid, token: &Token) -> Result<bool, Fault> {
    let add = "INSERT INTO tokens (agent, id, name, hash, role, scopes, created, expires, used)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    let scopes = token.scopes.as_ref().map(|scopes| json("scopes", scopes)).transpose()?;
    let add = sqlx::query(add)
        .bind(agent)
        .bind(token.id)
        .bind(text(&token.name).into_owned())
        .bind(token.hash.to_vec())
        .bind(token.role.name())
        .bind(scopes)
        .bind(time(token.created))
        .bind(token.expires.map(time))
        .bind(token.used.map(time));
    Ok(add.execute(database.pool()).await?.rows_affected() > 0)
}

async fn one(database: &Database, agent: Uuid, hash: &[u8; 32]) -> Result<Option<Token>, Fault> {
    let row = sqlx::query(BY_HASH).bind(agent).bind(hash.to_vec());
    let row = row.fetch_optional(database.pool()).await?;
    row.as_ref().map(|row| token(agent, row)).transpose()
}

async fn all(database: &Database, agent: Uuid) -> Result<Vec<Token>, Fault> {
    let rows = sqlx::query(ALL).bind(agent).fetch_all(database.pool()).await?;
    rows.iter().map(|row| token(agent, row)).collect()
}

fn token(agent: Uuid, row: &PgRow) -> Result<Token, Fault> {
    let (record, id) = Record::new(row, "the token").named("id")?;
    let role = record.text("role")?;
    let hash = record.bytes("hash")?;
    Ok(Token {
        id,
        agent,
        name: record.text("name")?,
        hash: hash.try_into().map_err(|error| record.damaged("hash", error))?,
        role: Role::from_name(&role).ok_or_else(|| record.damaged("role", format!("`{role}` is no role")))?,
        scopes: record.optional_json("scopes")?,
        created: record.time("created")?,
        expires: record.optional_time("expires")?,
        used: record.optional_time("used")?,
    })
}
