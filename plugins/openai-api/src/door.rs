//! Which agent a request is for, and who sends it.

use crate::error::ApiError;
use galatea::{agent::Agent, memory::Role, route::Caller};
use galatea_server::{Access, Directory, Scope};
use std::collections::BTreeSet;

/// Who may talk.
const ROLE: Role = Role::Member;

/// An agent as a model, and who asks it.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) agent: Agent,
    /// The model's name, as it is listed.
    pub(crate) model: String,
    /// What the caller is called.
    pub(crate) name: String,
    pub(crate) caller: Caller,
}

impl Door {
    /// The door to the model of this name or id.
    pub(crate) fn to(model: &str, directory: &Directory, access: &Access) -> Result<Self, ApiError> {
        let found = directory.find(model);
        let allowed = found.as_ref().map(|agent| access.require(agent, ROLE, Scope::Chat));
        if let (Some(agent), Some(Ok(_))) = (&found, &allowed) {
            let name = slug(&agent.character().name);
            if directory.find(&name).is_some_and(|first| first.id() == agent.id()) {
                return Self::called(name, agent.clone(), access);
            }
        }
        // A name may have letters that models have not, and two agents one name.
        let listed = listed(directory, access)?;
        let is_found = |agent: &Agent| found.as_ref().is_some_and(|found| found.id() == agent.id());
        let by_name = listed.iter().find(|(name, _)| name == model);
        if let Some((name, agent)) = by_name.or_else(|| listed.iter().find(|(_, agent)| is_found(agent))) {
            return Self::called(name.clone(), agent.clone(), access);
        }
        if let Some(Err(refused)) = allowed {
            return Err(refused.into());
        }
        let known: Vec<String> = listed.into_iter().map(|(name, _)| name).collect();
        Err(ApiError::no_model(model, &known))
    }

    fn called(model: String, agent: Agent, access: &Access) -> Result<Self, ApiError> {
        let caller = access.require(&agent, ROLE, Scope::Chat)?;
        Ok(Self { agent, model, name: access.name().to_owned(), caller })
    }

    /// What the caller may do beyond talking, e.g. delete.
    pub(crate) fn may_manage(&self, access: &Access) -> Result<(), ApiError> {
        access.require(&self.agent, ROLE, Scope::Manage).map(drop).map_err(Into::into)
    }

    /// The doors to all agents that the caller may talk with.
    pub(crate) fn all(directory: &Directory, access: &Access) -> Result<Vec<Self>, ApiError> {
        let listed = listed(directory, access)?.into_iter();
        listed.map(|(model, agent)| Self::called(model, agent, access)).collect()
    }
}

/// The models that a caller may ask, by name. Of two agents of one name the later one goes by its id.
pub(crate) fn listed(directory: &Directory, access: &Access) -> Result<Vec<(String, Agent)>, ApiError> {
    let agents = access.agents(directory, ROLE, Scope::Chat)?;
    let mut taken = BTreeSet::new();
    let named = agents.into_iter().map(|agent| {
        let name = slug(&agent.character().name);
        let name = if name.is_empty() || !taken.insert(name.clone()) { agent.id().to_string() } else { name };
        (name, agent)
    });
    Ok(named.collect())
}

/// A name as models have them: `Ada Lovelace` as `ada-lovelace`.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.trim().chars() {
        if letter.is_alphanumeric() {
            slug.extend(letter.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_models() {
        for (name, model) in [
            ("Ada", "ada"),
            ("Ada Lovelace", "ada-lovelace"),
            (" Dr. Émile!", "dr-émile"),
            ("R2-D2", "r2-d2"),
            ("!", ""),
        ] {
            assert_eq!(slug(name), model);
        }
    }
}
