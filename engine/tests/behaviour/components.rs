//! Components of entities: typed, scoped, checked on every write, and honest about data of an older shape.

use crate::support::{ask, start, try_start};
use galatea::{
    agent::LoadStep,
    component::{ComponentError, EntityComponent},
    prelude::*,
    store::{ComponentKey, ComponentScope, StoredComponent},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Knows people.
#[plugin("people")]
pub struct People;

/// What is known of somebody.
#[component("profile", plugin = People)]
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The city where they live.
    pub home_city: Option<String>,
    /// How old they are, in years.
    #[schemars(range(min = 0, max = 150))]
    pub age: u8,
    /// What they like.
    #[serde(default)]
    pub likes: Vec<Liking>,
}

/// Something that is liked.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
pub struct Liking {
    /// What.
    pub what: String,
}

/// Notes how old the sender is, and says how often that was done.
#[action(plugin = People)]
async fn note_age(profiles: Component<Profile>, message: Message) -> Result<String, ComponentError> {
    let before = profiles.get(message.entity).await?;
    let age = before.map_or(1, |profile| profile.age + 1);
    profiles.set(message.entity, &Profile { home_city: None, age, likes: Vec::new() }).await?;
    Ok(format!("age {age}"))
}

/// Uses what others know, if it is there.
#[plugin("guests", optional(People))]
pub struct Guests;

/// Tells whether people are known.
#[action(plugin = Guests)]
async fn known(profiles: Option<Component<Profile>>) -> &'static str {
    if profiles.is_some() { "known" } else { "unknown" }
}

/// Has a type of the same name.
#[plugin("rival")]
pub struct Rival;

/// What a rival knows.
#[component("profile", plugin = Rival)]
pub struct RivalProfile {
    /// Nothing.
    pub nothing: bool,
}

const PEOPLE: &str = "name = \"Ada\"\n[plugins.puppet]\n[plugins.people]";

fn entity(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn profile(age: u8) -> Profile {
    let likes = vec![Liking { what: "tea".to_owned() }];
    Profile { home_city: Some("Oslo".to_owned()), age, likes }
}

#[tokio::test]
async fn a_handler_reads_and_writes_them() {
    let agent = start(&format!("{PEOPLE}\n[plugins.guests]")).await;
    assert_eq!(ask(&agent, "do NOTE_AGE").await.0, ["[age 1]"]);
    assert_eq!(ask(&agent, "do NOTE_AGE").await.0, ["[age 2]"]);
    assert_eq!(ask(&agent, "do KNOWN").await.0, ["[known]"]);
    let found = agent.component::<Profile>().find().await.unwrap();
    assert_eq!(found.len(), 1);
    let stored = agent.components().of(found[0].0).await.unwrap();
    assert!(stored[0].room.is_some(), "written in a turn, it names the room");
    agent.stop().await;
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.guests]").await;
    assert_eq!(ask(&agent, "do KNOWN").await.0, ["[unknown]"]);
    agent.stop().await;
}

#[tokio::test]
async fn each_scope_has_its_own() {
    let agent = start(PEOPLE).await;
    let everywhere = agent.component::<Profile>();
    let in_world = everywhere.in_world(entity(50));
    let as_told = in_world.said_by(entity(60));
    let sam = entity(1);
    assert_eq!(everywhere.get(sam).await.unwrap(), None);
    for (scope, age) in [(&everywhere, 1), (&in_world, 2), (&as_told, 3)] {
        scope.set(sam, &profile(100)).await.unwrap();
        scope.set(sam, &profile(age)).await.unwrap();
    }
    everywhere.set(entity(2), &profile(9)).await.unwrap();
    for (scope, age) in [(&everywhere, 1), (&in_world, 2), (&as_told, 3)] {
        assert_eq!(scope.get(sam).await.unwrap(), Some(profile(age)));
    }
    let all = everywhere.find().await.unwrap();
    assert_eq!(all, [(sam, profile(1)), (entity(2), profile(9))]);
    let all = agent.components().of(sam).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!((all[0].key.name.as_str(), &all[0].data["home-city"]), ("profile", &json!("Oslo")));
    assert!(in_world.remove(sam).await.unwrap());
    assert!(!in_world.remove(sam).await.unwrap());
    assert_eq!((in_world.get(sam).await.unwrap(), as_told.get(sam).await.unwrap()), (None, Some(profile(3))));
    agent.stop().await;
}

