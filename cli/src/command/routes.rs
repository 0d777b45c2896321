//! `galatea routes`

use crate::{
    cli::Routes,
    failure::Failure,
    output::{self, CODE, styled},
    start,
};
use galatea::{
    definition::{PluginDef, RouteDef},
    route::openapi,
};
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
        routes.iter().flat_map(|(_, route)| told(route)).for_each(|line| output::line(&line));
    }
    Ok(ExitCode::SUCCESS)
}

/// A route in two lines: method, path, who may ask; what it does.
pub(super) fn told(route: &RouteDef) -> [String; 2] {
    let path = format!("/{}{}", route.plugin, route.path);
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
