//! Components of entities.

use super::{AGENT, Outcome, ROOM, at, id, same};
use crate::store::{ComponentKey, ComponentQuery, ComponentScope, Store, StoredComponent};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn component(entity: u128, name: &str, scope: (Option<u128>, Option<u128>)) -> StoredComponent {
    let scope = ComponentScope { world: scope.0.map(Uuid::from_u128), source: scope.1.map(Uuid::from_u128) };
    StoredComponent {
        key: ComponentKey { entity: id(entity), name: name.to_owned(), scope },
        agent: AGENT,
        room: Some(ROOM),
        at: at(7),
        data: json!({ "z": [1, null, "\u{1F33B}\0"], "a": { "deep": 0.1 } }),
    }
}

const EVERYWHERE: (Option<u128>, Option<u128>) = (None, None);

pub(super) async fn components_are_written_replaced_and_deleted(store: Arc<dyn Store>) -> Outcome {
    let first = component(1, "profile", EVERYWHERE);
    same("none", &store.component(&first.key).await?, &None)?;
    store.put_components(std::slice::from_ref(&first)).await?;
    same("written", &store.component(&first.key).await?, &Some(first.clone()))?;
    let text = store.component(&first.key).await?.map(|found| found.data.to_string());
    same("the order of keys", &text, &Some(first.data.to_string()))?;

    // Replaced in every scope, those without world or source among them.
    for scope in [EVERYWHERE, (Some(5), None), (None, Some(6)), (Some(5), Some(6))] {
        let old = component(1, "profile", scope);
        let new = StoredComponent { room: None, at: at(8), data: Value::Null, ..old.clone() };
        store.put_components(&[old.clone(), new.clone()]).await?;
        same(&format!("replaced {scope:?}"), &store.component(&old.key).await?, &Some(new))?;
    }
    same("one a scope", &store.components(&ComponentQuery::default()).await?.len(), &4)?;

    let unknown = component(2, "profile", EVERYWHERE).key;
    let deleted = store.delete_components(&[first.key.clone(), unknown, first.key.clone()]).await?;
    same("how many were deleted", &deleted, &1)?;
    same("deleted", &store.component(&first.key).await?, &None)?;
    same("the others stay", &store.components(&ComponentQuery::default()).await?.len(), &3)
}

pub(super) async fn components_are_found_by_entity_name_and_scope(store: Arc<dyn Store>) -> Outcome {
    let all = [
        component(1, "mood", EVERYWHERE),
        component(1, "profile", EVERYWHERE),
        component(1, "profile", (None, Some(9))),
        component(1, "profile", (Some(5), None)),
        component(1, "profile", (Some(5), Some(9))),
        component(2, "profile", EVERYWHERE),
        component(2, "profile", (Some(5), None)),
    ];
    let mut shuffled = all.to_vec();
    shuffled.reverse();
    store.put_components(&shuffled).await?;
    let query = |entity: Option<u128>, name: Option<&str>, scope: Option<ComponentScope>| ComponentQuery {
        entity: entity.map(Uuid::from_u128),
        name: name.map(str::to_owned),
        scope,
    };
    let in_world = ComponentScope { world: Some(id(5)), source: None };
    let table = [
        (query(None, None, None), vec![0, 1, 2, 3, 4, 5, 6]),
        (query(Some(1), None, None), vec![0, 1, 2, 3, 4]),
        (query(Some(1), Some("profile"), None), vec![1, 2, 3, 4]),
        (query(None, Some("profile"), Some(ComponentScope::default())), vec![1, 5]),
        (query(None, Some("profile"), Some(in_world)), vec![3, 6]),
        (query(Some(2), None, Some(in_world)), vec![6]),
        (query(Some(3), None, None), vec![]),
        (query(None, Some("pro"), None), vec![]),
        (query(None, Some("PROFILE"), None), vec![]),
    ];
    for (query, wanted) in table {
        let wanted: Vec<StoredComponent> = wanted.into_iter().map(|at: usize| all[at].clone()).collect();
        same(&format!("{query:?}"), &store.components(&query).await?, &wanted)?;
    }
    Ok(())
}
