//! The kinds of service in memory do what their kinds promise; and the checks find those that do not.

use async_trait::async_trait;
use galatea::{clock::Clock, service::kind::*, testing::kind::*};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

fn asset(token: Option<&str>) -> Asset {
    Asset { chain: "test".to_owned(), token: token.map(str::to_owned) }
}

fn cents(units: u128) -> Amount {
    Amount { units, decimals: 2 }
}

#[tokio::test]
async fn the_kinds_in_memory_keep_their_promises() {
    let clock = Clock::system();
    check_transcription(&TextAsSpeech, &Media::new("audio/x-text", *b"hello there")).await.unwrap();
    let films = FixedVideos::new([("https://film.test/1", "One")]);
    check_video(&films, "https://film.test/1", "https://film.test/2").await.unwrap();
    let page = |url: &str, links: &[&str]| PageContent {
        url: url.to_owned(),
        title: url.to_owned(),
        text: format!("This is {url}."),
        links: links.iter().map(|&url| Link { text: "next".to_owned(), url: url.to_owned() }).collect(),
    };
    let web = SmallWeb::new([page("https://a.test/", &["https://b.test/"]), page("https://b.test/", &[])]);
    check_browser(&web, "https://a.test/", "a#0").await.unwrap();
    check_knowledge(&InMemoryKnowledge::default()).await.unwrap();
    check_pdf(&TextPdf, &TextPdf::document(&["one", "two", ""])).await.unwrap();
    check_remote_files(&FilesInMemory::new(clock.clone()), "checks/1").await.unwrap();
    let pages =
        [("Tides", "https://sea.test/", "High water"), ("Tides and moon", "https://a.sky.test/x", "")];
    check_web_search(&FixedSearch::new(pages), "tides").await.unwrap();
    let mailbox = MailboxInMemory::new("ada@example.com", clock.clone());
    mailbox.receive(IncomingEmail { subject: "Hello".to_owned(), ..IncomingEmail::default() });
    check_email(&mailbox, "sam@example.com").await.unwrap();
    assert_eq!(mailbox.sent().len(), 1);
    check_tee(&SimulatedTee::new("seed")).await.unwrap();
    check_task_scheduler(&TasksInMemory::new(clock.clone()), "sweep").await.unwrap();
    let (coin, token) = (asset(None), asset(Some("0xA")));
    let held = Balance { asset: coin.clone(), symbol: "TST".to_owned(), amount: cents(1000) };
    let wallet = WalletInMemory::new([held], clock.clone());
    check_wallet(&wallet, &coin, "test:shop", "key 1").await.unwrap();
    assert_eq!(wallet.paid().len(), 1);
    let pool = LiquidityPool {
        id: "p".to_owned(),
        exchange: "test".to_owned(),
        reserves: [(coin.clone(), cents(1000)), (token.clone(), cents(3000))],
        fee_percent: "0.3".parse().unwrap(),
        yearly_percent: None,
    };
    let keys = ["1", "2", "3", "4"];
    let assets = [coin, token.clone()];
    check_lp_pool(&PoolsInMemory::new([pool]), &assets, [cents(10), cents(100)], keys).await.unwrap();
    let info = |asset: Asset, symbol: &str, volume: &str| TokenInfo {
        asset,
        symbol: symbol.to_owned(),
        name: symbol.to_owned(),
        decimals: 2,
        price_usd: None,
        volume_usd: Some(volume.parse().unwrap()),
        market_cap_usd: None,
        at: clock.now(),
    };
    let tokens = FixedTokens::new([info(asset(None), "TST", "9.5"), info(token.clone(), "TOK", "10")]);
    check_token_data(&tokens, &token).await.unwrap();
    assert_eq!(tokens.trending("test", 1).await.unwrap()[0].symbol, "TOK", "10 is more than 9.5");
    let migrations = MigrationsInMemory::new(clock.clone());
    check_database_migration(&migrations, "me", ["A", "B"], "FAIL").await.unwrap();
    let plugins = PluginsInMemory::new([("base", &[][..]), ("user", &["base"])]);
    check_plugin_manager(&plugins, "base", "user", &json!({})).await.unwrap();
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "additionalProperties": false });
    let configs = ConfigsInMemory::new([("me", schema)]);
    check_plugin_configuration(&configs, "me", &json!({ "n": 1 }), &json!({ "n": "x" })).await.unwrap();
    let person = Person::new(clock);
    check_plugin_user_interaction(&person, question()).await.unwrap();
}

