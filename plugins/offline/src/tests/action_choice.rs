//! Which tools a text calls and with which arguments; what it must not call.

use super::toolbox::toolbox;
use crate::choice::{Choice, choose};
use galatea::model::{Line, ModelRequest, Purpose, Speaker};
use serde_json::{Value, json};

fn chosen(lines: &[(Speaker, &str)]) -> Choice {
    let mut request = ModelRequest::new(Purpose::Decide, "");
    request.tools = toolbox();
    request.lines = lines
        .iter()
        .map(|(speaker, text)| {
            Line::new(*speaker, if *speaker == Speaker::User { "Sam" } else { "Ada" }, *text)
        })
        .collect();
    choose(&request, "Ada")
}

fn calls(choice: &Choice) -> Value {
    choice.calls.iter().map(|(name, arguments)| json!([name, arguments])).collect()
}

#[test]
fn texts_call_tools_with_their_arguments() {
    let weather = |place: &str| json!([["GET_WEATHER", {"place": place}]]);
    let message = |target: &str, text: &str| json!([["SEND_MESSAGE", {"target": target, "text": text}]]);
    let role = |entity: &str, role: &str| json!([["UPDATE_ROLE", {"entity": entity, "role": role}]]);
    let issue = |title: &str| json!([["CREATE_ISSUE", {"title": title}]]);
    let option = |option: &str| json!([["CHOOSE_OPTION", {"option": option}]]);
    let setting = |key: &str, value: &str| json!([["UPDATE_SETTINGS", {"key": key, "value": value}]]);
    let search = |query: &str| json!([["SEARCH_WEB", {"query": query}]]);
    let bare = |name: &str| json!([[name, {}]]);
    let rows = [
        ("What's the weather in Paris?", weather("Paris")),
        ("what is the weather in new york right now", weather("new york")),
        ("Hey Ada, could you tell me the weather in Rio de Janeiro please?", weather("Rio de Janeiro")),
        ("Is it raining in Oslo?", weather("Oslo")),
        ("weather london", weather("london")),
        ("Paris weather please", weather("Paris")),
        ("In Madrid, what's the weather like?", weather("Madrid")),
        ("What will the weather be in Paris, France tomorrow?", weather("Paris, France")),
        ("Give me the forecast for Berlin", weather("Berlin")),
        ("How's the weather in San Francisco today?", weather("San Francisco")),
        ("I need the weather for tomorrow in Lyon", weather("Lyon")),
        ("mute this room", bare("MUTE_ROOM")),
        ("Ada, please mute this channel.", bare("MUTE_ROOM")),
        ("can you mute it here, this room is too loud", bare("MUTE_ROOM")),
        ("Could you unmute this room?", bare("UNMUTE_ROOM")),
        ("follow this room", bare("FOLLOW_ROOM")),
        ("stop following this room", bare("UNFOLLOW_ROOM")),
        ("I want you to follow this chat", bare("FOLLOW_ROOM")),
        ("Why don't you mute this room?", bare("MUTE_ROOM")),
        ("make Bob an admin", role("Bob", "ADMIN")),
        ("Make Carla an owner please", role("Carla", "OWNER")),
        ("change the role of bob to admin", role("bob", "ADMIN")),
        ("Set Dora's role to none", role("Dora", "NONE")),
        ("Tell Bob that I'm late!", message("Bob", "I'm late!")),
        ("send a message to Bob saying hi, how are you?", message("Bob", "hi, how are you?")),
        ("Send Bob a message: the build is green.", message("Bob", "the build is green")),
        ("please message user carl that lunch is ready", message("carl", "lunch is ready")),
        ("Don't forget to send a message to Eve saying \"see you\"", message("Eve", "see you")),
        ("create an issue titled Login page is broken", issue("Login page is broken")),
        ("Open an issue: the login page is broken", issue("the login page is broken")),
        ("Please file a bug called \"Crash on start\"", issue("Crash on start")),
        ("create an issue for the broken login", issue("the broken login")),
        ("choose option 2", option("2")),
        ("I pick option B please", option("B")),
        ("select the option approve", option("approve")),
        ("Set the timezone to UTC", setting("timezone", "UTC")),
        ("change the setting language to French", setting("language", "French")),
        ("update settings: theme = dark", setting("theme", "dark")),
        ("Search the web for rust search tips", search("rust search tips")),
        ("can you google \"best bread recipe\"?", search("best bread recipe")),
        (
            "Book a table for three tomorrow at 7pm",
            json!([["BOOK_TABLE", {"guests": 3, "date": "tomorrow at 7pm"}]]),
        ),
        (
            "reserve a table on Friday for 12 people, outside",
            json!([["BOOK_TABLE", {"guests": 12, "date": "Friday", "outside": true}]]),
        ),
        (
            "mute this room and tell me the weather in Paris",
            json!([["MUTE_ROOM", {}], ["GET_WEATHER", {"place": "Paris"}]]),
        ),
        (
            "What's the weather in Rome? Then create an issue titled Fix roof, and mute the room.",
            json!([["GET_WEATHER", {"place": "Rome"}], ["CREATE_ISSUE", {"title": "Fix roof"}], ["MUTE_ROOM", {}]]),
        ),
        (
            "Tell me the weather in Paris and the weather in London",
            json!([["GET_WEATHER", {"place": "Paris"}], ["GET_WEATHER", {"place": "London"}]]),
        ),
        ("Don't mute this room but tell me the weather in Bonn", weather("Bonn")),
        ("Hi Ada! What is the weather in Vienna?", weather("Vienna")),
        ("I'd like to know the weather in Cape Town", weather("Cape Town")),
        ("weather in tokyo?", weather("tokyo")),
        ("Will it be raining in Seattle tomorrow?", weather("Seattle")),
        ("please mute", bare("MUTE_ROOM")),
        ("silence this room", bare("MUTE_ROOM")),
        ("leave this room", bare("UNFOLLOW_ROOM")),
        ("Tell Dan to call me back", message("Dan", "call me back")),
        ("Send a message to the team saying we ship on Monday", message("team", "we ship on Monday")),
        ("message user Bob: are you coming?", message("Bob", "are you coming?")),
        ("Could you create an issue about slow search?", issue("slow search?")),
        ("Set a timer for ten minutes", json!([["SET_TIMER", {"minutes": 10}]])),
        ("start a timer for 3 minutes, please", json!([["SET_TIMER", {"minutes": 3}]])),
        ("promote Eve: set the role of Eve to owner", role("Eve", "OWNER")),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|(text, wanted)| (text, wanted, chosen(&[(Speaker::User, text)])))
        .filter(|(_, wanted, choice)| calls(choice) != **wanted)
        .map(|(text, wanted, choice)| {
            format!("{text}\n  wanted {wanted}\n  got    {} {:?}", calls(&choice), choice.questions)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn texts_that_call_nothing() {
    let rows = [
        "hello",
        "Hi Ada, how are you?",
        "Good morning everyone!",
        "thanks a lot",
        "What is a mute?",
        "what does mute mean?",
        "How do I mute a room?",
        "Can you explain what following a room does?",
        "don't mute this room",
        "Please do not send a message to Bob",
        "never follow this room",
        "I like this room",
        "Bob muted the room yesterday",
        "Who muted this room?",
        "Did you send my message?",
        "I got your message",
        "The weather is lovely today",
        "nice weather today",
        "What a lovely room",
        "This issue is bothering me",
        "I have a lot of options in life",
        "my role at work is boring",
        "I am an admin at a bank",
        "Tell me a joke",
        "tell me about yourself",
        "Send help",
        "My sister is called Emma",
        "I changed my settings last week",
        "What can you do?",
        "Are you following me?",
        "What time is it?",
        "I feel silent today",
        "If I mute the room, will you be sad?",
        "He said \"mute this room\" to me",
        "I set the table for dinner",
        "You are a table",
        "Make me happy",
        "I hate waiting for messages",
        "She told me that the weather was bad",
        "the room was muted by somebody",
        "My settings are fine, thanks",
        "What does the weather have to do with it?",
        "Is this room muted?",
        "Why did you mute the room?",
        "I don't need the weather",
        "no weather please",
        "you should not follow this room",
        "I wrote a song about the weather",
        "Choose your words carefully",
        "time flies like a timer",
        "Let's talk about issues at school",
        "",
        "???",
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|text| (text, chosen(&[(Speaker::User, text)])))
        .filter(|(_, choice)| !choice.calls.is_empty() || !choice.questions.is_empty())
        .map(|(text, choice)| format!("{text}\n  got {choice:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_missing_is_asked_for_and_the_answer_taken() {
    use Speaker::{Assistant, User};
    let ask = chosen(&[(User, "What's the weather?")]);
    assert_eq!(ask.questions, ["Which place? (The place to look up)"]);
    assert_eq!(ask.calls, []);
    let rows: [(&[(Speaker, &str)], Value); 5] = [
        (
            &[
                (User, "What's the weather?"),
                (Assistant, "Which place? (The place to look up)"),
                (User, "in Paris."),
            ],
            json!([["GET_WEATHER", {"place": "Paris"}]]),
        ),
        (
            &[
                (User, "What's the weather?"),
                (Assistant, "Which place? (The place to look up)"),
                (User, "never mind"),
            ],
            json!([]),
        ),
        (
            &[
                (User, "What's the weather?"),
                (Assistant, "Which place? (The place to look up)"),
                (User, "mute this room"),
            ],
            json!([["MUTE_ROOM", {}]]),
        ),
        (
            &[
                (User, "Send a message"),
                (Assistant, "Who is the target? (Who receives it)"),
                (User, "Bob"),
                (Assistant, "What should the text be? (What it says)"),
                (User, "The cake is ready"),
            ],
            json!([["SEND_MESSAGE", {"target": "Bob", "text": "The cake is ready"}]]),
        ),
        (
            &[
                (User, "Change a role"),
                (Assistant, "Who is the entity? (Who gets the role)"),
                (User, "Bob"),
                (Assistant, "Which role: OWNER, ADMIN or NONE?"),
                (User, "owner"),
            ],
            json!([["UPDATE_ROLE", {"entity": "Bob", "role": "OWNER"}]]),
        ),
    ];
    for (lines, wanted) in rows {
        let choice = chosen(lines);
        assert_eq!(calls(&choice), wanted, "{lines:?} {:?}", choice.questions);
    }
}
