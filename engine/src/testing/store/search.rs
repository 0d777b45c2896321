//! Finding memories by words and by vectors.

use super::{AGENT, OTHER_ROOM, Outcome, ROOM, USER, at, id, message, same, sorted};
use crate::{
    memory::{Memory, MemoryKind},
    store::{Lacking, NewVector, Scored, SearchFilter, Space, SpaceStatus, Store, text_hash},
};
use serde_json::json;
use std::sync::Arc;

fn numbers(found: &[Scored]) -> Vec<u128> {
    found.iter().map(|one| one.id.as_u128()).collect()
}

fn waiting(lacking: &[Lacking]) -> Vec<u128> {
    lacking.iter().map(|one| one.id.as_u128()).collect()
}

fn all() -> SearchFilter {
    SearchFilter::default()
}

fn space(model: &str, dimension: usize) -> Space {
    Space { model: model.to_owned(), dimension }
}

fn vector(memory: u128, text: &str, numbers: &[f32]) -> NewVector {
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    let vector = Some(numbers.iter().map(|number| number / length).collect());
    NewVector { memory: id(memory), hash: text_hash(text), vector }
}

/// Every filter, and which of five memories it takes: `1` is a fact, `4` another room's, `5` another one's and the latest.
fn filters() -> Vec<(SearchFilter, Vec<u128>)> {
    let custom = MemoryKind::Custom("mood: \"odd\" – AND".to_owned());
    vec![
        (all(), vec![1, 2, 3, 4, 5]),
        (SearchFilter { kinds: vec![MemoryKind::Fact], ..all() }, vec![1]),
        (SearchFilter { kinds: vec![custom.clone(), MemoryKind::Fact], ..all() }, vec![1, 3]),
        (SearchFilter { kinds: vec![MemoryKind::Custom("unheard".to_owned())], ..all() }, vec![]),
        (SearchFilter { room: Some(OTHER_ROOM), ..all() }, vec![4]),
        (SearchFilter { room: Some(id(404)), ..all() }, vec![]),
        (SearchFilter { entity: Some(id(7)), ..all() }, vec![5]),
        (SearchFilter { world: Some(id(70)), ..all() }, vec![2]),
        (SearchFilter { since: Some(at(5)), ..all() }, vec![5]),
        (SearchFilter { until: Some(at(5)), ..all() }, vec![1, 2, 3, 4]),
        (SearchFilter { since: Some(at(0)), until: Some(at(0)), ..all() }, vec![]),
        (
            SearchFilter { room: Some(ROOM), entity: Some(USER), kinds: vec![MemoryKind::Message], ..all() },
            vec![2],
        ),
    ]
}

fn five(text: &str) -> Vec<Memory> {
    let custom = MemoryKind::Custom("mood: \"odd\" – AND".to_owned());
    vec![
        Memory { kind: MemoryKind::Fact, ..message(1, text) },
        Memory { world: Some(id(70)), ..message(2, text) },
        Memory { kind: custom, metadata: json!({ "embed": true }), ..message(3, text) },
        Memory { room: OTHER_ROOM, ..message(4, text) },
        Memory { entity: id(7), at: at(5), ..message(5, text) },
    ]
}

