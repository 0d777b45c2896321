use galatea::prelude::*;

/// Knows people.
#[plugin("people")]
pub struct People;

/// What is known of somebody.
#[component("profile", plugin = People)]
pub struct Profile {
    /// The city where they live.
    pub city: String,
}

/// Greets people.
#[plugin("greeter")]
pub struct Greeter;

/// Greets somebody.
#[action(plugin = Greeter)]
async fn greet(_profiles: Component<Profile>) {}

/// Greets somebody, if they are known.
#[action(plugin = Greeter)]
async fn greet_known(_profiles: Option<Component<Profile>>) {}

fn main() {}
