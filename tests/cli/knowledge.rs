//! Documents of an agent that does not run: added, listed, searched, removed; of any size in little memory.

use super::support::{Folder, PLAIN};
use serde_json::Value;
use std::{fmt::Write as _, io::Write as _, path::Path, time::Duration};

const MEGABYTE: usize = 1024 * 1024;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write(
        "pat.toml",
        &format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n\n[plugins.knowledge]\n"),
    );
    folder
}

#[test]
fn documents_are_added_listed_searched_and_removed() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("docs")).unwrap();
    folder.write("docs/palms.md", "# Palms\n\n## Water\n\nPalms are watered on Mondays.\n");
    folder.write("docs/cacti.html", "<html><title>Cacti</title><p>Cacti are watered in March.</p></html>");
    let run = |args: &[&str]| folder.run(&[&["knowledge"], args, &["--character", "pat.toml"]].concat());

    let added = run(&["add", "docs", "--text", "The can stands in the cellar."]);
    for line in [
        "new  docs/cacti.html  Cacti  ",
        "new  docs/palms.md  Palms  ",
        "The can stands in the cellar.  29 B, 1 fragment",
    ] {
        assert!(added.fine().contains(line), "{line}\n{}", added.all());
    }
    let again = run(&["add", "docs/*.md"]);
    assert!(again.fine().starts_with("unchanged  docs/palms.md"), "{}", again.all());
    folder.write("docs/palms.md", "# Palms\n\n## Water\n\nPalms are watered on Fridays.\n");
    assert!(run(&["add", "docs/palms.md"]).fine().starts_with("replaced  docs/palms.md"));

    let listed: Value = serde_json::from_str(run(&["list", "--json"]).fine()).unwrap();
    let sources: Vec<&str> =
        listed.as_array().unwrap().iter().map(|one| one["source"].as_str().unwrap()).collect();
    assert_eq!(sources.len(), 3, "{listed}");
    assert_eq!(sources[..2], ["docs/cacti.html", "docs/palms.md"]);
    assert!(run(&["list"]).fine().contains("docs/palms.md  Palms  "));

    let found = run(&["search", "When", "are", "palms", "watered?"]);
    let first: Vec<&str> = found.fine().lines().take(2).collect();
    assert!(first[0].starts_with("[1] docs/palms.md, Palms > Water  0."), "{}", found.all());
    assert_eq!(first[1], "    Palms are watered on Fridays.");
    assert!(!found.out.contains("Mondays"), "{}", found.all());

    let removed = run(&["remove", "docs/", "nothing.md"]);
    assert_eq!(removed.code, Some(1));
    assert_eq!(removed.out, "removed  docs/cacti.html\nremoved  docs/palms.md\n");
    assert!(removed.err.contains("a document called `nothing.md` was not found"), "{}", removed.all());
    assert!(run(&["search", "palms"]).err.contains("nothing fits"));

    let failed = run(&["add", "none.md"]);
    assert!(failed.code == Some(1) && failed.err.contains("not read"), "{}", failed.all());
}

#[test]
fn a_chat_answers_from_documents_and_names_them() {
    let folder = folder();
    folder.write("palms.md", "# Palms\n\nPalms are watered with rain water from the barrel.\n");
    folder.run(&["knowledge", "add", "palms.md", "-c", "pat.toml"]).fine();
    let chat = folder.run(&["chat", "pat.toml", "--say", "What are palms watered with?"]);
    assert!(chat.fine().contains("Palms are watered with rain water from the barrel."), "{}", chat.all());
    assert!(chat.err.contains("[1] palms.md, Palms"), "{}", chat.all());
}

#[test]
fn what_is_missing_is_said_with_its_remedy() {
    let folder = Folder::new();
    for (plugins, wanted) in [("", "[plugins.knowledge]"), ("\n[plugins.knowledge]\n", "[plugins.sql]")] {
        folder.write("pat.toml", &format!("{PLAIN}{plugins}"));
        let ran = folder.run(&["knowledge", "list", "-c", "pat.toml"]);
        assert!(ran.code == Some(1) && ran.err.contains(wanted), "{}", ran.all());
    }
}

/// A text file of so many megabytes, of words that are not all alike.
fn corpus(path: &Path, megabytes: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (mut state, mut written, mut line) = (1_u64, 0, String::new());
    while written < megabytes * MEGABYTE {
        line.clear();
        for _ in 0..12 {
            // Knuth's generator: the corpus is the same every time.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            write!(line, "w{} ", (state >> 33) % 20_000).unwrap();
        }
        line.push_str("end.\n");
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
    }
    file.flush().unwrap();
}

/// The most memory that reading a corpus took, in bytes.
fn peak(folder: &Folder, megabytes: usize) -> usize {
    corpus(&folder.path().join("corpus.txt"), megabytes);
    let args = ["knowledge", "add", "corpus.txt", "-c", "pat.toml"];
    let mut child = folder.command(&args).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let read = std::fs::read_to_string(&status).unwrap_or_default();
        let line = read.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
        most = most.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(20));
    }
    let ran = super::support::Ran::from(child.wait_with_output().unwrap());
    assert!(ran.fine().contains("corpus.txt"), "{}", ran.all());
    most
}

/// `GALATEA_CORPUS_MB` sets the size.
#[test]
#[allow(clippy::print_stderr, reason = "the figures are read by hand")]
#[cfg(target_os = "linux")]
fn a_large_corpus_is_read_in_little_memory() {
    let megabytes = std::env::var("GALATEA_CORPUS_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(64);
    let folder = folder();
    let character = folder.read("pat.toml").replace("pat.db\"\n", "pat.db\"\ndurability = \"crash\"\n");
    folder.write("pat.toml", &character);
    let small = peak(&folder, 1);
    let large = peak(&folder, megabytes);
    let (small_mb, large_mb) = (small / MEGABYTE, large / MEGABYTE);
    eprintln!("a corpus of 1 MB took {small_mb} MB of memory, one of {megabytes} MB took {large_mb} MB");
    assert!(small > 0 && large < small + 32 * MEGABYTE, "{small_mb} MB, then {large_mb} MB");
}
