//! ROLES.

use super::{is_shared, list, section};
use crate::talk::name_of;
use galatea::{
    memory::{Entity, Role, World},
    prelude::*,
    store::StoreError,
};
use uuid::Uuid;

/// How many members of a role are named.
const NAMED: usize = 50;

/// Who is owner, admin or member of this world. Told where several may be.
#[provider]
async fn roles(place: Place, memories: Memories) -> Result<Context, StoreError> {
    let unknown = || Context::default().with_value("roles", "No role information available for this server.");
    let (Some(room), Some(world)) = (place.room(), place.world()) else {
        return Ok(unknown());
    };
    if !is_shared(room.kind) || world.roles.is_empty() {
        return Ok(unknown());
    }
    let ranks = [Role::Owner, Role::Admin, Role::Member].map(|role| (role, holders(world, role)));
    let people = named(&place, &memories, ranks.iter().flat_map(|(_, ids)| ids.clone()).collect()).await?;
    let mut lines = Vec::new();
    for (role, ids) in ranks {
        let names: Vec<&str> = ids.iter().map(|id| name_of(*id, &people)).collect();
        if !names.is_empty() {
            lines.push(format!("{}: {}", role.name(), names.join(", ")));
        }
    }
    let text = section(&format!("Roles in {}", world.name), &list(lines));
    Ok(Context::text(text.clone()).with_value("roles", text))
}

fn holders(world: &World, role: Role) -> Vec<Uuid> {
    let held = world.roles.iter().filter(|(_, held)| **held == role);
    held.map(|(id, _)| *id).take(NAMED).collect()
}

/// Those who take part, and the entities of these ids who do not: they are read.
async fn named(place: &Place, memories: &Memories, ids: Vec<Uuid>) -> Result<Vec<Entity>, StoreError> {
    let mut people = place.participants().to_vec();
    let elsewhere: Vec<Uuid> =
        ids.into_iter().filter(|id| !people.iter().any(|person| person.id == *id)).collect();
    if !elsewhere.is_empty() {
        people.extend(memories.entities(&elsewhere).await?);
    }
    Ok(people)
}
