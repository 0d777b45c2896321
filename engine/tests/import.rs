//! The importer of elizaOS characters: nothing is lost, no secret leaks, and the way back exists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read its fixture should fail"
)]

mod import_support;

use std::fs;

use galatea::character::import::{ImportError, export, import, normalize_plugin_name};
use import_support::{any_1x_character, any_character, any_json, check, fixtures, folder, known, read};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[test]
fn every_leaf_has_one_note_and_its_value_is_where_the_note_says() {
    for json in fixtures().values() {
        check(json);
    }
}

#[test]
fn no_secret_is_written() {
    for (stem, json) in fixtures() {
        for character in read(&json) {
            let leak = character.toml.lines().find(|line| line.contains("clear-text"));
            assert_eq!(leak, None, "{stem}");
            assert!(!character.toml.contains("5432"), "{stem}: a number leaks");
            let in_report = character.report.iter().any(|note| note.to_string().contains("clear-text"));
            assert!(!in_report, "{stem}: the report leaks");
        }
    }
}

/// `UPDATE=1` rewrites the files that are compared.
#[test]
fn the_files_look_like_this() {
    for (stem, json) in fixtures() {
        for (position, character) in read(&json).iter().enumerate() {
            compare(&format!("{stem}.{position}.toml"), &character.toml);
        }
    }
}

#[test]
fn the_report_reads_like_this() {
    let rich = &fixtures()["old"];
    let lines = read(rich)
        .iter()
        .flat_map(|character| &character.report)
        .map(|note| format!("{note}\n"))
        .collect::<String>();
    compare("old.report.txt", &lines);
}

fn compare(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} differs; UPDATE=1 rewrites it");
}

#[test]
fn export_and_import_again_gives_the_same_file() {
    for (stem, json) in fixtures() {
        for character in read(&json) {
            let (exported, _) = export(&character.toml).unwrap();
            let again = read(&exported.to_string());
            // What lay around the character in a project file, and 0.x forms, do not come back.
            if matches!(stem.as_str(), "minimal" | "rich" | "unicode") {
                assert_eq!(again[0].toml, character.toml, "{stem}");
                assert_eq!(again[0].name, character.name, "{stem}");
                assert_eq!(again[0].file_stem, character.file_stem, "{stem}");
            }
        }
    }
}

#[test]
fn export_gives_the_json_back() {
    let rich = &fixtures()["rich"];
    let mut expected: Json = serde_json::from_str(rich).unwrap();
    let (exported, notes) = export(&read(rich)[0].toml).unwrap();
    expected["secrets"] = json!({
        "OPENAI_API_KEY": "", "DISCORD_API_TOKEN": "", "EMPTY": "", "TELEGRAM_BOT_TOKEN": "", "PORT": "",
        "with space": "",
    });
    let settings = expected["settings"].as_object_mut().unwrap();
    settings.remove("secrets");
    settings.remove("OPENAI_API_KEY");
    expected["templates"] = {
        let mut templates = expected["templates"].clone();
        let t = templates.as_object_mut().unwrap().remove("t").unwrap();
        templates["tTemplate"] = t;
        templates
    };
    expected["plugins"] = json!([
        "@elizaos/plugin-sql",
        "@elizaos/plugin-bootstrap",
        "@elizaos/plugin-discord",
        "@elizaos/plugin-openai",
        "@elizaos/plugin-weather",
        "@elizaos/plugin-not-here",
    ]);
    assert_eq!(exported, expected);
    assert!(notes.iter().any(|note| note.path == "plugins.offline"));
}

#[test]
fn nulls_and_odd_elements_come_back_to_their_places() {
    let odd = &fixtures()["odd"];
    let json: Json = serde_json::from_str(odd).unwrap();
    let (exported, _) = export(&read(odd)[0].toml).unwrap();
    for key in ["postExamples", "people", "nulls", "imported", "a.b", "username", "adjectives"] {
        assert_eq!(exported[key], json[key], "{key}");
    }
    assert_eq!(exported["settings"]["arr"], json["settings"]["arr"]);
    assert_eq!(exported["settings"]["o"], json["settings"]["o"]);
    assert_eq!(exported["bio"][3], Json::Null);
    assert_eq!(exported["bio"][4], json["bio"][4]);
    assert_eq!(exported["bio"][5], json["bio"][5]);
    assert_eq!(exported["messageExamples"][0], json["messageExamples"][0]);
    assert_eq!(exported["messageExamples"][1][0], "not a message");
    assert_eq!(exported["messageExamples"][1][3]["role"], json!({ "x": null }));
    assert_eq!(exported["messageExamples"][3], json["messageExamples"][3]);
}

#[test]
fn export_says_what_elizaos_cannot_hold() {
    let toml = r#"
        name = "A"
        [secrets]
        K = { file = "/run/secrets/k" }
        P = { command = ["pass", "show", "p"] }
        [settings.deep.secrets]
        S = { env = "S" }
        [plugins.openai]
        api-key = { env = "K" }
        [limits]
        steps = 3
    "#;
    let (exported, notes) = export(toml).unwrap();
    let expected = json!({
        "name": "A", "settings": {"deep": {"secrets": {"S": ""}}}, "secrets": {"K": "", "P": ""},
        "plugins": ["@elizaos/plugin-openai"],
    });
    assert_eq!(exported, expected);
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    let said = [
        "name: written to name",
        "settings: written to settings",
        "secrets.K: written to secrets.K; fill in its value, from the file /run/secrets/k",
        "secrets.P: written to secrets.P; fill in its value, from what its command prints",
        "plugins.openai: written to plugins[0]",
        "plugins.openai.api-key: not supported: elizaOS configures plugins by settings; set this there by hand",
        "limits: not supported: elizaOS characters have no place for it",
    ];
    assert_eq!(notes, said);
}

