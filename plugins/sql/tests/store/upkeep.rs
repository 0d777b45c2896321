//! Copies, erased text, and what is deleted by itself.

use super::{at, message, open, run};
use galatea::{
    agent::{Agent, StartOptions},
    character::Document,
    clock::Clock,
    diagnostic::Source,
    memory::{Content, Memory},
    plan::Plan,
    registry::Registry,
    store::{MemoryQuery, StoredRun},
    testing::store::AGENT,
};
use galatea_sql::SqliteStore;
use jiff::ToSpan;
use std::{fs, path::Path, time::Duration};
use uuid::Uuid;

fn plan(registry: &Registry, file: &Path, more: &str) -> Plan {
    let text = format!(
        "name = \"Ada\"\nid = \"{AGENT}\"\n[plugins.sql]\nurl = \"sqlite://{}\"\n{more}",
        file.display()
    );
    let (document, _) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    Plan::of(registry, &document).unwrap()
}

#[cfg(unix)]
fn mode(file: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file).unwrap().permissions()) & 0o777
}

fn all() -> MemoryQuery {
    MemoryQuery { limit: usize::MAX, ..MemoryQuery::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_whole_and_nobody_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&at(&folder.path().join("a.db"))).await;
    let before: Vec<Memory> = (0..300).map(|_| message(Uuid::new_v4())).collect();
    store.add_memories(&before).await.unwrap();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
            }
        })
    };
    let copy = folder.path().join("copy.db");
    let bytes = store.back_up(&copy).await.unwrap();
    assert_eq!(bytes, fs::metadata(&copy).unwrap().len());
    writer.await.unwrap();
    #[cfg(unix)]
    assert_eq!(mode(&copy), 0o600, "a copy is for nobody else either");
    let copied = open(&at(&copy)).await;
    let found = copied.memories(&all()).await.unwrap();
    assert!((300..=350).contains(&found.len()) && copied.check().await.unwrap().is_empty());
    // It is never overwritten.
    let told = store.back_up(&copy).await.unwrap_err().to_string();
    assert!(told.contains("copy.db` is there already"), "{told}");
    let told = store.back_up(&folder.path().join("no/such/folder.db")).await.unwrap_err().to_string();
    assert!(told.contains("cannot be written"), "{told}");
}

#[tokio::test]
async fn a_copy_is_put_back_and_what_was_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
    let registry = Registry::linked().unwrap();
    let restore = async |from: &Path| {
        let plan = plan(&registry, &file, "");
        Agent::restore_storage(plan, &registry, StartOptions::default(), from).await
    };
    let store = open(&at(&file)).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    store.back_up(&copy).await.unwrap();
    store.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap();

    let told = restore(&copy).await.unwrap_err().to_string();
    assert!(told.contains("a.db` is in use"), "{told}");
    store.close().await.unwrap();

    fs::write(folder.path().join("text.db"), "not a database at all, however long this text may be").unwrap();
    let mut bytes = fs::read(&copy).unwrap();
    bytes.iter_mut().skip(4_096).for_each(|byte| *byte ^= 0x5a);
    fs::write(folder.path().join("broken.db"), bytes).unwrap();
    for (name, wanted) in [
        ("text.db", "not an SQLite"),
        ("broken.db", "damaged"),
        ("none.db", "is no file"),
        ("a.db", "in use"),
    ] {
        let told = restore(&folder.path().join(name)).await.unwrap_err().to_string();
        assert!(told.contains(wanted), "{name}: {told}");
        let store = open(&at(&file)).await;
        assert_eq!(store.memories(&all()).await.unwrap().len(), 2, "{name}: nothing is changed");
        store.close().await.unwrap();
    }

    // Also where the file is so broken that it cannot be opened.
    for broken in [false, true] {
        if broken {
            fs::write(&file, "something else, which is longer than the header of a database would be")
                .unwrap();
        }
        let restored = restore(&copy).await.unwrap();
        assert!(restored.kept.unwrap().exists());
        let store = SqliteStore::open(&at(&file), AGENT).await.unwrap();
        let found = galatea::store::MemoryStore::memories(&store, &all()).await.unwrap();
        assert_eq!(found.iter().map(|memory| memory.id).collect::<Vec<_>>(), [Uuid::from_u128(1)]);
        galatea::store::Store::close(&store).await.unwrap();
    }
    assert!(!folder.path().join("a.db.restoring").exists());
    #[cfg(unix)]
    assert_eq!(mode(&file), 0o600);
}

