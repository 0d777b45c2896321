//! Writes a draft as a character file for people: groups apart, one message a line, long lists one item a line.

use toml_edit::{Array, DocumentMut, InlineTable, Item, RawString, Table, Value};

use super::Note;
use super::draft::Draft;
use super::plugins::ALWAYS;
use super::text;

/// The keys of the root, in groups; a group begins after a blank line.
const GROUPS: [&[&str]; 6] = [
    &["name", "username", "id", "system"],
    &["bio"],
    &["topics", "adjectives"],
    &["post-examples"],
    &["knowledge"],
    &["message-examples"],
];

/// A list on one line is at most this wide, in characters.
const WIDTH: usize = 100;

/// The finished file and its report.
pub(super) fn finish(mut draft: Draft<'_>) -> (String, Vec<Note>) {
    let mut document = DocumentMut::new();
    write_root(&mut draft.root, document.as_table_mut());
    let (plugins, grants) = (plugin_tables(&draft), grants(&draft));
    if !draft.nulls.is_empty() {
        let nulls = Item::Value(Value::Array(draft.nulls));
        draft.imported.insert("nulls", nulls);
    }
    let sections = [
        ("style", draft.style),
        ("templates", draft.templates),
        ("settings", draft.settings),
        ("secrets", draft.secrets),
        ("plugins", plugins),
        ("grants", grants),
        ("imported", filled(draft.imported)),
    ];
    for (name, table) in sections {
        let Some(mut table) = table else { continue };
        format_table(&mut table);
        if name == "imported" {
            comment(&mut table, IMPORTED);
        } else if name == "secrets" && !table.is_empty() {
            comment(&mut table, SECRETS);
        }
        document.insert(name, Item::Table(table));
    }
    let text = document.to_string();
    (text, draft.notes)
}

/// The plugins of hosted models, with the variable that elizaOS keeps their key in, and the host that they call.
const HOSTED: [(&str, &str, &str); 4] = [
    ("anthropic", "ANTHROPIC_API_KEY", "api.anthropic.com"),
    ("google-genai", "GOOGLE_GENERATIVE_AI_API_KEY", "generativelanguage.googleapis.com"),
    ("openai", "OPENAI_API_KEY", "api.openai.com"),
    ("openrouter", "OPENROUTER_API_KEY", "openrouter.ai"),
];

/// The server on this machine that elizaOS falls back to.
const LOCAL: (&str, &str, &str) = ("ollama", "http://127.0.0.1:11434", "127.0.0.1");

/// What goes over the network, and which plugin all of it needs.
const OVER: &str = "http";

const IMPORTED: &str =
    "# What the elizaOS character had and a character file has no place for. The engine does not read it.";
const SECRETS: &str = "# References to the environment; the values themselves never stand in this file.";
const RUNS_AT_ONCE: &str = "# Every imported character gets storage, the turn itself and models that need no key, so that it runs at once.";

fn filled(table: Table) -> Option<Table> {
    (!table.is_empty()).then_some(table)
}

/// Moves the keys of the root into the document, group by group.
fn write_root(root: &mut Table, document: &mut Table) {
    let mut before = "#:schema ./character.schema.json\n\n";
    for group in GROUPS {
        for key in group {
            let Some(mut item) = root.remove(key) else {
                continue;
            };
            if let Item::Value(value) = &mut item {
                format_value(value, 0, *key == "message-examples");
            }
            document.insert(key, item);
            if let Some(mut key) = document.key_mut(key) {
                key.leaf_decor_mut().set_prefix(before);
            }
            before = "";
        }
        if !document.is_empty() {
            before = "\n";
        }
    }
}

