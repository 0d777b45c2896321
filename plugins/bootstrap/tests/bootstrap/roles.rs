//! UPDATE_ROLE and ROLES in a world with an owner, an admin and guests.

use super::support::{action, ada, group, said};
use galatea::{agent::Agent, memory::Role};
use serde_json::json;

async fn town() -> Agent {
    let agent = ada().await;
    for name in ["Olga", "Alan", "Tom"] {
        said(&agent, group("square", name, "hello")).await;
    }
    let mut worlds = agent.store().worlds().await.unwrap();
    worlds[0].roles.insert(agent.entity_id("test", "Olga"), Role::Owner);
    worlds[0].roles.insert(agent.entity_id("test", "Alan"), Role::Admin);
    agent.store().put_worlds(&worlds).await.unwrap();
    agent
}

#[tokio::test]
async fn roles_are_changed_by_those_who_may() {
    let agent = town().await;
    let rows = [
        ("Tom", "Tom", "admin", "[UPDATE_ROLE is for owner, admin; Tom is guest]"),
        ("Alan", "Tom", "owner", "[Tom stays guest: only an owner may make or change an owner]"),
        ("Alan", "Olga", "none", "[Olga stays owner: only an owner may make or change an owner]"),
        (
            "Olga",
            "me",
            "guest",
            "[Olga stays owner: there is no other owner; make somebody else an owner first]",
        ),
        ("Olga", "Alen", "guest", "[I know nobody called Alen here; did you mean Alan?]"),
        ("Alan", "tom", "ADMIN", "Tom is admin now."),
        ("Alan", "Tom", "admin", "Tom is admin already."),
        ("Olga", "Tom", "owner", "Tom is owner now."),
        ("Tom", "Olga", "none", "Olga is guest now."),
        ("Olga", "Olga", "owner", "[UPDATE_ROLE is for owner, admin; Olga is guest]"),
    ];
    for (from, entity, role, wanted) in rows {
        let change = action("UPDATE_ROLE", json!({ "entity": entity, "role": role }));
        assert_eq!(said(&agent, group("square", from, &change)).await, wanted, "{from}: {entity} {role}");
    }
    let wrong = said(
        &agent,
        group("square", "Tom", &action("UPDATE_ROLE", json!({ "entity": "Alan", "role": "king" }))),
    )
    .await;
    assert!(wrong.contains("king") && wrong.contains("owner"), "{wrong}");
    agent.stop().await;
}

/// The role counts that somebody has when the step runs, not the one at the start of the turn.
#[tokio::test]
async fn who_gives_the_role_away_has_it_no_more() {
    let agent = town().await;
    let steps = format!(
        "{} then {}",
        action("UPDATE_ROLE", json!({ "entity": "Alan", "role": "none" })),
        action("UPDATE_ROLE", json!({ "entity": "Tom", "role": "admin" })).trim_start_matches("do "),
    );
    let told = said(&agent, group("square", "Alan", &steps)).await;
    assert!(told.starts_with("Alan is guest now."), "{told}");
    assert!(told.contains("Tom stays guest: only an owner or an admin may change roles"), "{told}");
    agent.stop().await;
}

#[tokio::test]
async fn roles_are_told_in_groups() {
    let agent = town().await;
    let context = said(&agent, group("square", "Tom", "show")).await;
    assert!(context.contains("# Roles in town\n- owner: Olga\n- admin: Alan\n"), "{context}");
    assert!(context.contains("# People in this room\n"), "{context}");
    // Olga is named in a room where she never was.
    let context = said(&agent, group("harbour", "Tom", "show")).await;
    assert!(context.contains("- owner: Olga\n"), "{context}");
    agent.stop().await;
}
