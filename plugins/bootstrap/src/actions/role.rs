//! UPDATE_ROLE.

use crate::{error::Problem, people::Company};
use galatea::{memory::Role, prelude::*};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// Who becomes what.
#[derive(Deserialize, JsonSchema)]
struct Change {
    /// The person who gets the role, by name.
    entity: String,
    /// The new role; `none` takes the role away.
    role: NewRole,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum NewRole {
    Owner,
    Admin,
    Member,
    Guest,
    None,
}

impl From<NewRole> for Role {
    fn from(role: NewRole) -> Self {
        match role {
            NewRole::Owner => Self::Owner,
            NewRole::Admin => Self::Admin,
            NewRole::Member => Self::Member,
            NewRole::Guest | NewRole::None => Self::Guest,
        }
    }
}

/// Assigns a role (owner, admin, member, none) to somebody in this room. For owners and admins.
#[action(
    similes("CHANGE_ROLE", "SET_PERMISSIONS", "ASSIGN_ROLE", "MAKE_ADMIN"),
    roles("owner", "admin"),
    example(user = "Make Alice an admin", agent = "Alice is admin now."),
    example(user = "Change the role of Bob to member", agent = "Bob is member now."),
    example(user = "Set Dora's role to none", agent = "Dora is guest now."),
    example(user = "Give Tom the owner role please", agent = "Tom is owner now.")
)]
async fn update_role(
    Args(change): Args<Change>,
    agent: Agent,
    place: Place,
    message: Message,
    memories: Memories,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    // Read anew: an earlier step of this turn may have changed roles.
    let world = memories.snapshot(message.room, galatea::store::Window::newest(0)).await?.world;
    let mut world =
        world.ok_or_else(|| Problem::refused("this room belongs to no world, so nobody has a role in it"))?;
    let company = Company { people: place.participants(), sender: message.entity, agent: agent.id() };
    let person = company.find(&change.entity)?;
    let role_of = |id| world.roles.get(&id).copied().unwrap_or_default();
    let (own, before, after) = (role_of(message.entity), role_of(person.id), Role::from(change.role));
    let owners = world.roles.values().filter(|role| **role == Role::Owner).count();
    if let Some(why) = refusal(own, before, after, owners) {
        return Err(Problem::Refused(format!("{} stays {}: {why}", person.name(), before.name())));
    }
    let (name, role) = (person.name(), after.name());
    if before == after {
        reply.text(format!("{name} is {role} already.")).await?;
        return Ok(ActionResult::text(format!("{name} was {role} already.")));
    }
    match after {
        Role::Guest => world.roles.remove(&person.id),
        _ => world.roles.insert(person.id, after),
    };
    memories.put_worlds(&[world]).await?;
    reply.text(format!("{name} is {role} now.")).await?;
    let data = json!({ "entity": person.id, "name": name, "before": before, "after": after });
    Ok(ActionResult::text(format!("{name} was {} and is {role} now.", before.name())).with_data(&data)?)
}

/// Why somebody with the role `own` may not change another's role from `before` to `after`, if so.
fn refusal(own: Role, before: Role, after: Role, owners: usize) -> Option<&'static str> {
    if own < Role::Admin {
        return Some("only an owner or an admin may change roles");
    }
    if own != Role::Owner && (before == Role::Owner || after == Role::Owner) {
        return Some("only an owner may make or change an owner");
    }
    if before == Role::Owner && after != Role::Owner && owners <= 1 {
        return Some("there is no other owner; make somebody else an owner first");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_which_role() {
        use Role::{Admin, Guest, Member, Owner};
        let rows = [
            (Owner, Guest, Admin, 1, true),
            (Owner, Guest, Owner, 1, true),
            (Owner, Owner, Admin, 1, false),
            (Owner, Owner, Guest, 2, true),
            (Owner, Owner, Owner, 1, true),
            (Admin, Guest, Admin, 1, true),
            (Admin, Admin, Guest, 1, true),
            (Admin, Guest, Owner, 1, false),
            (Admin, Owner, Guest, 2, false),
            (Member, Guest, Member, 1, false),
            (Guest, Guest, Owner, 0, false),
        ];
        for (own, before, after, owners, allowed) in rows {
            assert_eq!(
                refusal(own, before, after, owners).is_none(),
                allowed,
                "{own:?}: {before:?} to {after:?}"
            );
        }
    }
}