/// One table a plugin: those every imported character gets, then those the JSON names.
fn plugin_tables(draft: &Draft<'_>) -> Option<Table> {
    let always = ALWAYS.iter().copied().filter(|name| draft.known.contains(name));
    let named = draft.plugins.iter().map(String::as_str);
    let calls = |name: &str| name == LOCAL.0 || HOSTED.iter().any(|(hosted, ..)| *hosted == name);
    let over = draft.plugins.iter().any(|name| calls(name)) && draft.known.contains(OVER);
    let mut plugins = Table::new();
    for name in always.chain(over.then_some(OVER)).chain(named) {
        if plugins.contains_key(name) {
            continue;
        }
        let mut plugin = Table::new();
        if name == "offline" {
            let kinds: Array = ["text-small", "text-large"].into_iter().collect();
            plugin.insert("fallback", Item::Value(Value::Array(kinds)));
        }
        if let Some((_, key, _)) = HOSTED.iter().find(|(hosted, ..)| *hosted == name) {
            plugin.insert("enabled", where_it("env", key));
            plugin.insert("api-key", where_it("env", key));
        } else if name == LOCAL.0 {
            plugin.insert("enabled", where_it("reachable", LOCAL.1));
        }
        if plugins.is_empty() && ALWAYS.contains(&name) {
            comment(&mut plugin, RUNS_AT_ONCE);
        }
        plugins.insert(name, Item::Table(plugin));
    }
    filled(plugins)
}

fn where_it(key: &str, value: &str) -> Item {
    let mut table = InlineTable::new();
    table.insert(key, value.into());
    Item::Value(Value::InlineTable(table))
}

/// What the plugins of models may call.
fn grants(draft: &Draft<'_>) -> Option<Table> {
    let hosts = HOSTED.iter().chain([&LOCAL]).map(|(name, _, host)| (*name, *host));
    let mut grants = Table::new();
    for (name, host) in hosts.filter(|(name, _)| draft.plugins.iter().any(|plugin| plugin == name)) {
        let hosts: Array = [host].into_iter().collect();
        let mut grant = Table::new();
        grant.insert("network", Item::Value(Value::Array(hosts)));
        grants.insert(name, Item::Table(grant));
    }
    filled(grants)
}

/// Puts a comment before a table's header, or before its first table where it has no header of its own.
fn comment(table: &mut Table, comment: &str) {
    let has_header = table.is_empty() || table.iter().any(|(_, item)| item.is_value());
    if has_header {
        table.decor_mut().set_prefix(format!("\n{comment}\n"));
        return;
    }
    let mut first = table.iter_mut().map(|(_, item)| item);
    if let Some(Item::Table(first)) = first.next() {
        self::comment(first, comment);
    }
}

/// Spells and lays out every value of a table and the tables in it; tables of tables need no header.
fn format_table(table: &mut Table) {
    table.set_implicit(!table.is_empty());
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => format_table(inner),
            Item::Value(value) => format_value(value, 0, false),
            Item::None | Item::ArrayOfTables(_) => {}
        }
    }
}

/// Spells a value; `depth` counts the lists around it, `open` spreads a list and the lists in it over lines.
fn format_value(value: &mut Value, depth: usize, open: bool) {
    match value {
        Value::String(text) => *value = text::block(text.value()),
        Value::Array(list) => format_list(list, depth, open),
        Value::InlineTable(table) => format_inline(table),
        Value::Float(number) => *value = text::float(*number.value()),
        Value::Integer(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn format_list(list: &mut Array, depth: usize, open: bool) {
    for item in list.iter_mut() {
        format_value(item, depth + 1, open);
        item.decor_mut().clear();
    }
    let line = list.to_string();
    let fits = !line.contains('\n') && line.chars().count() + 2 * depth <= WIDTH;
    if list.is_empty() || (fits && !open) {
        space_items(list);
        return;
    }
    let indent = format!("\n{}", "  ".repeat(depth + 1));
    for item in list.iter_mut() {
        item.decor_mut().set_prefix(&indent);
    }
    list.set_trailing(RawString::from(format!("\n{}", "  ".repeat(depth))));
    list.set_trailing_comma(true);
}

fn space_items(list: &mut Array) {
    for item in list.iter_mut().skip(1) {
        item.decor_mut().set_prefix(" ");
    }
}

/// An inline table is one line, whatever is in it.
fn format_inline(table: &mut InlineTable) {
    for (_, value) in table.iter_mut() {
        one_line(value);
    }
}

fn one_line(value: &mut Value) {
    match value {
        Value::String(text) => *value = text::line(text.value()),
        Value::Array(list) => {
            for item in list.iter_mut() {
                one_line(item);
                item.decor_mut().clear();
            }
            space_items(list);
        }
        Value::InlineTable(table) => format_inline(table),
        Value::Float(number) => *value = text::float(*number.value()),
        Value::Integer(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}