fn question() -> UserQuestion {
    UserQuestion {
        plugin: "me".to_owned(),
        room: None,
        entity: Some(Uuid::from_u128(1)),
        text: "Which city?".to_owned(),
        answer: json!({ "type": "object", "properties": { "city": { "type": "string" } }, "required": ["city"] }),
        ttl: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_person_answers_what_fits() {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let person = std::sync::Arc::new(Person::new(clock));
    let ask = || {
        let person = std::sync::Arc::clone(&person);
        tokio::spawn(async move { person.ask(question()).await })
    };
    let (first, second) = (ask(), ask());
    tokio::task::yield_now().await;
    assert_eq!(person.waiting().await.unwrap(), 2);
    assert_eq!(person.answer(Some(json!({ "town": "Oslo" }))), None, "it does not fit");
    assert_eq!(person.answer(Some(json!({ "city": "Oslo" }))).unwrap().text, "Which city?");
    person.answer(None).unwrap();
    let mut told = [first.await.unwrap().unwrap(), second.await.unwrap().unwrap()];
    told.sort_by_key(|answer| *answer == UserAnswer::Declined);
    assert_eq!(told, [UserAnswer::Given(json!({ "city": "Oslo" })), UserAnswer::Declined]);
}

#[tokio::test]
async fn work_is_due_at_its_time_and_again() {
    let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
    let tasks = TasksInMemory::new(clock.clone());
    let task = |name: &str, every| NewScheduledTask {
        name: name.to_owned(),
        payload: json!(1),
        at: "2026-01-01T00:01:00Z".parse().unwrap(),
        every,
    };
    tasks.schedule(task("once", None)).await.unwrap();
    tasks.schedule(task("often", Some(Duration::from_secs(60)))).await.unwrap();
    let names = || tasks.due().into_iter().map(|task| task.name).collect::<Vec<_>>();
    assert_eq!(names(), Vec::<String>::new());
    clock.advance(Duration::from_secs(60));
    assert_eq!(names(), ["once", "often"]);
    assert_eq!(names(), Vec::<String>::new());
    clock.advance(Duration::from_secs(60));
    assert_eq!(names(), ["often"]);
    assert_eq!(tasks.waiting(None).await.unwrap()[0].runs, 2);
}

/// A search that gives whatever it has, however little was asked for.
struct Careless;

#[async_trait]
impl WebSearch for Careless {
    async fn search(&self, _query: &str, _options: &SearchOptions) -> Result<Vec<SearchHit>, KindFault> {
        let hit = |url: &str| SearchHit {
            title: String::new(),
            url: url.to_owned(),
            snippet: String::new(),
            published: None,
        };
        Ok(vec![hit("https://a.test/"), hit("https://b.test/")])
    }

    async fn suggest(&self, _begun: &str) -> Result<Vec<String>, KindFault> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_check_finds_what_breaks_its_promise() {
    let told = check_web_search(&Careless, "x").await.unwrap_err();
    assert_eq!(told, "it does not hold that no more is found than was asked for");
    // A wallet that holds nothing cannot be checked, and says so.
    let wallet = WalletInMemory::default();
    let told = check_wallet(&wallet, &asset(None), "test:shop", "k").await.unwrap_err();
    assert!(told.contains("balance"), "{told}");
}
