//! Tables of plugins: reads, cached reads, writes, and transactions that are kept or undone.

use galatea::{
    agent::{Agent, StartOptions},
    character::Document,
    clock::Clock,
    diagnostic::Source,
    plan::Plan,
    registry::Registry,
};
use galatea_sql::{Database, DatabaseError, Dialect, Param};
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

/// A file, memory and a server.
async fn urls(folder: &Path) -> [String; 3] {
    [url(folder), "sqlite::memory:".to_owned(), crate::postgres::fresh().await.url]
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_read_as_json_and_as_types() {
    let folder = tempfile::tempdir().unwrap();
    for url in urls(folder.path()).await {
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
            ("SELECT nonsense FROM weather_places", "nonsense"),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_read_is_old_when_its_time_is_over_or_something_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for url in [url(folder.path()), crate::postgres::fresh().await.url] {
        reads_are_cached(&url).await;
    }
}

async fn reads_are_cached(url: &str) {
    let (agent, database, clock) = agent(url).await;
    let (_other_agent, other, _) = self::agent(url).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_kept_wholly_or_undone() {
    let folder = tempfile::tempdir().unwrap();
    for url in urls(folder.path()).await {
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
        assert!(told.unwrap_err().to_string().to_lowercase().contains("unique"));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_values_have_the_types_of_the_columns() {
    let (agent, database, _) = agent(&crate::postgres::fresh().await.url).await;
    assert_eq!(database.dialect().await, Ok(Dialect::Postgres));
    let make = "CREATE TABLE weather_types (flag BOOLEAN, small SMALLINT, id UUID, js JSONB, at TIMESTAMPTZ, n INTEGER)";
    database.execute(make, NOTHING).await.unwrap();
    let add = "INSERT INTO weather_types VALUES (?1, ?2, ?3, CAST(?4 AS TEXT)::jsonb, CAST(?5 AS TEXT)::timestamptz, ?6)";
    let id = "6f2c1a3e-8d57-4a52-9f0c-0d3a6a9a4f11";
    let row: [Param; 6] = [
        true.into(),
        7.into(),
        id.into(),
        json!({ "a": 1 }).into(),
        "2026-01-01T00:00:00Z".into(),
        i64::MAX.into(),
    ];
    assert_eq!(database.execute(add, row.clone()).await, Ok(1));
    assert_eq!(database.execute(add, [const { Param::Null }; 6]).await, Ok(1));
    let read = "SELECT flag, small, id, js, CAST(at AS TEXT) AS at, sum(n) AS n, avg(small) AS mean FROM weather_types \
        WHERE id = ?1 GROUP BY 1, 2, 3, 4, 5";
    let rows = database.query(read, [id]).await.unwrap();
    let wanted = json!([{
        "flag": true, "small": 7, "id": id, "js": { "a": 1 }, "at": "2026-01-01 00:00:00+00", "n": i64::MAX, "mean": 7
    }]);
    assert_eq!(json!(rows), wanted);
    let with = |at: usize, param: Param| {
        let mut row = row.clone();
        row[at] = param;
        row
    };
    for (row, why) in [
        (with(1, 70_000.into()), "parameter ?2 is of type int2"),
        (with(5, "many".into()), "parameter ?6 is of type int8: a text was given"),
        (with(2, "no id".into()), "parameter ?3 is of type uuid"),
        (with(3, "a\0b".into()), "no NUL"),
    ] {
        let told = database.execute(add, row).await.unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
    for (sql, why) in [
        ("SELECT at FROM weather_types", "it is of type timestamptz: write `CAST(… AS TEXT)`"),
        ("SELECT small FROM weather_types WHERE small = ?1", "1 parameters, 0 were given"),
        ("SELECT pg_sleep(1)", "`pg_sleep` belongs"),
        ("SELECT $$x$$", "of PostgreSQL's own"),
        ("SELECT E'\\' FROM galatea.memories --'", "of PostgreSQL's own"),
        ("SELECT u&\"!006demories\" UESCAPE '!'", "of PostgreSQL's own"),
        ("SELECT set_config('a', 'b', false)", "`set_config` belongs"),
        ("SELECT [rooms]", "`rooms` is a table"),
        ("COPY weather_types TO STDOUT", "not for plugins on PostgreSQL"),
        ("WITH x AS (SELECT 1) TABLE galatea.runs", "`runs` is a table"),
    ] {
        let told = database.query(sql, NOTHING).await.unwrap_err().to_string();
        assert!(told.contains(why), "{sql}: {told}");
    }
    for sql in [
        "SET search_path TO x",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '1'",
        "DROP SCHEMA galatea",
        "DO ''",
    ] {
        let told = database.execute(sql, NOTHING).await.unwrap_err().to_string();
        assert!(told.contains("not for plugins on PostgreSQL"), "{sql}: {told}");
    }
    // A table that is altered is read by statements that were prepared before.
    let all = "SELECT * FROM weather_types WHERE flag";
    for _ in 0..8 {
        assert_eq!(
            database.query("SELECT small FROM weather_types WHERE flag", NOTHING).await.unwrap().len(),
            1
        );
    }
    database.execute("ALTER TABLE weather_types DROP COLUMN at", NOTHING).await.unwrap();
    assert_eq!(database.query(all, NOTHING).await.unwrap()[0].len(), 5);
    database.execute("ALTER TABLE weather_types ADD COLUMN more TEXT", NOTHING).await.unwrap();
    for _ in 0..8 {
        assert_eq!(database.query(all, NOTHING).await.unwrap()[0].len(), 6);
    }
    agent.stop().await;
}

/// What is read in a transaction is still so when it writes, and an error in it undoes one statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_of_plugins_come_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    for url in [url(folder.path()), crate::postgres::fresh().await.url] {
        let (agent, database, _) = agent(&url).await;
        database.execute("CREATE TABLE weather_sums (n INTEGER)", NOTHING).await.unwrap();
        database.execute("INSERT INTO weather_sums VALUES (0)", NOTHING).await.unwrap();
        let additions: Vec<_> = (0..20)
            .map(|_| {
                let database = Arc::clone(&database);
                tokio::spawn(async move {
                    database
                        .transaction(|change| async move {
                            let n =
                                change.query("SELECT n FROM weather_sums", NOTHING).await?[0]["n"].as_i64();
                            let wrong =
                                change.execute("INSERT INTO weather_nowhere VALUES (1)", NOTHING).await;
                            assert!(wrong.is_err());
                            change.execute("UPDATE weather_sums SET n = ?1", [n.unwrap() + 1]).await
                        })
                        .await
                })
            })
            .collect();
        for addition in additions {
            let added: Result<u64, DatabaseError> = addition.await.unwrap();
            assert_eq!(added, Ok(1));
        }
        let rows = database.query("SELECT n FROM weather_sums", NOTHING).await.unwrap();
        assert_eq!(rows[0]["n"], 20, "{url}");
        agent.stop().await;
    }
}