pub(super) async fn words_are_found_best_first(store: Arc<dyn Store>) -> Outcome {
    let texts = [
        "The harbour of Oslo is cold in winter",
        "oslo OSLO oslo",
        "A letter from a friend in Lima about the long winter that came over the mountains, and about llamas",
        "It's \"quoted\" AND (odd) NEAR* words:here ^caret",
        "ÄRGER in der Straße",
        "Привет, мир",
        "你好世界",
        "nul\0inside 🦀 crab",
        "the of and",
        "Route 66",
        "nothing to see",
        "more of nothing",
        "and more",
        "and still more",
    ];
    let batch: Vec<Memory> = texts.iter().zip(1..).map(|(text, number)| message(number, text)).collect();
    store.add_memories(&batch).await?;
    let table: [(&str, &[u128]); 20] = [
        ("oslo", &[2, 1]),
        ("Where is Oslo in winter?", &[1, 2, 3]),
        ("WINTER", &[1, 3]),
        ("quoted", &[4]),
        ("\"quoted", &[4]),
        ("odd) OR (", &[4]),
        ("words:here", &[4]),
        ("* NEAR/2", &[4]),
        ("place:a AND -caret", &[4]),
        ("ärger", &[5]),
        ("straße", &[5]),
        ("ПРИВЕТ", &[6]),
        ("世界", &[7]),
        ("inside\0", &[8]),
        ("66", &[10]),
        ("win", &[]),
        ("the", &[]),
        ("🦀", &[]),
        ("", &[]),
        ("';--", &[]),
    ];
    for (text, wanted) in table {
        let found = store.search_words(text, &all(), 10).await?;
        same(&format!("the words of {text:?}"), &numbers(&found), &wanted.to_vec())?;
        same("scores above 0", &found.iter().all(|one| one.score > 0.0), &true)?;
        same("scores in order", &found.is_sorted_by(|a, b| a.score >= b.score), &true)?;
    }
    same("one", &numbers(&store.search_words("oslo", &all(), 1).await?), &vec![2])?;
    same("none", &numbers(&store.search_words("oslo", &all(), 0).await?), &vec![])?;
    let long: String = (0..500).map(|number| format!("word{number} ")).collect();
    same("a long text", &numbers(&store.search_words(&long, &all(), 5).await?), &vec![])
}

pub(super) async fn words_are_found_within_every_filter(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&five("cold harbour")).await?;
    for (filter, wanted) in filters() {
        let found = sorted(numbers(&store.search_words("harbour", &filter, 10).await?));
        same(&format!("{filter:?}"), &found, &wanted)?;
    }
    Ok(())
}

pub(super) async fn vectors_are_found_nearest_first(store: Arc<dyn Store>) -> Outcome {
    store.add_memories(&five("text")).await?;
    let (a, b) = (space("a", 3), space("b", 2));
    same("no space", &numbers(&store.search_vectors(&a, &[1.0, 0.0, 0.0], &all(), 9).await?), &vec![])?;
    let in_a = [
        vector(1, "1", &[1.0, 0.0, 0.0]),
        vector(2, "2", &[1.0, 0.2, 0.0]),
        vector(3, "3", &[1.0, 0.5, 0.0]),
        vector(4, "4", &[0.0, 1.0, 0.0]),
        vector(5, "5", &[-1.0, 0.0, 0.0]),
    ];
    store.put_vectors(&a, &in_a).await?;
    store.put_vectors(&b, &[vector(4, "4", &[1.0, 0.0]), vector(404, "4", &[1.0, 0.0])]).await?;
    let near = store.search_vectors(&a, &[1.0, 0.0, 0.0], &all(), 9).await?;
    same("the nearest", &numbers(&near), &vec![1, 2, 3, 4, 5])?;
    let scores: Vec<i64> = near.iter().map(|one| (one.score * 1000.0).round() as i64).collect();
    same("cosines", &scores, &vec![1000, 981, 894, 0, -1000])?;
    same(
        "the nearest two",
        &numbers(&store.search_vectors(&a, &[0.0, 1.0, 0.0], &all(), 2).await?),
        &vec![4, 3],
    )?;
    same("in the other space", &numbers(&store.search_vectors(&b, &[0.0, 1.0], &all(), 9).await?), &vec![4])?;
    same("of another dimension", &numbers(&store.search_vectors(&a, &[1.0], &all(), 9).await?), &vec![])?;
    for (filter, wanted) in filters() {
        let found = sorted(numbers(&store.search_vectors(&a, &[1.0, 0.0, 0.0], &filter, 10).await?));
        same(&format!("{filter:?}"), &found, &wanted)?;
    }

    store.put_vectors(&a, &[vector(1, "1", &[0.0, 0.0, 1.0])]).await?;
    same(
        "a vector stays",
        &store.vectors(&a, &[id(1), id(1), id(404)]).await?,
        &vec![(id(1), vec![1.0, 0.0, 0.0])],
    )?;
    let same_text = store.vectors_of_texts(&a, &[text_hash("1"), text_hash("9")]).await?;
    same("by text", &same_text, &vec![(text_hash("1"), vec![1.0, 0.0, 0.0])])?;

    let misfits = [
        vector(2, "2", &[1.0, 0.0]),
        NewVector { vector: Some(vec![f32::NAN, 0.0, 0.0]), ..vector(2, "2", &[1.0]) },
    ];
    for misfit in misfits {
        let batch = [vector(5, "5", &[1.0, 0.0, 0.0]), misfit];
        same("a misfit is refused", &store.put_vectors(&space("c", 3), &batch).await.is_err(), &true)?;
    }
    same("and nothing written", &store.spaces().await?.len(), &2)
}

