//! Files that come in and go out.

use super::workshop::*;
use galatea::testing::TestResult;
use reqwest::Method;
use serde_json::json;

fn form(name: &str, kind: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: {kind}\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_and_given_back_harmlessly() -> TestResult {
    let ada = workshop(says("Thanks.")).start().await?;
    let client = Client::of(&ada);
    let upload = |body: Vec<u8>| {
        let request = client.request(Method::POST, &format!("{ADA}/uploads"));
        said(request.header("content-type", "multipart/form-data; boundary=x").body(body))
    };
    let png = [0x89, b'P', b'N', b'G', 0, 255];
    for (name, kind, wanted, place) in [
        ("a.png", "image/png", "image/png", "inline; filename=\"a.png\""),
        ("e\"vil.html", "text/html", "text/html", "attachment; filename=\""),
        ("x", "nonsense", "application/octet-stream", "attachment; filename=\"x\""),
    ] {
        let (status, kept) = code(upload(form(&name.replace('"', ""), kind, &png)).await);
        assert_eq!((status, &kept["media-type"], &kept["size"]), (200, &json!(wanted), &json!(6)), "{kept}");
        let response = client.request(Method::GET, kept["url"].as_str().unwrap()).send().await?;
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], wanted);
        assert!(headers["content-disposition"].to_str()?.starts_with(place), "{headers:?}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-security-policy"].to_str()?.contains("sandbox"));
        assert_eq!(response.bytes().await?.as_ref(), png);
    }
    assert_eq!(refusal(code(upload(b"--x--\r\n".to_vec()).await)), (400, "no-file".to_owned()));
    let large = upload(form("big", "text/plain", &vec![b'x'; (8 << 20) + 1]));
    assert_eq!(refusal(code(large.await)).0, 413);
    assert_eq!(refusal(code(upload(b"nonsense".to_vec()).await)).0, 400);

    let attached = json!([
        { "data-base64": "aGVsbG8=", "media-type": "text/plain", "title": "hello.txt" },
        { "url": "https://example.com/a.png", "media-type": "image/png" },
    ]);
    let (status, done) = client
        .post("/rooms/files/messages", json!({ "text": "", "attachments": attached, "wait": 20 }))
        .await;
    assert_eq!(status, 200, "{done}");
    let message = client.read(&format!("/memories/{}", done["message"].as_str().unwrap())).await;
    let attachments = &message["content"]["attachments"];
    assert_eq!((&attachments[0]["text"], &attachments[0]["title"]), (&json!("hello"), &json!("hello.txt")));
    assert_eq!(attachments[1]["url"], "https://example.com/a.png");
    let (status, text) =
        code(said(client.request(Method::GET, attachments[0]["url"].as_str().unwrap())).await);
    assert_eq!((status, text), (200, json!("hello")));
    ada.stop().await;
    Ok(())
}
