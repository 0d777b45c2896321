//! The names of actions, from those of servers and tools.

use galatea::text::id::stable_id;
use std::collections::BTreeSet;

/// The longest name of an action.
const LONGEST: usize = 64;

/// The name of the action that a tool becomes: capitals, digits and `_`. Different tools of a server have different names.
pub(super) fn action_name(prefix: &str, tool: &str, taken: &BTreeSet<String>) -> String {
    let mut name = words(prefix);
    let own = words(tool);
    if !name.is_empty() && !own.is_empty() {
        name.push('_');
    }
    name.push_str(&own);
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        name.insert_str(0, "TOOL_");
    }
    if name.len() > LONGEST {
        let mark = stable_id(&format!("{prefix}:{tool}")).simple().to_string();
        name.truncate(LONGEST - 9);
        name = format!("{name}_{}", mark[..8].to_ascii_uppercase());
    }
    if !taken.contains(&name) {
        return name;
    }
    name.truncate(LONGEST - 4);
    let free = (2..1000).map(|number| format!("{name}_{number}")).find(|name| !taken.contains(name));
    free.unwrap_or(name)
}

/// `getTinyImage`, `get-tiny-image` and `get tiny image` are `GET_TINY_IMAGE`.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut before_lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            if !words.is_empty() && !words.ends_with('_') {
                words.push('_');
            }
        } else {
            if c.is_ascii_uppercase() && before_lower {
                words.push('_');
            }
            words.push(c.to_ascii_uppercase());
        }
        before_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    words.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_become_actions_that_models_can_call() {
        let taken = BTreeSet::from(["FILES_READ".to_owned()]);
        for (prefix, tool, name) in [
            ("everything", "getTinyImage", "EVERYTHING_GET_TINY_IMAGE"),
            ("everything", "get-tiny-image", "EVERYTHING_GET_TINY_IMAGE"),
            ("", "echo", "ECHO"),
            ("my server", "a.b/c", "MY_SERVER_A_B_C"),
            ("", "3d", "TOOL_3D"),
            ("files", "read", "FILES_READ_2"),
            ("größe", "x", "GR_E_X"),
        ] {
            assert_eq!(action_name(prefix, tool, &taken), name, "{prefix} {tool}");
        }
        let (one, other) = ("a".repeat(80), format!("{}b", "a".repeat(79)));
        let (one, other) = (action_name("", &one, &taken), action_name("", &other, &taken));
        assert!(one.len() == 64 && other.len() == 64 && one != other, "{one} {other}");
    }
}
