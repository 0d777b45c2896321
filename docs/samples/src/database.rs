//! Tables of a plugin's own, beside the agent's memories: queries, reads that are kept for a while, and changes
//! that happen wholly or not at all. The table is made by `migrations/0001_purses.sql` before the plugin is loaded, once.

use galatea::prelude::*;
use galatea_sql::{Database, DatabaseError, Param};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// Keeps purses.
#[plugin("bank", requires(galatea_sql::Sql), migrations("0001_purses"))]
pub struct Bank;

/// No values for a statement.
const NOTHING: [Param; 0] = [];

/// The purses, in a table of the agent's database. The plugin `sql` shares its connections with all who ask.
#[derive(Debug)]
pub struct Purses(Service<Database>);

/// Knows who has how much.
#[service(plugin = Bank)]
impl Purses {
    async fn start(database: Service<Database>) -> Result<Self, DatabaseError> {
        // Values stand beside a statement, never in its text.
        let purses = "INSERT OR IGNORE INTO bank_purses VALUES (?1, 10), (?2, 0)";
        database.execute(purses, ["Ada", "Grace"]).await?;
        Ok(Self(database))
    }

    /// How much somebody has, if they have a purse.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn coins(&self, owner: &str) -> Result<Option<i64>, DatabaseError> {
        let rows = self.0.query("SELECT coins FROM bank_purses WHERE owner = ?1", [owner]).await?;
        Ok(rows.first().and_then(|row| row["coins"].as_i64()))
    }

    /// How many purses have something in them: read once a minute, and after every change.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn full(&self) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT count(*) AS full FROM bank_purses WHERE coins > 0";
        let rows = self.0.cached(sql, NOTHING, Duration::from_secs(60)).await?;
        Ok(rows.first().and_then(|row| row["full"].as_i64()))
    }

    /// Moves coins. An error after the first statement undoes the first statement too.
    async fn pay(&self, Payment { from, to, coins }: &Payment) -> Result<(), String> {
        let add = "UPDATE bank_purses SET coins = coins + ?1 WHERE owner = ?2";
        let coins = i64::from(*coins);
        let work = async |change: galatea_sql::Transaction| {
            change.execute(add, [Param::from(-coins), from.into()]).await?;
            match change.execute(add, [Param::from(coins), to.into()]).await? {
                0 => Err(format!("{to} has no purse")),
                _ => Ok(()),
            }
        };
        self.0.transaction(work).await
    }
}

/// Who pays whom.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Payment {
    /// Who pays.
    pub from: String,
    /// Who gets it.
    pub to: String,
    /// How much.
    pub coins: u32,
}

/// Moves coins from one purse to another.
#[action(plugin = Bank)]
async fn pay(Args(payment): Args<Payment>, purses: Service<Purses>) -> Result<String, String> {
    purses.pay(&payment).await?;
    Ok(format!("{} has paid {}.", payment.from, payment.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{TestAgent, TestResult};
    use galatea_sql::Sql;
    use serde_json::json;

    async fn agent(file: &std::path::Path) -> TestResult<TestAgent> {
        let config = json!({ "url": format!("sqlite://{}", file.display()) });
        Ok(TestAgent::with::<Bank>().plugin::<Sql>().config::<Sql>(config).start().await?)
    }

    #[tokio::test]
    async fn a_payment_is_made_wholly_or_undone() -> TestResult {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("bank.db");
        let bank = agent(&file).await?;
        let payments = [
            ("Ada", "Grace", 4, None, [6, 4]),
            // The first purse was already lighter when the second one was found missing.
            ("Ada", "Nobody", 4, Some("Nobody has no purse"), [6, 4]),
            ("Grace", "Ada", 5, Some("CHECK constraint failed"), [6, 4]),
            ("Ada", "Grace", -4, Some("less than the minimum of 0"), [6, 4]),
            ("Grace", "Ada", 4, None, [10, 0]),
        ];
        for (from, to, coins, wrong, left) in payments {
            let result = bank.run_action("PAY", json!({ "from": from, "to": to, "coins": coins })).await?;
            let error = result.error.unwrap_or_default();
            assert!(wrong.map_or(error.is_empty(), |wrong| error.contains(wrong)), "{error}");
            let purses = bank.service::<Purses>().ok_or("no purses")?;
            assert_eq!([purses.coins("Ada").await?, purses.coins("Grace").await?], left.map(Some));
        }
        // It is in the file, for whoever opens it next.
        bank.stop().await;
        let again = agent(&file).await?;
        assert_eq!(again.service::<Purses>().ok_or("no purses")?.coins("Ada").await?, Some(10));
        Ok(())
    }

    #[tokio::test]
    async fn what_is_cached_is_read_again_after_a_change() -> TestResult {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("bank.db");
        let (bank, elsewhere) = (agent(&file).await?, agent(&file).await?);
        let purses = bank.service::<Purses>().ok_or("no purses")?;
        assert_eq!(purses.full().await?, Some(1));
        let pay = |coins: i64| json!({ "from": "Ada", "to": "Grace", "coins": coins });
        elsewhere.run_action("PAY", pay(1)).await?;
        assert_eq!(purses.full().await?, Some(1), "what others write is seen when the minute is over");
        bank.run_action("PAY", pay(1)).await?;
        assert_eq!(purses.full().await?, Some(2));
        Ok(())
    }
}
