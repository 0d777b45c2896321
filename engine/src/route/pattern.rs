//! Paths of routes: where they are mounted, and what is wrong with them, found when the registry is built.

use super::shape::{SchemaOf, resolved};
use crate::{
    definition::{PluginDef, RouteDef, RouteMethod},
    extract::Signature,
    registry::RegistryError,
};
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::collections::BTreeMap;

/// The paths at which a route is served, as axum writes them: `/weather/hello/{name}`.
pub(super) fn mounts(plugin: &str, def: &RouteDef) -> Vec<String> {
    let whole = format!("/{plugin}{}", def.path);
    let bare = whole.trim_end_matches('/');
    match def.method {
        RouteMethod::Static => vec![bare.to_owned(), format!("{bare}/"), format!("{bare}/{{*path}}")],
        _ if def.path == "/" => vec![bare.to_owned(), whole],
        _ => vec![whole],
    }
}

/// The names of a path's parameters, in order: `a` and `rest` of `/x/{a}/{*rest}`.
pub(super) fn parameters(path: &str) -> Vec<&str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.strip_prefix('*').unwrap_or(name))
        .collect()
}

/// Everything that is wrong with the routes of a plugin.
pub(crate) fn check_routes(plugin: &'static PluginDef, routes: &[&'static RouteDef]) -> Vec<RegistryError> {
    let mut errors = Vec::new();
    let mut taken: BTreeMap<(&str, String), &RouteDef> = BTreeMap::new();
    let mut tree = matchit::Router::new();
    for &route in routes {
        let malformed = |why: String| RegistryError::Malformed {
            plugin: plugin.name,
            origin: plugin.origin,
            why: format!(
                "route `{}` ({} {}) at {}: {why}",
                route.name, route.method, route.path, route.origin
            ),
        };
        if !route.path.starts_with('/') {
            errors.push(malformed("its path does not begin with `/`".to_owned()));
            continue;
        }
        for path in mounts(plugin.name, route) {
            let is_new = !taken.keys().any(|(_, known)| *known == path);
            if let Some(first) = taken.insert((route.method.verb(), path.clone()), route) {
                let name = format!("{} {}", route.method.verb(), route.path);
                let (first, second) = (first.origin, route.origin);
                errors.push(RegistryError::Duplicate { kind: "route", name, first, second });
                break;
            }
            if is_new && let Err(error) = tree.insert(path, ()) {
                errors.push(malformed(conflict(&error, plugin.name)));
                break;
            }
        }
        errors.extend(misfits(route).into_iter().map(malformed));
    }
    errors
}

fn conflict(error: &matchit::InsertError, plugin: &str) -> String {
    match error {
        matchit::InsertError::Conflict { with } => {
            let other = with.strip_prefix(&format!("/{plugin}")).unwrap_or(with);
            format!(
                "requests cannot tell its path from `{other}`; name their parameters alike, or write them differently"
            )
        }
        matchit::InsertError::InvalidCatchAll => "`{*name}` stands only at the end of a path".to_owned(),
        _ => "a parameter of a path is a whole part of it: `/hello/{name}`".to_owned(),
    }
}

/// What the route says of itself that does not go together.
fn misfits(route: &RouteDef) -> Vec<String> {
    let shape = Signature::of(route.describe).route;
    let names = parameters(route.path);
    let mut misfits: Vec<String> =
        shape.path.iter().filter_map(|schema| path_misfit(*schema, &names)).collect();
    let reads_only = matches!(route.method, RouteMethod::Get | RouteMethod::Static);
    if reads_only && shape.body.is_some() {
        misfits.push("a GET has no body; take `Query<T>`, or answer POST".to_owned());
    }
    if route.method == RouteMethod::Static && !names.is_empty() {
        misfits.push("the path of a folder has no parameters".to_owned());
    }
    if route.public && !route.roles.is_empty() {
        misfits.push("it is public and asks for roles; remove one of the two".to_owned());
    }
    misfits
}

/// Why a type cannot read the parameters of a path, if it cannot.
fn path_misfit(schema: SchemaOf, names: &[&str]) -> Option<String> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let schema = schema(&mut generator).to_value();
    let schema = resolved(&schema, &generator);
    let has = match names {
        [] => "its path has no parameter".to_owned(),
        names => format!("its path has {}", listed(names)),
    };
    match schema.get("type").and_then(Value::as_str)? {
        "object" => {
            let own: Vec<&str> = keys(&schema).collect();
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            let missing = required.filter_map(Value::as_str).find(|name| !names.contains(name));
            if let Some(missing) = missing {
                return Some(format!("`Path` wants `{missing}`, and {has}"));
            }
            let takes_more =
                schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false));
            let unread = names.iter().find(|name| !own.contains(*name)).filter(|_| !takes_more);
            unread.map(|name| format!("its path has `{name}`, and `Path` reads only {}", listed(&own)))
        }
        "array" => {
            let wanted = schema.get("prefixItems").and_then(Value::as_array)?.len();
            (wanted != names.len()).then(|| format!("`Path` reads {wanted} parameters, and {has}"))
        }
        _ => (names.len() != 1).then(|| format!("`Path` reads one parameter, and {has}")),
    }
}

fn keys(schema: &Value) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(name, _)| name.as_str())
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;

    #[derive(serde::Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only its schema is looked at")]
    struct Both {
        a: String,
        b: Option<u8>,
    }

    #[test]
    fn types_are_held_against_paths() {
        let text: SchemaOf = String::json_schema;
        let pair: SchemaOf = <(String, u8)>::json_schema;
        let both: SchemaOf = Both::json_schema;
        let map: SchemaOf = BTreeMap::<String, String>::json_schema;
        let any: SchemaOf = Vec::<String>::json_schema;
        for (schema, path, wrong) in [
            (text, "/{a}", None),
            (text, "/", Some("`Path` reads one parameter, and its path has no parameter")),
            (text, "/{a}/{b}", Some("`Path` reads one parameter, and its path has `a`, `b`")),
            (pair, "/{a}/x/{b}", None),
            (pair, "/{a}", Some("`Path` reads 2 parameters, and its path has `a`")),
            (both, "/{a}/{b}", None),
            (both, "/{a}", None),
            (both, "/{b}", Some("`Path` wants `a`, and its path has `b`")),
            (both, "/{a}/{*c}", Some("its path has `c`, and `Path` reads only `a`, `b`")),
            (map, "/{x}/{y}", None),
            (any, "/{x}/{y}", None),
        ] {
            assert_eq!(path_misfit(schema, &parameters(path)).as_deref(), wrong, "{path}");
        }
    }
}
