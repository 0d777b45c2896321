//! Values that a storage could change on the way.

use super::{AGENT, Outcome, ROOM, at, id, message, places::object, run, same};
use crate::{
    memory::{Attachment, Content, Memory, MemoryKind, Mention},
    store::{MemoryQuery, Store, StoredRun},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn full_memory(number: u128) -> Memory {
    Memory {
        id: id(number),
        kind: MemoryKind::Custom("diary".to_owned()),
        agent: AGENT,
        entity: id(8),
        room: ROOM,
        world: Some(id(9)),
        at: at(5),
        sequence: 0,
        content: Content {
            text: "Look".to_owned(),
            thought: Some("They may like it.".to_owned()),
            actions: vec!["REPLY".to_owned(), "GET_WEATHER".to_owned()],
            providers: vec!["TIME".to_owned()],
            source: Some("chat".to_owned()),
            in_reply_to: Some(id(10)),
            attachments: vec![Attachment {
                id: "1".to_owned(),
                url: "https://images.example/a.png".to_owned(),
                title: Some("A".to_owned()),
                description: None,
                text: Some(String::new()),
                media_type: Some("image/png".to_owned()),
            }],
            mention: Mention { mention: true, reply: false, thread: true },
            extra: object(&json!({ "zeta": 1, "alpha": [null, { "b": 1, "a": 2 }] })),
        },
        metadata: json!({ "scope": "private", "n": 0.1 }),
    }
}

pub(super) async fn every_field_comes_back(store: Arc<dyn Store>) -> Outcome {
    let kinds = [
        MemoryKind::Message,
        MemoryKind::Fact,
        MemoryKind::Document,
        MemoryKind::Fragment,
        MemoryKind::ActionResult,
    ];
    let mut wanted = vec![full_memory(1), message(2, "")];
    wanted.extend(kinds.into_iter().zip(3..).map(|(kind, number)| Memory { kind, ..message(number, "k") }));
    store.add_memories(&wanted).await?;
    for (memory, sequence) in wanted.iter_mut().zip(1..) {
        memory.sequence = sequence;
    }
    same("memories", &store.memories(&MemoryQuery::default()).await?, &wanted)
}

pub(super) async fn odd_texts_come_back_or_are_refused(store: Arc<dyn Store>) -> Outcome {
    let long = "ü🦀x".repeat(1_000_000 / 7);
    let odd = [
        "",
        " \t\r\n ",
        "👩‍👩‍👧‍👦 🏳️‍🌈",
        "a\0b\0",
        "\0",
        "\u{feff}bom",
        "\u{202e}rtl\u{fffd}",
        "'\";--%_\\",
        "\u{10ffff}",
        &long,
    ];
    for (text, number) in odd.iter().zip(1..) {
        let memory = Memory {
            metadata: json!({ (*text): *text }),
            kind: MemoryKind::Custom(format!("kind {}", text.chars().take(40).collect::<String>())),
            ..message(number, text)
        };
        let what = format!("text {number}");
        if let Ok(added) = store.add_memories(std::slice::from_ref(&memory)).await {
            let wanted = vec![Memory { sequence: added[0].0, ..memory.clone() }];
            same(&what, &store.memories_by_id(&[id(number)]).await?, &wanted)?;
            let query = MemoryQuery { kind: Some(memory.kind), ..MemoryQuery::default() };
            same(&what, &store.memories(&query).await?, &wanted)?;
        }
        if store.set_cache(text, &json!(text), None).await.is_ok() {
            same(&format!("cached {what}"), &store.cache(text).await?, &Some(json!(text)))?;
        }
    }
    Ok(())
}

pub(super) async fn json_comes_back_byte_for_byte(store: Arc<dyn Store>) -> Outcome {
    let values = [
        json!({ "z": 1, "a": 2, "m": { "z": [], "a": {} }, "": "", "\u{0}": "\u{0}", "é🦀": "\u{7f}\u{2028}" }),
        json!([
            u64::MAX,
            i64::MIN,
            i64::MAX,
            0,
            -0.0,
            1.0,
            0.1,
            0.300_000_000_000_000_04,
            1e308,
            5e-324,
            1e-7,
            123_456_789.123_456_78,
            6.934_698_245_112_694e276,
            8.383_658_838_626_809e-78
        ]),
        json!("text"),
        json!(true),
        json!({}),
        nested(100),
    ];
    for (value, number) in values.iter().zip(1..) {
        let what = format!("value {number}");
        store.add_memories(&[Memory { metadata: value.clone(), ..message(number, "x") }]).await?;
        let back = store.memories_by_id(&[id(number)]).await?;
        same(
            &what,
            &back.iter().map(|memory| memory.metadata.to_string()).collect(),
            &vec![value.to_string()],
        )?;
        store.set_cache("key", value, None).await?;
        same(&what, &store.cache("key").await?.map(|back| back.to_string()), &Some(value.to_string()))?;
        let record = run(1, number, "running");
        store.put_run(&StoredRun { record: value.clone(), ..record }, &[]).await?;
        let back: Vec<String> = store.runs(None, 1).await?.iter().map(|run| run.record.to_string()).collect();
        same(&what, &back, &vec![value.to_string()])?;
    }

    // What a program puts into `extra` must not be taken for the fields of the same name, or the room could never be read again.
    let extra = object(&json!({ "text": 7, "thought": [], "in-reply-to": "nobody", "mention": null }));
    let content = Content { extra, ..Content::text("real") };
    let memory = Memory { content, ..message(50, "") };
    if let Ok(added) = store.add_memories(std::slice::from_ref(&memory)).await {
        let wanted = vec![Memory { sequence: added[0].0, ..memory }];
        same("extra content", &store.memories_by_id(&[id(50)]).await?, &wanted)?;
    }
    Ok(())
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

pub(super) async fn edges_of_numbers_and_times_are_harmless(store: Arc<dyn Store>) -> Outcome {
    let times = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
    for ((time, number), sequence) in times.into_iter().zip(1..).zip([i64::MIN, -1, i64::MAX]) {
        let memory = Memory { at: time, sequence, ..message(number, "x") };
        let added = store.add_memories(std::slice::from_ref(&memory)).await?;
        same("the given number does not count", &added, &vec![(number as i64, true)])?;
        let back = store.memories_by_id(&[memory.id]).await?;
        same("time", &back.iter().map(|memory| memory.at).collect(), &vec![time])?;
        store.put_run(&StoredRun { at: time, ..run(number, number, "running") }, &[]).await?;
    }
    let runs: Vec<Timestamp> = store.runs(None, usize::MAX).await?.iter().map(|run| run.at).collect();
    same("times of runs", &runs, &times.into_iter().rev().collect())?;
    for (before, wanted) in [(i64::MIN, 0), (-1, 0), (0, 0), (2, 1), (i64::MAX, 3)] {
        for room in [None, Some(ROOM)] {
            let query =
                MemoryQuery { before: Some(before), room, limit: usize::MAX, ..MemoryQuery::default() };
            same(&format!("{query:?}"), &store.memories(&query).await?.len(), &wanted)?;
        }
    }
    Ok(())
}