#[tokio::test]
async fn every_write_is_checked_and_the_field_is_named() {
    let agent = start(PEOPLE).await;
    let components = agent.components();
    let sam = entity(1);
    for (data, field, why) in [
        (json!({ "home-city": "Oslo", "age": "old" }), "age", "integer"),
        (json!({ "home-city": "Oslo", "age": 200 }), "age", "150"),
        (json!({ "home-city": "Oslo" }), "age", "missing"),
        (json!({ "age": 1, "home_city": "Oslo" }), "home_city", "no such field"),
        (json!({ "age": 1, "likes": [{ "what": "tea" }, { "what": 5 }] }), "likes[1].what", "string"),
        (json!([1]), "", "object"),
    ] {
        let error = components.set_raw("profile", sam, data.clone()).await.expect_err("refused");
        let ComponentError::Invalid { name, entity, misfits } = &error else { panic!("{error}") };
        assert_eq!(
            (name.as_str(), *entity, misfits[0].field.as_str()),
            ("profile", sam, field),
            "{data}: {error}"
        );
        assert!(misfits[0].why.contains(why), "{data}: {error}");
        assert!(error.to_string().contains("profile") && error.to_string().contains(&sam.to_string()));
    }
    assert!(components.of(sam).await.unwrap().is_empty(), "nothing was written");
    let error = agent.component::<Profile>().set(sam, &profile(151)).await.expect_err("refused");
    assert!(
        matches!(&error, ComponentError::Invalid { misfits, .. } if misfits[0].field == "age"),
        "{error}"
    );
    let error = components.set_raw("profil", sam, json!({})).await.expect_err("refused");
    assert_eq!(
        error.to_string(),
        "no plugin of this agent has a component type `profil`; there are: profile"
    );
    components.set_raw("profile", sam, json!({ "home-city": null, "age": 3 })).await.unwrap();
    let read = agent.component::<Profile>().get(sam).await.unwrap().unwrap();
    assert_eq!((read.age, read.home_city), (3, None));
    agent.stop().await;
}

#[tokio::test]
async fn data_of_an_older_shape_are_named_and_kept() {
    let agent = start(PEOPLE).await;
    let sam = entity(1);
    let old = StoredComponent {
        key: ComponentKey { entity: sam, name: Profile::NAME.to_owned(), scope: ComponentScope::default() },
        agent: agent.id(),
        room: None,
        at: agent.clock().now(),
        data: json!({ "city": "Oslo", "age": "forty" }),
    };
    agent.store().put_components(std::slice::from_ref(&old)).await.unwrap();
    let profiles = agent.component::<Profile>();
    for error in
        [profiles.get(sam).await.expect_err("outdated"), profiles.find().await.expect_err("outdated")]
    {
        let ComponentError::Outdated { name, entity, misfits } = &error else { panic!("{error}") };
        assert_eq!((name.as_str(), *entity), ("profile", sam));
        let fields: Vec<&str> = misfits.iter().map(|misfit| misfit.field.as_str()).collect();
        assert!(fields.contains(&"age") && fields.contains(&"city"), "{error}");
    }
    let kept: Vec<Value> = agent.components().of(sam).await.unwrap().into_iter().map(|c| c.data).collect();
    assert_eq!(kept, [old.data]);
    profiles.set(sam, &profile(40)).await.unwrap();
    assert_eq!(profiles.get(sam).await.unwrap(), Some(profile(40)));
    agent.stop().await;
}

#[tokio::test]
async fn names_are_unique_in_an_agent() {
    let error = try_start(&format!("{PEOPLE}\n[plugins.rival]")).await.expect_err("refused");
    let galatea::agent::StartError::Refused { step, why, .. } = &error else { panic!("{error}") };
    assert_eq!(*step, LoadStep::ComponentTypes);
    assert!(why.contains("`profile` is registered already") && why.contains("components.rs:"), "{why}");
}
