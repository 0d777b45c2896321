//! What reaches a handler, what comes back, and what is wrong with a request.

use super::*;

#[tokio::test]
async fn parameters_reach_the_handler_and_answers_come_back() {
    let agent = site().await;
    let router = agent.router();
    let part = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let change = format!("/site/items/7/parts/{part}");
    for (method, path, header, body, status, text) in [
        ("GET", "/site/hello/Grace%20H.", None, "", 200, "Hello, Grace H.! This is Ada."),
        ("GET", "/twin/hello/Grace", None, "", 200, "twin of Grace"),
        (
            "GET",
            "/site/search?words=a+b&limit=3",
            None,
            "",
            200,
            r#"{"words":"a b","limit":3,"known":false}"#,
        ),
        (
            "POST",
            "/site/items",
            Some(JSON),
            r#"{"name":"nut","count":2}"#,
            201,
            r#"{"name":"nut","count":2,"parts":[]}"#,
        ),
        ("PATCH", change.as_str(), None, "", 200, &format!("7 {part} ")),
        ("PATCH", change.as_str(), Some(JSON), r#"{"name":"nut","count":2}"#, 200, &format!("7 {part} nut")),
        ("DELETE", "/site/items/7", None, "", 204, ""),
        ("PUT", "/site/text", None, "whole", 200, "PUT /site/text whole"),
        ("POST", "/site/bytes", None, "12345", 200, "<b>5</b>"),
        ("POST", "/site/form", Some(form), "words=a%20b", 200, "a b"),
        ("GET", "/site/rest/a/b/c.txt", None, "", 200, "a|b/c.txt"),
        ("HEAD", "/site/hello/Grace", None, "", 200, ""),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let got = call(&router, method, path, &headers, body.to_owned()).await;
        assert_eq!((got.status, got.text.as_str()), (status, text), "{method} {path}");
    }
    for path in ["/site", "/site/"] {
        let page = get(&router, path).await;
        assert_eq!((page.status, page.headers["x-page"].as_bytes()), (200, &b"first"[..]), "{path}");
    }
    assert!(SEEN.lock().unwrap().iter().all(|store| store.contains("memory")));
    agent.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_as_json() {
    let agent = site().await;
    let router = agent.router();
    let big = format!("{{\"name\":\"{}\",\"count\":1}}", "x".repeat(2000));
    for (method, path, header, body, status, code, message) in [
        ("GET", "/site/nothing", None, "", 404, "not-found", "there is no route /site/nothing"),
        ("GET", "/other/hello/x", None, "", 404, "not-found", "there is no route"),
        ("GET", "/", None, "", 404, "not-found", "there is no route /"),
        ("POST", "/site/hello/x", None, "", 405, "method-not-allowed", "does not answer POST"),
        ("GET", "/site/search", None, "", 400, "bad-request", "words"),
        ("GET", "/site/search?words=a&limit=many", None, "", 400, "bad-request", "limit"),
        ("DELETE", "/site/items/x", None, "", 400, "bad-request", "`x`"),
        ("GET", "/site/hello/%ff", None, "", 400, "bad-request", "UTF-8"),
        ("POST", "/site/items", None, "{}", 415, "unsupported-media-type", "application/json"),
        ("POST", "/site/items", Some(JSON), "{", 400, "bad-request", "JSON"),
        ("POST", "/site/items", Some(JSON), r#"{"name":1}"#, 422, "unprocessable-entity", "name"),
        (
            "POST",
            "/site/items",
            Some(JSON),
            r#"{"name":"taken","count":1}"#,
            409,
            "item-taken",
            "one already",
        ),
        ("POST", "/site/items", Some(JSON), big.as_str(), 413, "payload-too-large", "body"),
        ("POST", "/site/form", Some(JSON), "{}", 415, "unsupported-media-type", "urlencoded"),
        ("POST", "/site/upload", Some(JSON), "{}", 415, "unsupported-media-type", "multipart/form-data"),
        ("GET", "/site/panic", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/fail", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/slow", None, "", 504, "gateway-timeout", "50ms"),
        ("GET", "/site/nowhere/x", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/me", None, "", 401, "unauthorized", "authenticator"),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let got = call(&router, method, path, &headers, body.to_owned()).await;
        let (found, its_code, its_message) = got.problem();
        assert_eq!((found, its_code.as_str()), (status, code), "{method} {path}: {}", got.text);
        assert!(its_message.contains(message), "{method} {path}: {its_message}");
        assert!(!got.text.contains("secret"), "{}", got.text);
        assert_eq!(got.headers["content-type"], "application/json");
    }
    let wrong = call(&router, "DELETE", "/site/hello/x", &[], "").await;
    assert_eq!(wrong.headers["allow"], "GET,HEAD");
    assert_eq!(get(&router, "/site/me").await.headers["www-authenticate"], "Bearer");
    agent.stop().await;
}

#[tokio::test]
async fn files_are_uploaded() {
    let agent = site().await;
    let router = agent.router();
    let upload = async |size: usize| {
        let body = format!(
            "--X\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--X\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"a.bin\"\r\n\r\n{}\r\n--X--\r\n",
            "y".repeat(size)
        );
        let header = ("content-type", "multipart/form-data; boundary=X");
        call(&router, "POST", "/site/upload", &[header], body).await
    };
    let got = upload(40_000).await;
    assert_eq!((got.status, got.text.as_str()), (200, "note=2,a.bin=40000"));
    let got = upload(70_000).await;
    assert_eq!(got.problem().0, 413, "{}", got.text);
    agent.stop().await;
}

#[tokio::test]
async fn a_folder_gives_its_files_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("public/index.html", "<p>first</p>");
    write("public/css/a b.css", "p {}");
    write("public/docs/index.html", "<p>docs</p>");
    write("public/.env", "KEY=1");
    write("public/.well-known/x", "known");
    write("secret.txt", "secret");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(place.path().join("secret.txt"), place.path().join("public/link.txt"))
            .unwrap();
        std::os::unix::fs::symlink(place.path(), place.path().join("public/up")).unwrap();
    }
    let folder = place.path().join("public");
    let toml = format!(
        "name = \"Ada\"\n[plugins.puppet]\n[plugins.site]\nfolder = {:?}",
        folder.display().to_string()
    );
    let agent = start(&toml).await;
    let router = agent.router();
    for (path, kind, text) in [
        ("/site/assets/", "text/html", "<p>first</p>"),
        ("/site/assets/index.html", "text/html", "<p>first</p>"),
        ("/site/assets/css/a%20b.css", "text/css", "p {}"),
        ("/site/assets/docs/", "text/html", "<p>docs</p>"),
        ("/site/assets/.well-known/x", "application/octet-stream", "known"),
    ] {
        let got = get(&router, path).await;
        assert_eq!((got.status, got.text.as_str()), (200, text), "{path}");
        assert!(got.headers["content-type"].to_str().unwrap().starts_with(kind), "{path}: {:?}", got.headers);
    }
    for (path, to) in [("/site/assets", "assets/"), ("/site/assets/docs", "docs/")] {
        let got = get(&router, path).await;
        assert_eq!((got.status, got.headers["location"].to_str().unwrap()), (308, to), "{path}");
    }
    for path in [
        "/site/assets/../secret.txt",
        "/site/assets/%2e%2e/secret.txt",
        "/site/assets/..%2fsecret.txt",
        "/site/assets/css/..%2f..%2fsecret.txt",
        "/site/assets/..%5csecret.txt",
        "/site/assets//etc/passwd",
        "/site/assets/%2fetc/passwd",
        "/site/assets/link.txt",
        "/site/assets/up/secret.txt",
        "/site/assets/.env",
        "/site/assets/%00",
        "/site/assets/%ff",
        "/site/assets/css/",
        "/site/assets/index.html/",
        "/site/assets/none",
    ] {
        let got = get(&router, path).await;
        assert_eq!(got.problem().0, 404, "{path}: {}", got.text);
        assert!(!got.text.contains("KEY") && !got.text.contains("root:"), "{path}");
    }
    let part = call(&router, "GET", "/site/assets/index.html", &[("range", "bytes=3-7")], "").await;
    assert_eq!((part.status, part.text.as_str()), (206, "first"));
    assert_eq!(call(&router, "POST", "/site/assets/index.html", &[], "").await.problem().0, 405);
    agent.stop().await;
}
