//! All the ways in which there is no answer: refusals, limits, broken and silent connections.

use super::support::{Answer, KEY, Server, Step, Wired, client, clock};
use galatea::model::{ModelError, ModelRequest, Purpose, TextSink};
use galatea_hosted::{Auth, Host, Setup, Timeouts};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

fn hello() -> ModelRequest {
    ModelRequest::new(Purpose::Reply, "Hello!")
}

#[tokio::test]
async fn every_documented_refusal_is_told_apart() {
    for wired in Wired::ALL {
        for (status, headers, body, wanted) in wired.fixtures().refusals {
            let body = body.replace("KEY", KEY);
            let mut answer = Answer::json(&body).status(*status);
            for (name, value) in *headers {
                answer = answer.header(name, value);
            }
            let server = Server::start([answer]).await;
            let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
            let told = answer.unwrap_err().to_string();
            assert_eq!(told, *wanted, "{wired:?} {status}");
            assert!(!told.contains(KEY), "{told}");
            assert_eq!(server.got().len(), 1, "{wired:?}: nothing is tried again here");
        }
    }
}

#[tokio::test]
async fn a_failure_in_the_middle_of_a_stream_is_one() {
    for wired in Wired::ALL {
        let fixtures = wired.fixtures();
        let server = Server::start([wired.stream(fixtures.failing)]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        assert_eq!(answer.unwrap_err().to_string(), fixtures.failure, "{wired:?}");

        let server = Server::start([wired.stream(fixtures.garbled)]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        let told = answer.unwrap_err();
        assert!(
            matches!(&told, ModelError::Unavailable(why) if why.starts_with("a piece of the answer cannot be read")),
            "{wired:?}: {told}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_ends_early_is_no_answer() {
    for wired in Wired::ALL {
        let stream = wired.fixtures().stream;
        // Far enough for some text, before the reason of the end; anywhere, on a letter's edge.
        let half: String = stream.chars().take(stream.chars().count() * 45 / 100).collect();
        let kind = wired.stream("").headers[0].1.clone();
        for (last, wanted) in [
            // The connection breaks, and the connection ends in good order in the middle of the answer.
            (Some(Step::Break), "the model is unavailable: cannot reach 127.0.0.1"),
            (None, "the model is unavailable: "),
        ] {
            let steps = [Step::Send(half.clone()), Step::Wait(Duration::from_millis(30))];
            let steps = steps.into_iter().chain(last).collect();
            let server = Server::start([Answer::of(&kind, steps)]).await;
            let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
            let told = answer.unwrap_err().to_string();
            assert!(told.starts_with(wanted), "{wired:?}: {told}");
        }
    }
}

#[tokio::test]
async fn what_breaks_after_the_end_breaks_nothing() {
    for wired in Wired::ALL {
        let fixtures = wired.fixtures();
        let mut answer = wired.stream(fixtures.stream);
        answer.body.extend([Step::Wait(Duration::from_millis(30)), Step::Break]);
        let server = Server::start([answer]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        assert_eq!(answer.unwrap().text, fixtures.text, "{wired:?}");
    }
}

#[tokio::test]
async fn nobody_waits_for_the_end_of_the_connection() {
    for wired in Wired::ALL {
        // Gemini has no word for the end.
        if wired == Wired::Gemini {
            continue;
        }
        let fixtures = wired.fixtures();
        let mut answer = wired.stream(fixtures.stream);
        answer.body.push(Step::Wait(Duration::from_secs(20)));
        let server = Server::start([answer]).await;
        let host = wired.host(&server);
        let begun = Instant::now();
        let answer = wired.ask(&host, false, &hello(), &TextSink::default()).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "{wired:?}: {:?}", begun.elapsed());
        assert_eq!(answer.text, fixtures.text, "{wired:?}");
    }
}

#[tokio::test]
async fn a_refusal_without_its_text_is_one() {
    let wired = Wired::OpenAi;
    for (status, last, wanted) in [
        (429, Step::Wait(Duration::from_secs(20)), "the model's limit is reached; try again in 7s"),
        (429, Step::Break, "the model's limit is reached; try again in 7s"),
        (401, Step::Wait(Duration::from_secs(20)), "the model refused the credentials: {\"error\": {\"mess"),
    ] {
        let body =
            vec![Step::Send("{\"error\": {\"mess".to_owned()), Step::Wait(Duration::from_millis(50)), last];
        let answer = Answer::of("application/json", body).status(status).header("retry-after", "7");
        let server = Server::start([answer]).await;
        let host = wired.host_with(&server, |setup| setup.timeouts.idle = Duration::from_millis(200));
        let begun = Instant::now();
        let told = wired.ask(&host, false, &hello(), &TextSink::default()).await.unwrap_err().to_string();
        assert_eq!(told, wanted, "{status}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        let told = host.get("/models").await.unwrap_err().to_string();
        assert_eq!(told, wanted, "{status}: what is read as a whole");
    }
}

#[tokio::test]
async fn a_whole_answer_that_falls_silent_is_stalled() {
    for wired in Wired::ALL {
        let half: String = wired.fixtures().whole.chars().take(30).collect();
        let body = vec![Step::Send(half), Step::Wait(Duration::from_secs(20))];
        let server = Server::start([Answer::of("application/json", body)]).await;
        let host = wired.host_with(&server, |setup| {
            setup.stream = false;
            setup.timeouts.idle = Duration::from_millis(200);
        });
        let told = wired.ask(&host, false, &hello(), &TextSink::default()).await.unwrap_err();
        assert!(matches!(told, ModelError::Stalled(_)), "{wired:?}: {told:?}");
    }
}

#[tokio::test]
async fn silence_has_its_limits() {
    let short = Timeouts {
        first: Duration::from_millis(300),
        idle: Duration::from_millis(300),
        total: Duration::from_millis(1500),
        ..Timeouts::default()
    };
    for wired in Wired::ALL {
        let stream = wired.fixtures().stream;
        let kind = wired.stream("").headers[0].1.clone();
        let ends = [("\r\n\r\n", 4), ("\n\n", 2), ("\n", 1)];
        let at = ends.iter().find_map(|(end, length)| Some(stream.find(end)? + length)).unwrap();
        let drips = stream
            .chars()
            .flat_map(|one| [Step::Send(one.to_string()), Step::Wait(Duration::from_millis(20))]);
        let pings = (0..60)
            .flat_map(|_| [Step::Send(stream[..at].to_owned()), Step::Wait(Duration::from_millis(50))]);
        for (body, wanted) in [
            // Not even a head; a head and nothing more; a beginning and nothing more.
            (vec![], "Timeout(300ms)"),
            (vec![Step::Send(stream[..3].to_owned()), Step::Wait(Duration::from_secs(20))], "Timeout(300ms)"),
            // A server that drips its answer, letter by letter, never gets a piece through in time.
            (drips.collect(), "Timeout(300ms)"),
            // One that keeps saying the same is ended by the limit of all of it.
            (pings.collect(), "Timeout(1.5s)"),
        ] {
            let mut answer = Answer::of(&kind, body.clone());
            if body.is_empty() {
                answer.body.push(Step::Wait(Duration::from_secs(20)));
            }
            let server = Server::start([answer]).await;
            let host = wired.host_with(&server, |setup| setup.timeouts = short.clone());
            let begun = Instant::now();
            let told = wired.ask(&host, false, &hello(), &TextSink::default()).await.unwrap_err();
            assert!(begun.elapsed() < Duration::from_secs(10), "{wired:?}");
            // Comments are no pieces: where a stream begins with them, the first limit ends it.
            let wanted = if wired == Wired::OpenRouter { "Timeout(300ms)" } else { wanted };
            assert_eq!(format!("{told:?}"), wanted, "{wired:?}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_stalled() {
    for wired in Wired::ALL {
        let stream = wired.fixtures().stream;
        let kind = wired.stream("").headers[0].1.clone();
        let half: String = stream.chars().take(stream.chars().count() * 80 / 100).collect();
        let body = vec![Step::Send(half), Step::Wait(Duration::from_secs(20))];
        let server = Server::start([Answer::of(&kind, body)]).await;
        let host = wired.host_with(&server, |setup| setup.timeouts.idle = Duration::from_millis(200));
        let told = wired.ask(&host, false, &hello(), &TextSink::default()).await;
        // Where the end was told already, what is missing is only the count.
        if wired == Wired::Compatible || wired == Wired::OpenRouter || wired == Wired::OpenAi {
            assert!(told.is_ok() || matches!(told, Err(ModelError::Stalled(_))), "{wired:?}: {told:?}");
        } else {
            assert!(
                matches!(told, Err(ModelError::Stalled(limit)) if limit.as_millis() == 200),
                "{wired:?}: {told:?}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_there_and_not_granted() {
    let setup = |url: &str| Setup {
        base_url: url.to_owned(),
        auth: Auth::None,
        headers: BTreeMap::new(),
        proxy: None,
        timeouts: Timeouts { connect: Duration::from_millis(500), ..Timeouts::default() },
        max_concurrent: 1,
        stream: true,
    };
    for (url, wanted) in [
        ("http://127.0.0.1:9", "the model is unavailable: cannot reach 127.0.0.1: "),
        (
            "http://elsewhere.test",
            "the model refused the request: plugin `tester` may not call elsewhere.test; grant it in the character: \
             [grants.tester] network = [\"elsewhere.test\"]",
        ),
        ("nonsense", "the model refused the request: `nonsense/chat/completions` is not an address: "),
    ] {
        let host = Host::new(&client("127.0.0.1"), clock(), setup(url)).unwrap();
        let told =
            Wired::OpenAi.ask(&host, false, &hello(), &TextSink::default()).await.unwrap_err().to_string();
        assert!(told.starts_with(wanted), "{told}");
    }
    let proxied = Setup { proxy: Some("http://proxy.test:3128".to_owned()), ..setup("http://127.0.0.1:9") };
    let refused = Host::new(&client("127.0.0.1"), clock(), proxied).unwrap_err().to_string();
    assert!(refused.contains("may not call proxy.test"), "{refused}");
}

#[tokio::test]
async fn a_proxy_is_gone_through() {
    let wired = Wired::OpenAi;
    let proxy = Server::start([Answer::json(wired.fixtures().whole)]).await;
    let host = wired.host_with(&proxy, |setup| {
        setup.proxy = Some(setup.base_url.clone());
        "http://127.0.0.1:9/v1".clone_into(&mut setup.base_url);
    });
    let answer = wired.ask(&host, false, &hello(), &TextSink::default()).await.unwrap();
    assert_eq!(answer.text, wired.fixtures().text);
    assert_eq!(
        proxy.last().path,
        "http://127.0.0.1:9/v1/chat/completions",
        "in the form that proxies are asked in"
    );
}

#[tokio::test]
async fn a_page_for_people_is_no_answer() {
    for wired in Wired::ALL {
        let page =
            Answer::of("text/html; charset=utf-8", vec![Step::Send("<html>Sign in</html>".to_owned())]);
        let server = Server::start([page]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&server), &hello()).await;
        let told = answer.unwrap_err().to_string();
        assert_eq!(
            told,
            "the model is unavailable: it answered with a page for people; is `base-url` right?"
        );
        let empty = Server::start([Answer::json("{}")]).await;
        let (answer, _) = wired.ask_streaming(&wired.host(&empty), &hello()).await;
        assert!(matches!(answer, Err(ModelError::Unavailable(_))), "{wired:?}: {answer:?}");
    }
}

#[tokio::test]
async fn dropping_the_question_ends_the_connection() {
    let wired = Wired::OpenAi;
    let mut body = vec![Step::Send(wired.fixtures().stream.split_inclusive("\n\n").take(2).collect())];
    body.extend(
        (0..200)
            .flat_map(|_| [Step::Wait(Duration::from_millis(20)), Step::Send(": still here\n\n".to_owned())]),
    );
    let server = Server::start([Answer::of("text/event-stream", body)]).await;
    let host = wired.host_with(&server, |setup| setup.max_concurrent = 1);
    let (sink, mut pieces) = TextSink::channel();
    let request = hello();
    {
        let asking = wired.ask(&host, false, &request, &sink);
        tokio::pin!(asking);
        let first = tokio::select! {
            piece = pieces.recv() => piece,
            answer = &mut asking => panic!("too early: {answer:?}"),
        };
        assert!(first.is_some(), "it streams");
    }
    // The only slot is free again at once.
    let again = tokio::time::timeout(Duration::from_secs(2), async {
        tokio::select! {
            _ = wired.ask(&host, false, &request, &sink) => {}
            _ = pieces.recv() => {}
        }
    });
    again.await.expect("the slot of what was dropped is free");
    assert_eq!(server.got().len(), 2);
}
