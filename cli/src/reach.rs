//! Where agents can be reached, and by whom.

use crate::output::{self, CODE, STRONG, styled};
use galatea::{
    agent::Agent,
    route::{Admission, WebServer},
};

/// The variable that says where agents listen, instead of their characters.
const ADDRESS: &str = "GALATEA_ADDRESS";

/// Whether agents listen, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    pub(crate) listens: bool,
    pub(crate) address: Option<String>,
}

impl Reach {
    /// Agents that listen: where this says, else where the environment does, else where their characters do.
    pub(crate) fn listening(address: Option<&str>) -> Self {
        let from_outside = || std::env::var(ADDRESS).ok().filter(|address| !address.trim().is_empty());
        Self { listens: true, address: address.map(str::to_owned).or_else(from_outside) }
    }
}

/// A line for each address at which agents listen, with who is let in.
pub(crate) async fn told(agents: &[Agent]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for agent in agents {
        for server in agent.kinds::<dyn WebServer>().await {
            let Some(page) = server.page().filter(|page| !seen.contains(page)) else { continue };
            let who = match server.admits().await {
                Ok(Admission::Local) => "for whoever sits at this machine".to_owned(),
                Ok(Admission::Tokens) => "for who shows a token".to_owned(),
                Ok(Admission::Nobody) => {
                    let make = format!("galatea token new {} --name NAME --role owner", argument(agent));
                    format!("nobody is let in yet: {} makes a token", styled(CODE, &make))
                }
                Err(error) => format!("its tokens cannot be read: {error}"),
            };
            lines.push(format!("{}  {who}", styled(STRONG, &page)));
            seen.push(page);
        }
    }
    lines
}

/// Prints where agents listen.
pub(crate) async fn tell(agents: &[Agent]) {
    for line in told(agents).await {
        output::line(&line);
    }
}

/// What is typed for an agent's character.
fn argument(agent: &Agent) -> String {
    let plan = agent.plan();
    if crate::program::program().characters.iter().any(|bundled| bundled.name == plan.name) {
        return plan.name.clone();
    }
    plan.path.clone()
}
