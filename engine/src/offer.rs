//! Actions that a plugin offers while it runs: it learns of them from elsewhere, from a server of tools for instance, so
//! that nobody can declare them.
//!
//! A service takes [`Offers`] as a parameter of its `start`, and gives whole lists. They are actions like declared ones:
//! models see them, their arguments are checked, limits, middleware, approvals and the journal hold for them. A turn
//! runs on the list that it began with.

use crate::{
    action::ActionResult,
    agent::{Agent, WeakAgent},
    definition::{ActionDef, ApprovalDef, HandlerFuture, PluginDef},
    extract::{ExtractError, Invocation, Signature},
    fit::Fit,
    model::Tool,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The longest name that every provider of models takes.
const LONGEST_NAME: usize = 64;

/// How many different definitions a process keeps. They are kept for its life, so that a part's name is as cheap as that of
/// a declared one; a source that invents ever new names ends here.
const MOST_KNOWN: usize = 20_000;

/// Words of the answer format, which no action may be called.
const RESERVED: [&str; 3] = ["REPLY", "IGNORE", "NONE"];

/// What an offered action does. A panic and a time that runs out are the caller's to handle.
pub trait RunOffered: Send + Sync {
    /// Runs it: the arguments, checked against the schema, are [in the invocation](Invocation::arguments). When the future is
    /// dropped, the turn was cancelled or its time is over.
    fn run<'a>(&'a self, invocation: &'a Invocation) -> HandlerFuture<'a, ActionResult>;
}

/// An action as it is offered.
#[derive(Clone)]
pub struct OfferedAction {
    /// The name: capitals, digits and `_`, beginning with a capital, at most 64 characters; unique in the agent.
    pub name: String,
    /// What the model reads to decide when to use it.
    pub description: String,
    /// JSON Schema of the arguments; its root is an object.
    pub parameters: Value,
    /// How long it may run.
    pub timeout: Duration,
    /// Whether a person must allow each use, and who.
    pub approval: Option<ApprovalDef>,
    /// Running it twice with the same arguments does no harm.
    pub idempotent: bool,
    /// Runs it.
    pub run: Arc<dyn RunOffered>,
}

impl fmt::Debug for OfferedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfferedAction").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An offered action that is not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("action {name} is not offered: {why}")]
pub struct OfferRefused {
    /// The action.
    pub name: String,
    /// Why not, and what would help.
    pub why: String,
}

/// Offers actions in the name of a plugin, until it is unloaded.
///
/// ```text
/// let refused = offers.replace("files", vec![OfferedAction { name: "FILES_READ".to_owned(), … }]).await;
/// ```
#[derive(Clone)]
pub struct Offers {
    pub(crate) agent: WeakAgent,
    pub(crate) plugin: &'static PluginDef,
    /// The loading of the plugin that this was made for: what it offers later is not another loading's.
    pub(crate) load: u64,
}

impl fmt::Debug for Offers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offers").field("plugin", &self.plugin.name).finish_non_exhaustive()
    }
}

impl Offers {
    /// The agent, while it is there. Who keeps this instead of the agent does not keep the agent alive.
    #[must_use]
    pub fn agent(&self) -> Option<Agent> {
        self.agent.upgrade()
    }

    /// Offers these actions in the place of those that were offered under this group before; turns that run end with what
    /// they began with. Gives those that are not offered: their names are taken or no names, or their schemas cannot be used.
    pub async fn replace(&self, group: &str, actions: Vec<OfferedAction>) -> Vec<OfferRefused> {
        match self.agent.upgrade() {
            Some(agent) => agent.offer(self, group, actions).await,
            None => Vec::new(),
        }
    }
}

/// Who offers an action, and what runs it.
#[derive(Clone)]
pub(crate) struct Offered {
    /// The list that it came with.
    pub(crate) group: Arc<str>,
    pub(crate) run: Arc<dyn RunOffered>,
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Offered").field(&self.group).finish()
    }
}

/// An offered action, looked at and made ready.
pub(crate) struct Ready {
    pub(crate) def: &'static ActionDef,
    pub(crate) tool: Arc<Tool>,
    pub(crate) arguments: Option<Arc<Fit>>,
    pub(crate) run: Arc<dyn RunOffered>,
}

impl Ready {
    /// Looks at an action that `plugin` offers.
    pub(crate) fn of(plugin: &'static PluginDef, action: OfferedAction) -> Result<Self, OfferRefused> {
        let refused = |why: String| OfferRefused { name: action.name.clone(), why };
        check_name(&action.name).map_err(refused)?;
        if action.parameters.get("type").and_then(Value::as_str) != Some("object") {
            return Err(refused("its arguments are not an object".to_owned()));
        }
        let fit = Fit::new(&action.parameters);
        let fit = fit.map_err(|why| refused(format!("the schema of its arguments cannot be used: {why}")))?;
        let def = known(plugin, &action).ok_or_else(|| {
            refused(format!("this process was offered {MOST_KNOWN} different actions; start it again"))
        })?;
        let tool = Tool {
            name: action.name,
            description: action.description,
            parameters: action.parameters,
            similes: Vec::new(),
            examples: Vec::new(),
        };
        Ok(Self { def, tool: Arc::new(tool), arguments: Some(Arc::new(fit)), run: action.run })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.chars().all(allowed) {
        return Err("a name is made of capitals, digits and `_`, and begins with a capital".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("a name has at most {LONGEST_NAME} characters"));
    }
    if RESERVED.contains(&name) {
        return Err("the name is a word of the answers of models".to_owned());
    }
    Ok(())
}

/// The definition of an action: the same one each time it is offered alike, in every agent. `None` if there are too many.
fn known(plugin: &'static PluginDef, action: &OfferedAction) -> Option<&'static ActionDef> {
    static KNOWN: Mutex<BTreeMap<(&str, &str), Vec<&ActionDef>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |def: &&&ActionDef| {
        (def.timeout, def.approval, def.idempotent) == (action.timeout, action.approval, action.idempotent)
    };
    let alike = known.get(&(plugin.name, action.name.as_str()));
    if let Some(def) = alike.and_then(|alike| alike.iter().find(is_it)) {
        return Some(def);
    }
    if known.values().map(Vec::len).sum::<usize>() >= MOST_KNOWN {
        return None;
    }
    let name: &'static str = alike
        .and_then(|alike| alike.first())
        .map_or_else(|| -> &'static str { Box::leak(action.name.clone().into_boxed_str()) }, |def| def.name);
    let def: &'static ActionDef = Box::leak(Box::new(ActionDef {
        name,
        description: "Offered while its plugin runs.",
        similes: &[],
        examples: &[],
        tags: &["offered"],
        plugin: plugin.name,
        origin: plugin.origin,
        describe: |_: &mut Signature| {},
        validate: &[],
        priority: 0,
        timeout: action.timeout,
        rate_limit: None,
        roles: &[],
        permissions: &[],
        approval: action.approval,
        idempotent: action.idempotent,
        critical: false,
        call: |_| Box::pin(async { Err(ExtractError::Other("it is not offered any more".to_owned())) }),
    }));
    known.entry((plugin.name, name)).or_default().push(def);
    Some(def)
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_are_those_that_every_model_takes() {
        for (name, good) in [
            ("FILES_READ", true),
            ("A1", true),
            ("", false),
            ("files_read", false),
            ("1A", false),
            ("_A", false),
            ("A-B", false),
            ("REPLY", false),
        ] {
            assert_eq!(check_name(name).is_ok(), good, "{name}");
        }
        assert!(check_name(&"A".repeat(64)).is_ok() && check_name(&"A".repeat(65)).is_err());
    }
}
