//! Takes what plugins offer at run time into the parts of the agent, and keeps it there when plugins change.

use super::{Agent, Parts, RegisteredAction};
use crate::{
    definition::PartKind,
    event::ActionsOffered,
    offer::{OfferRefused, Offered, OfferedAction, Offers, Ready},
};
use std::sync::Arc;

impl Agent {
    /// Puts a list of offered actions in the place of the one before; gives what was refused.
    pub(crate) async fn offer(
        &self,
        by: &Offers,
        group: &str,
        actions: Vec<OfferedAction>,
    ) -> Vec<OfferRefused> {
        let (mut ready, mut refused) = (Vec::new(), Vec::new());
        for action in actions {
            match Ready::of(by.plugin, action) {
                Ok(action) => ready.push(action),
                Err(why) => refused.push(why),
            }
        }
        let (mut names, mut changed) = (Vec::new(), false);
        self.change_parts(|parts| {
            if parts.load_number(by.plugin.name) != by.load {
                // Another loading of the plugin has taken over.
                return;
            }
            let before = parts.withdraw(by.plugin.name, group);
            (names, changed) = parts.take_up(by, group, ready, &mut refused);
            changed |= before != names;
        });
        for one in &refused {
            tracing::warn!(plugin = by.plugin.name, group, "{one}");
        }
        if changed {
            tracing::info!(plugin = by.plugin.name, group, actions = names.len(), "actions are offered");
            let actions = names.into_iter().map(str::to_owned).collect();
            self.emit(ActionsOffered { plugin: by.plugin.name.to_owned(), group: group.to_owned(), actions })
                .await;
        }
        refused
    }
}

impl Parts {
    /// Takes away what a plugin offered under a group; the names.
    fn withdraw(&mut self, plugin: &str, group: &str) -> Vec<&'static str> {
        let mut names = Vec::new();
        let handlers = &mut self.handlers;
        self.actions.retain(|action| {
            let is_it = action.plugin.name == plugin
                && action.offered.as_ref().is_some_and(|offered| &*offered.group == group);
            if is_it {
                names.push(action.def.name);
                handlers.forget(PartKind::Action, action.plugin.name, action.def.name);
            }
            !is_it
        });
        names
    }

    /// Takes up what a plugin offers; the names, and whether there are any.
    fn take_up(
        &mut self,
        by: &Offers,
        group: &str,
        ready: Vec<Ready>,
        refused: &mut Vec<OfferRefused>,
    ) -> (Vec<&'static str>, bool) {
        let group: Arc<str> = group.into();
        let mut names = Vec::new();
        for action in ready {
            let name = action.def.name;
            let mut refuse = |why: String| refused.push(OfferRefused { name: name.to_owned(), why });
            if let Some(other) = self.actions.iter().find(|other| other.def.name == name) {
                refuse(format!("plugin `{}` has an action of this name", other.plugin.name));
                continue;
            }
            let offered = Offered { group: Arc::clone(&group), run: action.run };
            if let Err(why) = self.handlers.wrap_offered(action.def, &offered.run) {
                refuse(format!("a middleware {why}"));
                continue;
            }
            names.push(name);
            self.actions.push(RegisteredAction {
                plugin: by.plugin,
                def: action.def,
                tool: action.tool,
                arguments: action.arguments,
                refusal: None,
                offered: Some(offered),
            });
        }
        self.arrange();
        let some = !names.is_empty();
        (names, some)
    }

    /// Takes over what plugins that are kept offer `now`: it may have changed since this copy was made. What has the name of
    /// an action that was loaded meanwhile is left out.
    pub(super) fn take_offers(&mut self, now: &Self, keeps: impl Fn(&str) -> bool) {
        self.actions.retain(|action| action.offered.is_none() || !keeps(action.plugin.name));
        for action in now.actions.iter().filter(|it| it.offered.is_some() && keeps(it.plugin.name)) {
            let name = action.def.name;
            if self.actions.iter().any(|other| other.def.name == name) {
                tracing::warn!(
                    action = name,
                    "it is not offered any more: another plugin has an action of this name"
                );
                continue;
            }
            self.handlers.take_over(&now.handlers, PartKind::Action, action.plugin.name, name);
            self.actions.push(action.clone());
        }
    }
}
