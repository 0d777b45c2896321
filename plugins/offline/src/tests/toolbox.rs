//! A set of tools as real plugins have them.

use galatea::model::Tool;
use serde_json::{Value, json};

fn tool(
    name: &str,
    description: &str,
    similes: &[&str],
    examples: &[&str],
    properties: Value,
    required: &[&str],
) -> Tool {
    Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({"type": "object", "properties": properties, "required": required}),
        similes: similes.iter().map(|simile| (*simile).to_owned()).collect(),
        examples: examples.iter().map(|user| ((*user).to_owned(), String::new())).collect(),
    }
}

/// Everything the tables speak of, with the tools that only say that the agent speaks or is silent.
pub(super) fn toolbox() -> Vec<Tool> {
    vec![
        tool(
            "REPLY",
            "Replies to the current conversation.",
            &["GREET", "RESPOND", "ANSWER"],
            &["Hello there"],
            json!({}),
            &[],
        ),
        tool("IGNORE", "Ignores the user.", &["STOP_TALKING", "STOP_CHATTING"], &[], json!({}), &[]),
        tool("NONE", "Does nothing but respond.", &["NO_ACTION"], &[], json!({}), &[]),
        tool(
            "GET_WEATHER",
            "Current weather for a place.",
            &["FORECAST", "CHECK_WEATHER"],
            &["What's the weather in London?", "Is it raining in Tokyo?"],
            json!({"place": {"type": "string", "description": "The place to look up."}}),
            &["place"],
        ),
        tool(
            "MUTE_ROOM",
            "Mutes a room: the agent ignores its messages unless mentioned.",
            &["MUTE_CHAT", "SILENCE_ROOM"],
            &["Please mute this channel"],
            json!({}),
            &[],
        ),
        tool(
            "UNMUTE_ROOM",
            "Unmutes a room: the agent considers its messages again.",
            &["UNMUTE_CHAT"],
            &[],
            json!({}),
            &[],
        ),
        tool(
            "FOLLOW_ROOM",
            "Follows this room: the agent takes part without being mentioned.",
            &["FOLLOW_CHAT", "JOIN_ROOM"],
            &["Hey, follow this channel please"],
            json!({}),
            &[],
        ),
        tool(
            "UNFOLLOW_ROOM",
            "Stops following this room.",
            &["UNFOLLOW_CHAT", "LEAVE_ROOM"],
            &[],
            json!({}),
            &[],
        ),
        tool(
            "UPDATE_ROLE",
            "Assigns a role to a member of this world.",
            &["CHANGE_ROLE", "SET_ROLE", "MAKE_ADMIN"],
            &["Make Alice an admin"],
            json!({
                "entity": {"type": "string", "description": "Who gets the role."},
                "role": {"type": "string", "enum": ["OWNER", "ADMIN", "NONE"], "description": "The new role."}
            }),
            &["entity", "role"],
        ),
        tool(
            "SEND_MESSAGE",
            "Sends a message to a user or a room.",
            &["DM", "MESSAGE_USER", "TELL"],
            &["Tell Ann that dinner is ready", "Send a message to Tom saying I am on my way"],
            json!({"target": {"type": "string", "description": "Who receives it."}, "text": {"type": "string", "description": "What it says."}}),
            &["target", "text"],
        ),
        tool(
            "CREATE_ISSUE",
            "Opens an issue in the tracker.",
            &["OPEN_ISSUE", "FILE_BUG", "REPORT_BUG"],
            &[],
            json!({"title": {"type": "string", "description": "The title of the issue."}}),
            &["title"],
        ),
        tool(
            "CHOOSE_OPTION",
            "Chooses an option of a task that waits for a choice.",
            &["SELECT_OPTION", "PICK_OPTION"],
            &["I pick the first one"],
            json!({"option": {"type": "string", "description": "The option that was chosen."}}),
            &["option"],
        ),
        tool(
            "UPDATE_SETTINGS",
            "Saves a setting of this world.",
            &["CONFIGURE", "CHANGE_SETTING"],
            &["Set the timezone to UTC"],
            json!({"key": {"type": "string", "description": "Which setting."}, "value": {"type": "string", "description": "What it becomes."}}),
            &["key", "value"],
        ),
        tool(
            "BOOK_TABLE",
            "Books a table in a restaurant.",
            &["RESERVE_TABLE"],
            &["Book a table for two at Luigi's tomorrow"],
            json!({
                "guests": {"type": "integer", "description": "How many people."},
                "date": {"type": "string", "format": "date-time", "description": "When."},
                "outside": {"type": ["boolean", "null"], "description": "Sit outside."}
            }),
            &["guests", "date"],
        ),
        tool(
            "SEARCH_WEB",
            "Searches the web.",
            &["GOOGLE", "WEB_SEARCH"],
            &[],
            json!({"query": {"type": "string", "description": "What to search for."}}),
            &["query"],
        ),
        tool(
            "SET_TIMER",
            "Starts a timer.",
            &["START_TIMER", "COUNTDOWN"],
            &["Set a timer for 5 minutes"],
            json!({"minutes": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}),
            &["minutes"],
        ),
    ]
}
