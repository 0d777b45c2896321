//! What is wrong with routes and shows only when the registry is built.

use galatea::{
    definition::{Origin, RouteDef, RouteMethod, Submission},
    extract::{Extract, Signature, kind},
    prelude::*,
    registry::{Registry, RegistryError},
    route::{Answer, Form, Json, Path},
};
use std::time::Duration;

/// Holds the routes of this file; it is not for a character.
#[plugin("crossing")]
pub struct Crossing;

type Describe = fn(&mut Signature);

fn def(
    line: u32,
    name: &'static str,
    method: RouteMethod,
    path: &'static str,
    describe: Describe,
) -> Submission {
    let origin = Origin { package: "test", module: "test", file: "routes.rs", line };
    Submission::Route(Box::leak(Box::new(RouteDef {
        name,
        description: "A route.",
        plugin: "crossing",
        origin,
        method,
        path,
        public: true,
        scope: None,
        roles: &[],
        timeout: Duration::from_secs(1),
        body: 1024,
        describe,
        call: |_| Box::pin(async { Ok(Answer::Folder("x".into())) }),
    })))
}

fn nothing(_: &mut Signature) {}

fn reads<T: Extract<Crossing, kind::Route>>(signature: &mut Signature) {
    T::describe(signature);
}

fn errors(routes: &[Submission]) -> Vec<RegistryError> {
    let all = [Submission::Plugin(<Crossing as galatea::definition::Plugin>::DEF)];
    Registry::new(all.into_iter().chain(routes.iter().copied())).err().unwrap_or_default()
}

#[test]
fn routes_that_do_not_go_together_are_refused_with_both_places() {
    use RouteMethod::{Get, Post, Put, Static};
    for (routes, wanted) in [
        (vec![(Get, "/a", nothing as Describe), (Post, "/a", nothing)], None),
        (vec![(Get, "/a/{x}", nothing), (Get, "/a/b", nothing)], None),
        (vec![(Get, "/", nothing), (Get, "/{x}", nothing)], None),
        (
            vec![(Get, "/a", nothing), (Get, "/a", nothing)],
            Some("two routes are called `GET /a`: one at routes.rs:1"),
        ),
        (vec![(Get, "/a", nothing), (Static, "/a", nothing)], Some("two routes are called `GET /a`")),
        (
            vec![(Get, "/a/{x}", nothing), (Post, "/a/{y}", nothing)],
            Some("cannot tell its path from `/a/{x}`"),
        ),
        (vec![(Get, "a", nothing)], Some("does not begin with `/`")),
        (vec![(Get, "/{*x}/y", nothing)], Some("only at the end")),
        (vec![(Get, "/{x}-{y}", nothing)], Some("a whole part of it")),
        (vec![(Get, "/{y}", reads::<Path<String>>)], None),
        (vec![(Get, "/", reads::<Path<String>>)], Some("its path has no parameter")),
        (vec![(Put, "/{x}", reads::<Path<(String, u8)>>)], Some("`Path` reads 2 parameters")),
        (vec![(Get, "/a", reads::<Json<String>>)], Some("a GET has no body")),
        (vec![(Get, "/a", reads::<Form<String>>)], Some("take `Query<T>`")),
        (vec![(Static, "/{x}", nothing)], Some("the path of a folder has no parameters")),
    ] {
        let names: [&str; 2] = ["one", "two"];
        let defs: Vec<Submission> = (1..)
            .zip(&routes)
            .map(|(line, (method, path, describe))| {
                def(line, names[line as usize - 1], *method, path, *describe)
            })
            .collect();
        let told: Vec<String> = errors(&defs).iter().map(ToString::to_string).collect();
        let paths: Vec<&str> = routes.iter().map(|(_, path, _)| *path).collect();
        match wanted {
            None => assert!(told.is_empty(), "{paths:?}: {told:?}"),
            Some(wanted) => {
                assert_eq!(told.len(), 1, "{paths:?}: {told:?}");
                assert!(told[0].contains(wanted) && told[0].contains("routes.rs:"), "{paths:?}: {told:?}");
            }
        }
    }
    let twice = [def(1, "same", Get, "/a", nothing), def(2, "same", Get, "/b", nothing)];
    assert!(errors(&twice)[0].to_string().contains("two routes are called `same`"));
}