#[test]
fn refusals_name_the_cause() {
    let cases = [
        ("{\n  \"name\": }", "not valid JSON at line 2, column 11: expected value"),
        ("", "not valid JSON at line 1, column 0: EOF while parsing a value"),
        ("{\"name\":\"A\",\"name\":\"B\"}", "the key `name` is there twice"),
        ("[]", "no character in this file: the list is empty"),
        ("3", "no character in this file: it is a number"),
        ("{\"agents\":[]}", "no character in this file: the list is empty"),
        ("{}", "the file is not an elizaOS character: `name` and `bio` are missing"),
        ("{\"name\":\"A\"}", "the file is not an elizaOS character: `bio` is missing"),
        ("{\"bio\":\"b\"}", "the file is not an elizaOS character: `name` is missing"),
        ("{\"name\":\"\",\"bio\":\"b\"}", "`name` is empty"),
        ("{\"name\":[],\"bio\":\"b\"}", "`name` must be text, found a list"),
        ("[{\"name\":\"A\",\"bio\":\"b\"},{\"name\":\"B\"}]", "`[1]` is not an elizaOS character: `bio`"),
        (
            "{\"agents\":[{\"character\":5}]}",
            "`agents[0].character` is not an elizaOS character: expected an object",
        ),
    ];
    for (json, expected) in cases {
        let error = import(json, &known()).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}\n{error}");
    }
    assert!(matches!(export("name = "), Err(ImportError::Toml { .. })));
    assert_eq!(export("bio = []"), Err(ImportError::NoName));
}

/// elizaOS 1.7.2's `normalizePluginName`, as measured.
#[test]
fn plugin_names_are_normalized_as_upstream() {
    let cases = [
        ("@elizaos/plugin-discord", "discord"),
        ("@elizaos/plugin-sql", "sql"),
        ("plugin-custom", "plugin-custom"),
        ("@org/plugin-x-y", "x-y"),
        ("@elizaos-plugins/plugin-openai", "openai"),
        ("plugin-sql", "plugin-sql"),
        ("@elizaos/core", "@elizaos/core"),
        ("bootstrap", "bootstrap"),
    ];
    for (name, expected) in cases {
        assert_eq!(normalize_plugin_name(name), expected);
    }
}

/// The cases of upstream's `validateCharacter` that have a name and a bio: what it refuses is kept, not lost.
#[test]
fn what_upstream_refuses_is_imported_all_the_same() {
    let cases = [
        (json!({"extra": 1}), "extra: kept as imported.extra"),
        (json!({"id": "x"}), "id: kept as imported.id"),
        (json!({"lore": ["l"]}), "lore[0]: written to bio[1]; a line of lore, added to the bio"),
        (json!({"settings": {"nul": null}}), "settings.nul: kept as imported.nulls[0]"),
        (json!({"secrets": {"K": null}}), "secrets.K: kept as imported.nulls[0]"),
        (json!({"plugins": [{"name": "x"}]}), "plugins[0].name: not supported: no plugin `x` in this build"),
        (json!({"templates": {"t": "x {{y}}"}}), "templates.t: written to templates.t; its name was `t`"),
        (json!({"style": {"other": ["y"]}}), "style.other[0]: kept as imported.style.other[0]"),
        (json!({"topics": "x"}), "topics: written to topics[0]; one text, written as a list"),
    ];
    for (more, expected) in cases {
        let mut character = json!({"name": "A", "bio": "b"});
        for (key, value) in more.as_object().unwrap() {
            character[key] = value.clone();
        }
        check(&character.to_string());
        let report = &read(&character.to_string())[0].report;
        let lines: Vec<_> = report.iter().map(ToString::to_string).collect();
        assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_of_any_character(character in any_character()) {
        let json = character.to_string();
        check(&json);
        let first = read(&json);
        prop_assert_eq!(&first, &read(&json));
        export(&first[0].toml).unwrap();
    }

    #[test]
    fn any_1x_character_comes_back(character in any_1x_character()) {
        let json = character.to_string();
        check(&json);
        let (mut exported, _) = export(&read(&json)[0].toml).unwrap();
        exported.as_object_mut().unwrap().remove("plugins");
        // Read, not made: serde_json may read a float as its neighbour.
        let character: Json = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(exported, character);
    }

    #[test]
    fn no_text_under_secrets_is_written(tree in any_json()) {
        fn mark(json: Json) -> Json {
            match json {
                Json::String(_) => json!("clear-text"),
                Json::Array(items) => items.into_iter().map(mark).collect(),
                Json::Object(object) => {
                    Json::Object(object.into_iter().map(|(key, value)| (key, mark(value))).collect())
                }
                other => other,
            }
        }
        let tree = mark(tree);
        let character = json!({
            "name": "A", "bio": "b", "secrets": tree, "settings": {"secrets": tree, "deep": {"secrets": tree}},
            "clientConfig": {"x": [{"secrets": tree}]}, "plugins": [{"name": "openai", "secrets": tree}],
            "messageExamples": [[{"name": "n", "content": {"secrets": tree}}]],
        });
        let json = character.to_string();
        check(&json);
        prop_assert!(!read(&json)[0].toml.contains("clear-text"));
    }
}
