//! What people read when the plugins of a character do not fit together: one snapshot a mistake.

use crate::support::{Made, Settings, examine, plugin, shown};
use galatea::definition::{PermissionKind as Kind, PermissionScope as Scope};

/// The build that the characters below are checked against.
fn build() -> Vec<Made> {
    vec![
        plugin("offline").serves(&["text-large"]).priority(-10),
        plugin("hosted").serves(&["text-large", "text-embedding"]),
        plugin("other").serves(&["text-large", "text-embedding"]),
        plugin("http").config::<Settings>(),
        plugin("weather").requires(&["http"]),
        plugin("forecast").requires(&["weather"]),
        plugin("ring-a").requires(&["ring-b"]),
        plugin("ring-b").optional("ring-c"),
        plugin("ring-c").requires(&["ring-a"]),
        plugin("old").requires_version("plain", "^2"),
        plugin("ancient").engine("=0.0.9"),
        plugin("plain"),
        plugin("rag").needs("text-embedding"),
        plugin("pictures").needs("image"),
        plugin("caller").config::<Settings>().permission(Kind::Network, Scope::Config("base-url")),
        plugin("fixed")
            .permission(Kind::Network, Scope::Fixed("api.weather.example"))
            .permission(Kind::Process, Scope::Fixed("git")),
        plugin("open").permission(Kind::Filesystem, Scope::Open),
        plugin("doer")
            .config::<Settings>()
            .permission(Kind::Process, Scope::Fixed("git"))
            .action("PUSH", &[(Kind::Network, Scope::Fixed("git.example")), (Kind::Filesystem, Scope::Open)])
            .action("ASK", &[(Kind::Network, Scope::Config("base-url"))])
            .action("STAY", &[(Kind::Process, Scope::Fixed("git"))]),
    ]
}

#[test]
fn every_mistake_has_its_words() {
    let key = "api-key = { env = \"KEY\" }";
    let caller = format!("[plugins.offline]\n\n[plugins.caller]\n{key}\n");
    for (name, plugins) in [
        ("missing", "[plugins.offline]\n[plugins.weather]\n".to_owned()),
        ("missing_for_two", "[plugins.offline]\n[plugins.forecast]\n[plugins.weather]\n".to_owned()),
        ("missing_by_way_of", "[plugins.offline]\n[plugins.forecast]\n".to_owned()),
        ("misspelt_is_not_missing", format!("[plugins.offline]\n[plugins.htpp]\n{key}\n[plugins.weather]\n")),
        ("cycle", "[plugins.offline]\n[plugins.ring-a]\n[plugins.ring-b]\n[plugins.ring-c]\n".to_owned()),
        ("cycle_with_missing", "[plugins.offline]\n[plugins.ring-c]\n".to_owned()),
        ("version_of_plugin", "[plugins.offline]\n[plugins.old]\n[plugins.plain]\n".to_owned()),
        ("version_of_character", "[plugins.offline]\n[plugins.plain]\nversion = \"^2\"\n".to_owned()),
        ("version_of_engine", "[plugins.offline]\n[plugins.ancient]\n".to_owned()),
        ("version_not_a_range", "[plugins.offline]\n[plugins.plain]\nversion = \"newest\"\n".to_owned()),
        ("permission_fixed", "[plugins.offline]\n[plugins.fixed]\n".to_owned()),
        ("permission_extended", "[plugins.offline]\n[plugins.fixed]\n[grants.fixed]\nprocess = [\"git\"]\nnetwork = [\"other.example\"]\n".to_owned()),
        ("permission_open", "[plugins.offline]\n[plugins.open]\n".to_owned()),
        ("permission_of_default", caller.clone()),
        ("permission_of_config", format!("{caller}base-url = \"https://mine.example:8080/x\"\n\n[grants.caller]\nnetwork = [\"api.weather.example\"]\n")),
        ("permission_granted", format!("{caller}\n[grants.caller]\nnetwork = [\"*.weather.example\"]\n")),
        ("action_not_offered", format!("[plugins.offline]\n[plugins.doer]\n{key}\n\n[grants.doer]\nprocess = [\"git\"]\n")),
        ("action_granted_in_part", format!("[plugins.offline]\n[plugins.doer]\n{key}\n\n[grants.doer]\nprocess = [\"git\"]\nnetwork = [\"api.weather.example\"]\n")),
        ("action_granted", format!("[plugins.offline]\n[plugins.doer]\n{key}\n\n[grants.doer]\nprocess = [\"git\"]\nnetwork = [\"*\"]\nfilesystem = [\"/data\"]\n")),
        ("action_refused", format!("[plugins.offline]\n[plugins.doer]\n{key}\n\n[grants.doer]\nprocess = [\"git\"]\nnetwork = []\nfilesystem = []\n")),
        ("action_and_plugin_ungranted", format!("[plugins.offline]\n[plugins.doer]\n{key}\n")),
        ("nothing_serves", "[plugins.offline]\n[plugins.rag]\n".to_owned()),
        ("nothing_linked_serves", "[plugins.offline]\n[plugins.pictures]\n".to_owned()),
        ("two_serve", "[plugins.hosted]\n[plugins.other]\n[plugins.rag]\n".to_owned()),
        ("two_serve_and_one_is_chosen", "[plugins.hosted]\n[plugins.other]\n[plugins.rag]\n[models.provider]\ntext-embedding = \"other\"\n".to_owned()),
        ("choice_not_selected", "[plugins.hosted]\n[models.provider]\ntext-large = \"other\"\n".to_owned()),
        ("choice_does_not_serve", "[plugins.hosted]\n[plugins.plain]\n[models.provider]\ntext-large = \"plain\"\n".to_owned()),
        ("speechless", "[plugins.plain]\n".to_owned()),
        ("speechless_when_switched_off", "[plugins.offline]\nenabled = false\n".to_owned()),
        ("switched_off", format!("[plugins.offline]\n[plugins.http]\nenabled = false\n{key}\n[plugins.weather]\n")),
        ("not_toml", "[plugins.offline]\n[plugins.weather\n".to_owned()),
        ("everything_at_once", "[plugins.ofline]\n[plugins.weather]\n[plugins.caller]\nunits = \"kelvin\"\n[plugins.fixed]\nversion = \"^9\"\n[plugins.rag]\n[plugins.ring-a]\n[plugins.ring-b]\n[plugins.ring-c]\n".to_owned()),
    ] {
        let said = match examine(&build(), &format!("name = \"Ada\"\n\n{plugins}")) {
            Ok((_, warnings)) => format!("in order\n{}", shown(warnings)),
            Err(report) => shown(report),
        };
        insta::assert_snapshot!(name, said.replace(galatea::VERSION, "[engine]"));
    }
}
