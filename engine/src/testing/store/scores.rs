//! What evaluators gave.

use super::{OTHER_ROOM, Outcome, ROOM, at, id, same};
use crate::store::{Score, ScoreQuery, Store};
use serde_json::{Value, json};
use std::sync::Arc;

/// A score of POLITE, given so many seconds after the others.
pub(super) fn score(number: u128, seconds: i64) -> Score {
    Score {
        id: id(number),
        evaluator: "POLITE".to_owned(),
        run: id(number + 1000),
        room: ROOM,
        at: at(seconds),
        score: 0.1,
        passed: true,
        metadata: json!({ "b": [1.5, null], "a": "\u{0}é" }),
    }
}

fn numbers(scores: &[Score]) -> Vec<u128> {
    scores.iter().map(|score| score.id.as_u128()).collect()
}

pub(super) async fn scores_are_found_by_what_they_are(store: Arc<dyn Store>) -> Outcome {
    let elsewhere =
        Score { room: OTHER_ROOM, passed: false, score: 1.0, metadata: Value::Null, ..score(3, 20) };
    let other = Score { evaluator: "BRIEF".to_owned(), score: 0.0, ..score(4, 5) };
    let written = [score(1, 10), score(2, 30), elsewhere.clone(), other.clone(), score(5, 10), score(6, -5)];
    store.add_scores(&written).await?;
    let all = ScoreQuery::default();
    let polite = || Some("POLITE".to_owned());
    let table = [
        ("all", all.clone(), vec![6, 4, 1, 5, 3, 2]),
        ("the newest", ScoreQuery { limit: 3, ..all.clone() }, vec![5, 3, 2]),
        ("none", ScoreQuery { limit: 0, ..all.clone() }, vec![]),
        ("no limit", ScoreQuery { limit: usize::MAX, ..all.clone() }, vec![6, 4, 1, 5, 3, 2]),
        ("an evaluator", ScoreQuery { evaluator: polite(), ..all.clone() }, vec![6, 1, 5, 3, 2]),
        ("by its exact name", ScoreQuery { evaluator: Some("polite".to_owned()), ..all.clone() }, vec![]),
        ("a room", ScoreQuery { room: Some(OTHER_ROOM), ..all.clone() }, vec![3]),
        ("since then", ScoreQuery { since: Some(at(10)), ..all.clone() }, vec![1, 5, 3, 2]),
        ("before then", ScoreQuery { until: Some(at(10)), ..all.clone() }, vec![6, 4]),
        (
            "all at once",
            ScoreQuery {
                evaluator: polite(),
                room: Some(ROOM),
                since: Some(at(10)),
                until: Some(at(30)),
                limit: 1,
            },
            vec![5],
        ),
    ];
    for (what, query, wanted) in table {
        same(what, &numbers(&store.scores(&query).await?), &wanted)?;
    }
    let read = store.scores(&ScoreQuery { since: Some(at(20)), ..all.clone() }).await?;
    same("every field", &read, &vec![elsewhere, score(2, 30)])?;
    same("zero", &store.scores(&ScoreQuery { until: Some(at(6)), ..all }).await?[1], &other)
}

pub(super) async fn scores_are_added_once_and_all_or_none(store: Arc<dyn Store>) -> Outcome {
    store.add_scores(&[]).await?;
    store.add_scores(&[score(1, 1), Score { score: 1.0, ..score(1, 2) }]).await?;
    store.add_scores(&[Score { passed: false, ..score(1, 3) }, score(2, 4)]).await?;
    let all = ScoreQuery::default();
    same("the first stays", &store.scores(&all).await?, &vec![score(1, 1), score(2, 4)])?;
    let many: Vec<Score> = (10..1_210).map(|number| score(number, 10)).collect();
    store.add_scores(&many).await?;
    let newest = store.scores(&ScoreQuery { limit: 1_200, ..all.clone() }).await?;
    same("many in the order of adding", &newest, &many)?;
    same("a thousand, if not said otherwise", &store.scores(&all).await?.len(), &1_000)
}