pub(super) async fn what_lacks_a_vector_is_found(store: Arc<dyn Store>) -> Outcome {
    let kind = |number, kind| Memory { kind, ..message(number, "text") };
    let custom =
        |number, metadata| Memory { metadata, ..kind(number, MemoryKind::Custom("note".to_owned())) };
    store
        .add_memories(&[
            message(1, "a"),
            kind(2, MemoryKind::Fact),
            kind(3, MemoryKind::Fragment),
            kind(4, MemoryKind::Document),
            kind(5, MemoryKind::ActionResult),
            custom(6, json!(null)),
            custom(7, json!({ "embed": true })),
            custom(8, json!({ "embed": "true" })),
            custom(9, json!([1])),
            message(10, " \u{3000}\n"),
            Memory { entity: AGENT, ..message(11, "nul\0inside") },
        ])
        .await?;
    let here = space("a", 2);
    let lacking = store.lacking(&here, None, 100).await?;
    same("all that want one, the newest first", &waiting(&lacking), &vec![11, 7, 3, 2, 1])?;
    same("the text", &lacking[0].text.as_str(), &"nul\0inside")?;
    same("a few", &waiting(&store.lacking(&here, None, 2).await?), &vec![11, 7])?;
    let before = Some(lacking[1].ordinal);
    same("the older ones", &waiting(&store.lacking(&here, before, 100).await?), &vec![3, 2, 1])?;

    let refused = NewVector { vector: None, ..vector(2, "text", &[1.0]) };
    store.put_vectors(&here, &[refused, vector(11, "x", &[1.0, 0.0])]).await?;
    same("what is left", &waiting(&store.lacking(&here, None, 100).await?), &vec![7, 3, 1])?;
    let status = SpaceStatus { space: here.clone(), vectors: 1, lacking: 3 };
    same("how far it is", &store.spaces().await?, &vec![status])?;
    same(
        "refused ones are not found",
        &numbers(&store.search_vectors(&here, &[1.0, 0.0], &all(), 9).await?),
        &vec![11],
    )?;

    let rest = [vector(7, "x", &[1.0, 0.0]), vector(3, "x", &[1.0, 0.0]), vector(1, "x", &[1.0, 0.0])];
    store.put_vectors(&here, &rest).await?;
    same("nothing is left", &waiting(&store.lacking(&here, None, 100).await?), &vec![])?;
    store.add_memories(&[message(12, "new")]).await?;
    same("but what is new", &waiting(&store.lacking(&here, None, 100).await?), &vec![12])?;
    same("another space lacks all", &store.lacking(&space("a", 3), None, 100).await?.len(), &6)
}

