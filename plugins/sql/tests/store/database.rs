//! Tables of plugins: reads, cached reads, writes, and transactions that are kept or undone.

use galatea::{
    agent::{Agent, StartOptions},
    character::Document,
    clock::Clock,
    diagnostic::Source,
    plan::Plan,
    registry::Registry,
};
use galatea_sql::{Database, DatabaseError, Param};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};

async fn agent(url: &str) -> (Agent, Arc<Database>, Clock) {
    let registry = Registry::linked().unwrap();
    let text = format!("name = \"Ada\"\n[plugins.sql]\nurl = \"{url}\"\n");
    let (document, _) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    let plan = Plan::of(&registry, &document).unwrap();
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let agent = Agent::start(plan, &registry, options).await.unwrap();
    let database = agent.service::<Database>().unwrap();
    (agent, database, clock)
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("ada.db").display())
}

const NOTHING: [Param; 0] = [];

async fn count(database: &Database) -> i64 {
    database.query("SELECT count(*) AS n FROM weather_places", NOTHING).await.unwrap()[0]["n"]
        .as_i64()
        .unwrap()
}

async fn make(database: &Database) {
    database
        .execute("CREATE TABLE weather_places (city TEXT UNIQUE, lat REAL, n INTEGER, raw BLOB)", NOTHING)
        .await
        .unwrap();
}

const ADD: &str = "INSERT INTO weather_places (city, lat, n, raw) VALUES (?1, ?2, ?3, ?4)";

#[derive(Debug, Deserialize, PartialEq)]
struct Place {
    city: String,
    lat: Option<f64>,
    n: i64,
    raw: Vec<u8>,
}

#[tokio::test]
async fn what_is_written_is_read_as_json_and_as_types() {
    let folder = tempfile::tempdir().unwrap();
    for url in [url(folder.path()), "sqlite::memory:".to_owned()] {
        let (agent, database, _) = agent(&url).await;
        make(&database).await;
        let oslo: [Param; 4] =
            ["Oslo'; DROP TABLE x; --".into(), 59.9.into(), i64::MAX.into(), vec![0_u8, 255].into()];
        assert_eq!(database.execute(ADD, oslo).await, Ok(1));
        let rome: [Param; 4] = ["Rome".into(), None::<f64>.into(), true.into(), Param::Blob(Vec::new())];
        database.execute(ADD, rome).await.unwrap();
        let all = "SELECT city, lat, n, raw FROM weather_places ORDER BY city";
        let rows = database.query(all, NOTHING).await.unwrap();
        let wanted =
            json!({ "city": "Oslo'; DROP TABLE x; --", "lat": 59.9, "n": i64::MAX, "raw": [0, 255] });
        assert_eq!(Value::Object(rows[0].clone()), wanted);
        let rome = Place { city: "Rome".to_owned(), lat: None, n: 1, raw: Vec::new() };
        assert_eq!(database.query_as::<Place>(all, NOTHING).await.unwrap()[1], rome);
        let wrong = database.query_as::<(u8,)>(all, NOTHING).await.unwrap_err();
        assert!(matches!(wrong, DatabaseError::Shape { row: 1, .. }), "{wrong}");
        for (sql, why) in [
            ("SELECT nonsense FROM weather_places", "no such column: nonsense"),
            ("SELECT * FROM memories", "not for plugins"),
            ("DELETE FROM weather_places", "use `execute`"),
        ] {
            let told = database.query(sql, NOTHING).await.unwrap_err().to_string();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(count(&database).await, 2);
        agent.stop().await;
    }
    // It is there again, beside the memories.
    let (agent, database, _) = agent(&url(folder.path())).await;
    assert_eq!(count(&database).await, 2);
    agent.stop().await;
}

#[tokio::test]
async fn a_cached_read_is_old_when_its_time_is_over_or_something_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (agent, database, clock) = agent(&url(folder.path())).await;
    let (_other_agent, other, _) = self::agent(&url(folder.path())).await;
    make(&database).await;
    let cached = || async {
        let sql = "SELECT count(*) AS n FROM weather_places WHERE n >= ?1";
        let rows = database.cached(sql, [0_i64], Duration::from_secs(60)).await.unwrap();
        rows[0]["n"].as_i64().unwrap()
    };
    let add = |city: &'static str| [city.into(), 1.0.into(), 1.into(), Param::Null];
    assert_eq!(cached().await, 0);
    other.execute(ADD, add("A")).await.unwrap();
    assert_eq!(cached().await, 0, "another agent's write is not seen yet");
    clock.advance(Duration::from_secs(60));
    assert_eq!(cached().await, 1);
    database.execute(ADD, add("B")).await.unwrap();
    assert_eq!(cached().await, 2);
    let kept: Result<u64, DatabaseError> =
        database.transaction(|change| async move { change.execute(ADD, add("C")).await }).await;
    assert_eq!((kept, cached().await), (Ok(1), 3));
    let rows = database.cached(
        "SELECT count(*) AS n FROM weather_places WHERE n >= ?1",
        [2_i64],
        Duration::from_secs(60),
    );
    assert_eq!(rows.await.unwrap()[0]["n"], 0, "other parameters are another read");
    agent.stop().await;
}