/// The file was deleted or moved away, and what SQLite had not yet moved into it is there still.
#[tokio::test]
async fn a_log_without_its_file_is_not_done_to_the_copy() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let copy = path("copy.db");
    let store = open(&at(&path("a.db"))).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    store.back_up(&copy).await.unwrap();
    store.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap();
    // As a process that was killed leaves it.
    fs::copy(path("a.db-wal"), path("b.db-wal")).unwrap();
    store.close().await.unwrap();

    let registry = Registry::linked().unwrap();
    let place = plan(&registry, &path("b.db"), "");
    let restored = Agent::restore_storage(place, &registry, StartOptions::default(), &copy).await.unwrap();
    let kept = restored.kept.unwrap();
    assert!(kept.to_str().unwrap().ends_with("-wal") && kept.exists(), "{kept:?}");
    let store = open(&at(&path("b.db"))).await;
    let found = store.memories(&all()).await.unwrap();
    assert_eq!(found.iter().map(|memory| memory.id).collect::<Vec<_>>(), [Uuid::from_u128(1)]);
}

#[tokio::test]
async fn erased_text_is_nowhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let holds = |text: &str| {
        let parts = ["a.db", "a.db-wal"].map(|name| fs::read(folder.path().join(name)).unwrap_or_default());
        parts.concat().windows(text.len()).any(|bytes| bytes.eq_ignore_ascii_case(text.as_bytes()))
    };
    let store = open(&at(&file)).await;
    let says = |text: &str| Memory { content: Content::text(text), ..message(Uuid::new_v4()) };
    let (old, new) = (says("PELICAN-OF-OLD"), says("PELICAN-OF-TODAY"));
    let other = Memory { entity: Uuid::from_u128(0xE002), ..says("HERON-STAYS") };
    store.add_memories(&[old.clone(), new, other]).await.unwrap();
    // Deleted long ago: in a free page, or in the free part of one.
    store.delete_memories(&[old.id]).await.unwrap();
    assert!(holds("PELICAN") && holds("HERON"));
    let erased = store.erase(Uuid::from_u128(0xE001)).await.unwrap();
    assert_eq!(erased.memories, 1);
    assert!(!holds("PELICAN"), "erased text is in the file");
    assert!(holds("HERON"));
    assert!(store.check().await.unwrap().is_empty());
    store.add_memories(&[message(Uuid::new_v4())]).await.unwrap();
}

/// The scheduler does it, at the hours that the settings name, on a clock that is set.
#[tokio::test]
async fn old_records_go_at_night() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let now: jiff::Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    let days = |days: i64| now.checked_sub((days * 24).hours()).unwrap();
    let store = open(&at(&file)).await;
    let registry = Registry::linked().unwrap();
    let clock = Clock::fixed(now);
    let plan = plan(&registry, &file, "[plugins.sql.retention]\nruns-days = 30\n");
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let agent = Agent::start(plan, &registry, options).await.unwrap();
    let wanted = [(1, "completed", 40), (2, "completed", 1), (3, "waiting", 400), (4, "failed", 31)];
    for (number, status, age) in wanted {
        let run = StoredRun { at: days(age), ..run(Uuid::from_u128(number), Uuid::new_v4(), status) };
        store.put_run(&run, &[]).await.unwrap();
    }
    let count = async || store.runs(None, 10).await.unwrap().len();

    clock.advance(Duration::from_secs(4 * 3_600));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(count().await, 4, "in the afternoon nothing is deleted");
    for _ in 0..12 {
        clock.advance(Duration::from_secs(3_600));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..100 {
        if count().await == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left: Vec<u128> = store.runs(None, 10).await.unwrap().iter().map(|run| run.id.as_u128()).collect();
    assert_eq!(left, [2, 3], "the new one and the one that waits");
    agent.stop().await;
}