pub(super) async fn what_is_deleted_is_not_found(store: Arc<dyn Store>) -> Outcome {
    let here = space("a", 2);
    store
        .add_memories(&[message(1, "harbour one"), message(2, "harbour two"), message(3, "harbour three")])
        .await?;
    store.put_vectors(&here, &[1, 2, 3].map(|number| vector(number, "x", &[1.0, 0.0]))).await?;
    same("before", &store.search_vectors(&here, &[1.0, 0.0], &all(), 9).await?.len(), &3)?;
    same("nothing lacks", &store.lacking(&here, None, 9).await?.len(), &0)?;
    // The last one too: what comes next may stand in its place.
    store.delete_memories(&[id(2), id(3)]).await?;
    same("words", &numbers(&store.search_words("harbour", &all(), 9).await?), &vec![1])?;
    same("vectors", &numbers(&store.search_vectors(&here, &[1.0, 0.0], &all(), 9).await?), &vec![1])?;
    same("by text", &store.vectors_of_texts(&here, &[text_hash("x")]).await?.len(), &1)?;
    store.add_memories(&[message(4, "four"), message(5, "harbour five")]).await?;
    same("the next", &waiting(&store.lacking(&here, None, 9).await?), &vec![5, 4])?;
    same(
        "found by what they say",
        &sorted(numbers(&store.search_words("harbour", &all(), 9).await?)),
        &vec![1, 5],
    )?;
    store.put_vectors(&here, &[vector(5, "y", &[0.0, 1.0])]).await?;
    same(
        "vectors of the next",
        &numbers(&store.search_vectors(&here, &[0.0, 1.0], &all(), 9).await?),
        &vec![5, 1],
    )?;

    store.put_vectors(&space("b", 2), &[vector(1, "x", &[1.0, 0.0])]).await?;
    store.delete_space(&here).await?;
    store.delete_space(&here).await?;
    same("of a deleted space", &store.search_vectors(&here, &[1.0, 0.0], &all(), 9).await?.len(), &0)?;
    let left = store.spaces().await?;
    same("the other is there", &left, &vec![SpaceStatus { space: space("b", 2), vectors: 1, lacking: 2 }])?;
    store.put_vectors(&here, &[vector(4, "z", &[1.0, 0.0])]).await?;
    same("made anew", &numbers(&store.search_vectors(&here, &[1.0, 0.0], &all(), 9).await?), &vec![4])
}

/// As many as take more than one piece of an index, written while it is asked.
pub(super) async fn the_nearest_of_many_are_found(store: Arc<dyn Store>) -> Outcome {
    const MANY: u128 = 6_000;
    const DIMENSION: usize = 48;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let middles: Vec<Vec<f32>> = (0..60).map(|_| random.vector(DIMENSION)).collect();
    let mut near = |number: u128| -> Vec<f32> {
        let middle = &middles[number as usize % middles.len()];
        middle.iter().map(|center| center + 0.5 * random.number()).collect()
    };
    let here = space("many", DIMENSION);
    let mut known: Vec<(u128, Vec<f32>)> = Vec::new();
    for part in 0..4 {
        let range = part * MANY / 4 + 1..=(part + 1) * MANY / 4;
        let memories: Vec<Memory> = range.clone().map(|number| message(number, "x")).collect();
        store.add_memories(&memories).await?;
        let vectors: Vec<NewVector> = range.map(|number| vector(number, "x", &near(number))).collect();
        store.put_vectors(&here, &vectors).await?;
        known.extend(vectors.into_iter().map(|new| (new.memory.as_u128(), new.vector.unwrap_or_default())));
        if part == 2 {
            let gone: Vec<_> = (1..=MANY).step_by(7).map(id).collect();
            store.delete_memories(&gone).await?;
            known.retain(|(number, _)| number % 7 != 1);
        }
        let mut hits = 0;
        for number in 0..20 {
            let query = vector(0, "", &near(number * 3)).vector.unwrap_or_default();
            let mut exact: Vec<(f32, u128)> = known
                .iter()
                .map(|(number, known)| (known.iter().zip(&query).map(|(a, b)| a * b).sum(), *number))
                .collect();
            exact.sort_by(|a, b| b.0.total_cmp(&a.0));
            let found = numbers(&store.search_vectors(&here, &query, &all(), 10).await?);
            same("how many", &found.len(), &10)?;
            hits += exact[..10].iter().filter(|(_, number)| found.contains(number)).count();
        }
        same(&format!("{hits} of 200 are at least 196"), &(hits >= 196), &true)?;
    }
    Ok(())
}

/// Numbers that look like drawn by lot, the same at every run.
struct Random(u64);

impl Random {
    fn number(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn vector(&mut self, dimension: usize) -> Vec<f32> {
        (0..dimension).map(|_| self.number()).collect()
    }
}
