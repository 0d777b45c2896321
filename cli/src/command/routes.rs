//! `galatea routes`

use crate::{
    cli::Routes,
    failure::Failure,
    output::{self, CODE, styled},
    start,
};
use galatea::{
    definition::{PluginDef, RouteDef},
    plan::{Plan, PlannedPlugin},
    route::openapi,
};
use serde_json::Value;
use std::process::ExitCode;

pub(super) fn run(args: &Routes) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, _) = start::plan(&registry, args.character.as_deref())?;
    let plugins = plan.plugins.iter().filter_map(|planned| registry.get(planned.name));
    let routes: Vec<(&PluginDef, &RouteDef)> =
        plugins.flat_map(|plugin| plugin.routes.iter().map(|route| (plugin.def, *route))).collect();
    let name = &plan.character.name;
    if args.openapi {
        output::json(&openapi(name, routes));
    } else if routes.is_empty() {
        output::line(&format!("no plugin of {name} answers over HTTP"));
    } else {
        let place = Place::of(&plan);
        routes
            .iter()
            .flat_map(|(_, route)| told_at(route, &place.path(route)))
            .for_each(|line| output::line(&line));
        output::aside(&place.told());
    }
    Ok(ExitCode::SUCCESS)
}

/// The plugin that serves routes.
const SERVER: &str = "server";

/// Where the routes of a character are served.
struct Place {
    agent: String,
    /// The address, where there is a server.
    address: Option<String>,
}

impl Place {
    fn of(plan: &Plan) -> Self {
        let address = |planned: &PlannedPlugin| {
            let written = planned.config.get("address").and_then(Value::as_str);
            written.unwrap_or("127.0.0.1:3000").to_owned()
        };
        let agent = plan.character.name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
        Self { agent, address: plan.plugin(SERVER).map(address) }
    }

    fn path(&self, route: &RouteDef) -> String {
        let agent = &self.agent;
        match &self.address {
            None => format!("/{}{}", route.plugin, route.path),
            Some(_) if route.plugin == SERVER => {
                format!("/api/v1/agents/{agent}{}", route.path.trim_end_matches('/'))
            }
            Some(_) => format!("/agents/{agent}/{}{}", route.plugin, route.path),
        }
    }

    fn told(&self) -> String {
        match &self.address {
            Some(address) => format!("`galatea run` serves them at http://{address}"),
            None => "nothing serves them: add `[plugins.server]` to the character".to_owned(),
        }
    }
}

/// A route in two lines: method, path below its agent, who may ask; what it does.
pub(super) fn told(route: &RouteDef) -> [String; 2] {
    told_at(route, &format!("/{}{}", route.plugin, route.path))
}

fn told_at(route: &RouteDef, path: &str) -> [String; 2] {
    let who = match (route.public, route.roles) {
        (true, _) => "everyone".to_owned(),
        (false, []) => "known callers".to_owned(),
        (false, roles) => format!("known callers: {}", roles.join(", ")),
    };
    let summary = route.description.trim().lines().next().unwrap_or_default();
    [
        format!("{}  {who}", styled(CODE, &format!("{:<6} {path}", route.method.name()))),
        format!("    {summary}"),
    ]
}
