//! The character file is saved, in all the ways in which editors do it.

use super::*;
use crate::support::try_start;
use galatea::{
    agent::StartOptions,
    character::Document,
    event::{CharacterChanged, CharacterRejected, Notice},
    plan::Plan,
    registry::Registry,
};
use std::{fs, path::Path, time::Instant};
use tokio::{sync::broadcast::Receiver, time::timeout};

/// The next outcome of a save: what changed, or the diagnostics.
async fn outcome(events: &mut Receiver<Notice>) -> Result<String, String> {
    let wait = async {
        loop {
            let event = events.recv().await.unwrap().into_any();
            if let Some(changed) = event.downcast_ref::<CharacterChanged>() {
                return Ok(changed.report.to_string());
            }
            if let Some(rejected) = event.downcast_ref::<CharacterRejected>() {
                assert!(rejected.report.has_errors());
                return Err(rejected.diagnostics.clone());
            }
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("an outcome")
}

/// That nothing comes of a save.
async fn silence(events: &mut Receiver<Notice>) {
    tokio::time::sleep(Duration::from_millis(1200)).await;
    while let Ok(event) = events.try_recv() {
        assert!(!event.name().starts_with("CHARACTER_"), "{event:?}");
    }
}

async fn started(path: &Path) -> Agent {
    let registry = Registry::linked().unwrap();
    let (document, _) = Document::read(path).unwrap();
    let plan = Plan::of(&registry, &document).unwrap();
    let base = path.parent().unwrap().to_owned();
    Agent::start(plan, &registry, StartOptions { base, ..StartOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn every_save_counts_once_and_a_broken_one_changes_nothing() {
    let tag = "watched";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ada.toml");
    let write = |text: String| fs::write(&path, text).unwrap();
    write(gauge(tag, 1, ""));
    let agent = started(&path).await;
    let mut events = agent.events().subscribe();
    // Saved between reading and watching.
    write(gauge(tag, 2, ""));
    let watcher = agent.watch(&path).unwrap();
    assert_eq!(watcher.path(), path);
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");

    let begun = Instant::now();
    write(gauge(tag, 3, ""));
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");
    assert!(begun.elapsed() < Duration::from_secs(5), "from save to effect: {:?}", begun.elapsed());
    assert_eq!(says(&agent, "do MEASURE").await, "3");

    write(gauge(tag, 3, "numbr = 7"));
    let wrong = outcome(&mut events).await.unwrap_err();
    assert!(wrong.contains("ada.toml:6:1") && wrong.contains("did you mean `number`?"), "{wrong}");
    write("name = ".to_owned());
    assert!(outcome(&mut events).await.unwrap_err().contains("GAL0001"));
    write(gauge(tag, 4, "fault = \"start\""));
    let wrong = outcome(&mut events).await.unwrap_err();
    assert!(
        wrong.contains("plugin `gauge` was refused at services") && wrong.contains("runs as before"),
        "{wrong}"
    );
    assert_eq!(says(&agent, "do MEASURE").await, "3");
    // The same text again: what was refused is tried again, what is wrong is not told again.
    write(gauge(tag, 4, "fault = \"start\""));
    assert!(outcome(&mut events).await.unwrap_err().contains("the needle stuck"));
    write(gauge(tag, 3, "numbr = 7"));
    assert!(outcome(&mut events).await.is_err());
    write(gauge(tag, 3, "numbr = 7"));
    silence(&mut events).await;
    write(gauge(tag, 3, ""));
    assert_eq!(outcome(&mut events).await.unwrap(), "nothing changed", "it is in order again");

    // Renamed over, as many editors do.
    fs::write(folder.path().join("ada.toml~"), gauge(tag, 5, "")).unwrap();
    fs::rename(folder.path().join("ada.toml~"), &path).unwrap();
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");
    // Deleted, and written anew after a while.
    fs::remove_file(&path).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    write(gauge(tag, 6, ""));
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");
    // Many times: the last one wins.
    for number in 10..30 {
        write(gauge(tag, number, ""));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");
    assert_eq!(says(&agent, "do MEASURE").await, "29");
    // What says the same changes nothing, nor does what happens to others, nor reading it.
    write(gauge(tag, 29, ""));
    fs::write(folder.path().join("other.toml"), "x").unwrap();
    fs::read(&path).unwrap();
    write(gauge(tag, 29, "# a comment"));
    silence(&mut events).await;
    let starts: Vec<String> = lines(tag).into_iter().filter(|line| line.starts_with("start")).collect();
    assert_eq!(starts, ["start 1", "start 2", "start 3", "start 5", "start 6", "start 29"]);

    drop(watcher);
    write(gauge(tag, 30, ""));
    silence(&mut events).await;
    agent.stop().await;
}

#[tokio::test]
async fn a_file_that_is_gone_is_reported_and_one_that_comes_back_is_read() {
    let tag = "gone";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("characters").join("ada.toml");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, gauge(tag, 1, "")).unwrap();
    let agent = started(&path).await;
    let mut events = agent.events().subscribe();
    let _watcher = agent.watch(&path).unwrap();
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, gauge(tag, 2, "")).unwrap();
    let mut last = outcome(&mut events).await;
    if let Err(wrong) = &last {
        assert!(wrong.contains("cannot read"), "{wrong}");
        last = outcome(&mut events).await;
    }
    assert_eq!(last.unwrap(), "gauge reloaded (number); puppet kept");
    fs::remove_file(&path).unwrap();
    assert!(outcome(&mut events).await.unwrap_err().contains("cannot read"));
    assert_eq!(says(&agent, "do MEASURE").await, "2");
    agent.stop().await;
    assert!(agent.watch(folder.path().join("no/ada.toml")).is_err());
}

#[tokio::test]
async fn a_secret_is_read_again_when_its_file_is_written() {
    let tag = "secret";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ada.toml");
    fs::create_dir(folder.path().join("keys")).unwrap();
    fs::write(folder.path().join("keys/gauge"), "old").unwrap();
    fs::write(&path, gauge(tag, 1, "key = { file = \"keys/gauge\" }")).unwrap();
    let agent = started(&path).await;
    let mut events = agent.events().subscribe();
    let _watcher = agent.watch(&path).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    fs::write(folder.path().join("keys/gauge"), "new").unwrap();
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (a secret); puppet kept");
    fs::remove_file(folder.path().join("keys/gauge")).unwrap();
    let wrong = outcome(&mut events).await.unwrap_err();
    assert!(wrong.contains("cannot read the file `keys/gauge`"), "{wrong}");
    agent.stop().await;
    let wanted = [
        "load 1", "key old", "start 1", "load 1", "key new", "start 1", "stop 1", "unload 1", "stop 1",
        "unload 1",
    ];
    assert_eq!(lines(tag), wanted);
}

/// Layers with a secret.
#[plugin("sealer")]
pub struct Sealer;

#[derive(Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Seal {
    /// What it seals with.
    key: Option<Secret>,
}

/// Adds its secret to what actions give.
#[middleware(plugin = Sealer, of(action))]
fn seal(settings: Seal) -> impl Middleware {
    let key = settings.key.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
    from_fn(move |call, next| {
        let key = key.clone();
        async move {
            next.run(call).await.map(|outcome| match outcome {
                Outcome::Action(result) => {
                    let text = format!("{}, {key}", result.summary());
                    Outcome::Action(ActionResult { text: Some(text), ..result })
                }
                other => other,
            })
        }
    })
}

/// A secret of a layer: around all plugins, and around one.
#[tokio::test]
async fn a_secret_of_a_layer_is_read_again_too() {
    for (tag, of_all) in [("sealed", true), ("sealed-alone", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ada.toml");
        fs::write(folder.path().join("seal"), "old").unwrap();
        let layer = "middleware = [{ seal = { key = { file = \"seal\" } } }]\n";
        let (all, one) = if of_all { (layer, "") } else { ("", layer) };
        let text = gauge(tag, 1, one).replacen('\n', &format!("\n{all}"), 1);
        fs::write(&path, format!("{text}\n[plugins.sealer]\n")).unwrap();
        let agent = started(&path).await;
        assert_eq!(says(&agent, "do MEASURE").await, "1, old");
        let mut events = agent.events().subscribe();
        let _watcher = agent.watch(&path).unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        fs::write(folder.path().join("seal"), "new").unwrap();
        let changed = outcome(&mut events).await.unwrap();
        assert!(changed.contains("gauge reloaded (a secret)"), "{changed}");
        assert_eq!(says(&agent, "do MEASURE").await, "1, new");
        agent.stop().await;
    }
}

#[tokio::test]
async fn what_runs_goes_on_where_no_file_is_watched() {
    let agent = try_start(&gauge("unwatched", 1, "")).await.unwrap();
    assert!(agent.watch("/galatea/no/such/folder/ada.toml").is_err());
    assert_eq!(says(&agent, "do MEASURE").await, "1");
    agent.stop().await;
}

/// As containers mount configuration: the file is a link into a folder that is exchanged as a whole.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_behind_links_may_be_exchanged() {
    use std::os::unix::fs::symlink;
    let tag = "linked";
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for number in [1, 2] {
        let version = format!("..v{number}");
        fs::create_dir(at(&version)).unwrap();
        fs::write(at(&version).join("ada.toml"), gauge(tag, number, "")).unwrap();
    }
    symlink("..v1", at("..data")).unwrap();
    symlink("..data/ada.toml", at("ada.toml")).unwrap();
    let agent = started(&at("ada.toml")).await;
    let mut events = agent.events().subscribe();
    let _watcher = agent.watch(at("ada.toml")).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    symlink("..v2", at("..new")).unwrap();
    fs::rename(at("..new"), at("..data")).unwrap();
    assert_eq!(outcome(&mut events).await.unwrap(), "gauge reloaded (number); puppet kept");
    agent.stop().await;
}
