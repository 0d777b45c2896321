//! The agents of an address as requests find them: there may be thousands, and every request looks here.

use super::Member;
use crate::{
    Anonymous,
    access::{ANONYMOUS, Access, Grant},
};
use galatea::text::name::normalise;
use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
};
use uuid::Uuid;

/// Those members whose start is over, each agent once, in order of their names.
#[derive(Debug)]
pub(crate) struct Roster {
    members: Vec<Member>,
    by_id: HashMap<Uuid, usize>,
    by_name: HashMap<String, usize>,
    anonymous: Access,
}

impl Deref for Roster {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        &self.members
    }
}

impl Roster {
    /// Of two members that are one agent the newer one counts, which comes later.
    pub(super) fn of(all: &[Member]) -> Self {
        let mut seen = HashSet::new();
        let ready = all.iter().rev().filter(|member| member.agent.is_ready());
        let mut members: Vec<Member> =
            ready.filter(|member| seen.insert(member.agent.id())).cloned().collect();
        members.sort_by_cached_key(|member| (member.agent.character().name.clone(), member.agent.id()));
        let by_id = members.iter().enumerate().map(|(at, member)| (member.agent.id(), at)).collect();
        let mut by_name = HashMap::new();
        for (at, member) in members.iter().enumerate() {
            by_name.entry(normalise(&member.agent.character().name)).or_insert(at);
        }
        let open = members.iter().filter(|member| member.settings.anonymous == Anonymous::Loopback);
        let anonymous = Access::new(ANONYMOUS, open.map(|member| Grant::owner(member.agent.id())).collect());
        Self { members, by_id, by_name, anonymous }
    }

    /// The agent of this id.
    pub(super) fn get(&self, agent: Uuid) -> Option<&Member> {
        self.by_id.get(&agent).and_then(|at| self.members.get(*at))
    }

    /// The agent of this id, else the first of this name, among those that `fits` takes.
    pub(crate) fn find(&self, id_or_name: &str, fits: impl Fn(&Member) -> bool) -> Option<&Member> {
        let at = |at: &usize| self.members.get(*at).filter(|member| fits(member));
        let by_id = Uuid::try_parse(id_or_name).ok().and_then(|id| self.by_id.get(&id)).and_then(at);
        by_id.or_else(|| {
            let wanted = normalise(id_or_name);
            // Two may have one name, and the first of them not fit.
            self.by_name.get(&wanted).and_then(at).or_else(|| {
                let is_called = |member: &&Member| normalise(&member.agent.character().name) == wanted;
                self.members.iter().filter(is_called).find(|member| fits(member))
            })
        })
    }

    /// Who has no token: the owner of every agent whose character allows it.
    pub(crate) fn anonymous(&self) -> &Access {
        &self.anonymous
    }

    /// Whether some character lets in who has no token.
    pub(crate) fn lets_in_anybody(&self) -> bool {
        !self.anonymous.grants().is_empty()
    }
}