#[tokio::test]
async fn a_transaction_is_kept_wholly_or_undone() {
    let folder = tempfile::tempdir().unwrap();
    for url in [url(folder.path()), "sqlite::memory:".to_owned()] {
        let (agent, database, _) = agent(&url).await;
        make(&database).await;
        let add = |city: &'static str| [city.into(), 1.0.into(), 1.into(), Param::Null];
        // Kept.
        let seen: Result<Value, DatabaseError> = database
            .transaction(|change| async move {
                change.execute(ADD, add("A")).await?;
                let rows = change
                    .query("INSERT INTO weather_places (city) VALUES (?1) RETURNING city", ["B"])
                    .await?;
                Ok(rows[0]["city"].clone())
            })
            .await;
        assert_eq!((seen.unwrap(), count(&database).await), (json!("B"), 2));
        // An error of the work, and one of the database.
        let told: Result<(), String> = database
            .transaction(|change| async move {
                change.execute(ADD, add("C")).await?;
                Err("changed my mind".to_owned())
            })
            .await;
        assert_eq!((told.unwrap_err().as_str(), count(&database).await), ("changed my mind", 2));
        let told: Result<(), DatabaseError> = database
            .transaction(|change| async move {
                change.execute(ADD, add("C")).await?;
                change.execute(ADD, add("A")).await.map(drop)
            })
            .await;
        assert!(told.unwrap_err().to_string().contains("UNIQUE"));
        assert_eq!(count(&database).await, 2);
        // A panic.
        let panicking = Arc::clone(&database);
        let ended = tokio::spawn(async move {
            let work = async |change: galatea_sql::Transaction| -> Result<(), DatabaseError> {
                change.execute(ADD, [Param::from("C"), 1.0.into(), 1.into(), Param::Null]).await?;
                panic!("boom")
            };
            panicking.transaction(work).await
        });
        assert!(ended.await.unwrap_err().is_panic());
        assert_eq!(count(&database).await, 2);
        // A future that is dropped, though somebody kept the transaction.
        let (send, kept) = tokio::sync::oneshot::channel();
        let hanging = database.transaction(|change| async move {
            change.execute(ADD, add("C")).await?;
            send.send(change.clone()).ok();
            std::future::pending::<()>().await;
            Ok::<(), DatabaseError>(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(100), hanging).await.is_err());
        let over = kept.await.unwrap().execute(ADD, add("D")).await.unwrap_err();
        assert_eq!(over, DatabaseError::Refused("the transaction is over".to_owned()));
        assert_eq!(count(&database).await, 2);
        // The writer is free again.
        assert_eq!(database.execute(ADD, add("E")).await, Ok(1));
        agent.stop().await;
    }
}
