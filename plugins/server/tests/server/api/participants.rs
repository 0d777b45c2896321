//! Who sees what: members their own rooms, admins all.

use super::workshop::*;
use galatea::{memory::Role, testing::TestResult};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn members_see_their_own_rooms_and_admins_all() -> TestResult {
    let ada = workshop(says("Hello.")).start().await?;
    let client = Client::of(&ada);
    let ann = token(&ada, "ann", Role::Member).await;
    let bob = token(&ada, "bob", Role::Member).await;
    let eve = token(&ada, "eve", Role::Admin).await;
    let guest = token(&ada, "guest", Role::Guest).await;
    let ask = |method: Method, path: String, token: &str| {
        client.request(method, &format!("{ADA}{path}")).bearer_auth(token)
    };
    let send = |room: &str, token: &str, body: serde_json::Value| {
        let room = room.to_owned();
        said(ask(Method::POST, format!("/rooms/{room}/messages"), token).json(&body))
    };
    let (status, anns) = code(send("diary", &ann, json!({ "text": "mine", "wait": 20 })).await);
    assert_eq!(status, 200, "{anns}");
    // The same name is another room for another one.
    let (_, bobs) = code(send("diary", &bob, json!({ "text": "also mine", "wait": 20 })).await);
    assert_ne!(anns["room"], bobs["room"]);
    let (room, run) = (anns["room"].as_str().unwrap(), anns["run"].as_str().unwrap());
    let message = anns["message"].as_str().unwrap();
    type Row<'a> = (Method, String, [u16; 5]);
    // ann, bob, eve the admin, the owner at this machine, a guest
    let rows: [Row<'_>; 17] = [
        (Method::GET, String::new(), [200, 200, 200, 200, 403]),
        (Method::GET, "/rooms".to_owned(), [200, 200, 200, 200, 403]),
        (Method::GET, format!("/rooms/{room}"), [200, 404, 200, 200, 403]),
        (Method::GET, format!("/rooms/{room}/messages"), [200, 404, 200, 200, 403]),
        (Method::GET, format!("/runs/{run}"), [200, 404, 200, 200, 403]),
        (Method::GET, format!("/runs/{run}/events"), [200, 404, 200, 200, 403]),
        (Method::POST, format!("/runs/{run}/cancel"), [409, 404, 409, 409, 403]),
        (Method::GET, "/runs".to_owned(), [403, 403, 200, 200, 403]),
        (Method::GET, format!("/runs/{run}/prompts/99"), [403, 403, 404, 404, 403]),
        (Method::GET, format!("/memories/{message}"), [403, 403, 200, 200, 403]),
        (Method::GET, "/memories".to_owned(), [403, 403, 200, 200, 403]),
        (Method::GET, "/entities".to_owned(), [403, 403, 200, 200, 403]),
        (Method::GET, "/worlds".to_owned(), [403, 403, 200, 200, 403]),
        (Method::GET, "/character".to_owned(), [403, 403, 200, 200, 403]),
        (Method::GET, "/logs".to_owned(), [403, 403, 200, 200, 403]),
        (Method::POST, "/plugins/workshop/reload".to_owned(), [403, 403, 403, 200, 403]),
        (Method::DELETE, format!("/rooms/{room}/messages"), [403, 403, 200, 200, 403]),
    ];
    for (method, path, wanted) in rows {
        let mut got = Vec::new();
        for who in [Some(&ann), Some(&bob), Some(&eve), None, Some(&guest)] {
            let request = client.request(method.clone(), &format!("{ADA}{path}"));
            let request = if let Some(token) = who { request.bearer_auth(token) } else { request };
            got.push(said(request).await.0.as_u16());
        }
        assert_eq!(got, wanted, "{method} {path}");
    }
    let (_, listed) = code(said(ask(Method::GET, "/rooms".to_owned(), &ann)).await);
    let mine: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(mine, [room]);
    assert_eq!((&listed["items"][0]["name"], &listed["items"][0]["mine"]), (&json!("diary"), &json!(true)));
    // Nobody writes into a room of others, or in the name of others, but an admin.
    assert_eq!(code(send(room, &bob, json!({ "text": "x" })).await).0, 404);
    let as_sam = json!({ "text": "x", "from": { "name": "Sam" }, "wait": 20 });
    assert_eq!(refusal(code(send("desk", &ann, as_sam.clone()).await)), (403, "from-not-allowed".to_owned()));
    let (status, done) = code(send("desk", &eve, as_sam).await);
    assert_eq!(status, 200, "{done}");
    let (_, desk) =
        code(said(ask(Method::GET, format!("/rooms/{}", done["room"].as_str().unwrap()), &eve)).await);
    let names: Vec<&str> =
        desk["participants"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Sam") && !names.contains(&"eve"), "{names:?}");
    // Who is spoken for is nobody's owner, whatever the name.
    let (_, worlds) = code(said(ask(Method::GET, "/worlds".to_owned(), &eve)).await);
    let as_owner = json!({ "text": "x", "from": { "name": "loopback" }, "wait": 20 });
    code(send("desk", &eve, as_owner).await);
    let (_, after) = code(said(ask(Method::GET, "/worlds".to_owned(), &eve)).await);
    assert_eq!(
        worlds["items"][0]["roles"].as_object().unwrap().len(),
        after["items"][0]["roles"].as_object().unwrap().len()
    );
    ada.stop().await;
    Ok(())
}
