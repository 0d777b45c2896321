//! The plugins `openai-compatible` and `anthropic` against a real server with a real, tiny model: validity counts, not wisdom.

use galatea::{
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, Parameters, Piece, Purpose, TextSink, Tool},
    testing::{TestAgent, TestResult},
};
use galatea_anthropic::Anthropic;
use galatea_llama_testkit::{CONTEXT, Llama, SLOTS};
use galatea_openai_compatible::OpenAiCompatible;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The two ways to the server; none where the packaged server cannot run, which is said.
async fn agents() -> Result<Vec<(&'static str, TestAgent)>, Box<dyn std::error::Error + Send + Sync>> {
    if let Some(why) = Llama::cannot_run() {
        eprintln!("not tried: {why}");
        return Ok(Vec::new());
    }
    let url = Llama::shared().await?.url();
    let openai = json!({ "base-url": format!("{url}/v1"), "tools": "schema" });
    // Whatever key, whatever model: the server has one.
    let anthropic = json!({ "base-url": url, "api-key": "no-key-is-asked-for" });
    let compatible = TestAgent::with::<OpenAiCompatible>().config::<OpenAiCompatible>(openai);
    let anthropic = TestAgent::with::<Anthropic>().config::<Anthropic>(anthropic);
    let patient = Duration::from_secs(120);
    Ok(vec![
        ("openai-compatible", compatible.real_models().patience(patient).start().await?),
        ("anthropic", anthropic.real_models().patience(patient).start().await?),
    ])
}

fn asked(text: &str, max_tokens: u32) -> ModelRequest {
    let parameters =
        Parameters { temperature: Some(0.0), max_tokens: Some(max_tokens), ..Parameters::default() };
    let system = "You are Ada, who keeps the weather log of an observatory.".to_owned();
    ModelRequest { system, parameters, ..ModelRequest::new(Purpose::Reply, text) }
}

async fn ask(agent: &TestAgent, request: ModelRequest) -> Result<ModelAnswer, ModelError> {
    agent.generate(ModelKind::TextLarge, request, None, TextSink::default()).await
}

#[tokio::test]
async fn a_real_model_chats_and_counts() -> TestResult {
    for (name, agent) in agents().await? {
        let answer = ask(&agent, asked("Say hello to Sam.", 24)).await?;
        assert!(!answer.text.trim().is_empty(), "{name}");
        assert!(answer.model.contains("SmolLM2"), "{name}: {}", answer.model);
        assert!((15..200).contains(&answer.usage.prompt), "{name}: {:?}", answer.usage);
        assert!((1..=24).contains(&answer.usage.completion), "{name}: {:?}", answer.usage);
        let cut = ask(&agent, asked("Tell me a long story about the sea.", 8)).await?;
        assert!(cut.cut && cut.usage.completion <= 8, "{name}: {cut:?}");
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_real_stream_can_be_followed_and_left() -> TestResult {
    for (name, agent) in agents().await? {
        let (sink, mut pieces) = TextSink::channel();
        let request = asked("Tell me a story about a lighthouse.", 40);
        let asking = agent.generate(ModelKind::TextLarge, request.clone(), None, sink);
        let collect = async {
            let mut all = Vec::new();
            while let Some(piece) = pieces.recv().await {
                if let Piece::Text(text) = piece {
                    all.push(text);
                }
            }
            all
        };
        let (answer, shown) = tokio::join!(asking, collect);
        let answer = answer?;
        assert!(shown.len() > 5, "{name}: {shown:?}");
        assert_eq!(shown.concat(), answer.text, "{name}");

        // Leaving in the middle of a long answer frees the server's slot: short questions are answered at once.
        let begun = Instant::now();
        for _ in 0..SLOTS + 1 {
            let (sink, mut pieces) = TextSink::channel();
            let long =
                agent.generate(ModelKind::TextLarge, asked("Count from one to a thousand.", 900), None, sink);
            tokio::pin!(long);
            let first = tokio::select! {
                piece = pieces.recv() => piece,
                answer = &mut long => return Err(format!("{name}: {answer:?} came before its first piece").into()),
            };
            assert!(matches!(first, Some(Piece::Text(_))), "{name}");
        }
        let left = begun.elapsed();
        let short = Instant::now();
        ask(&agent, asked("Hello!", 4)).await?;
        assert!(short.elapsed() < Duration::from_secs(20), "{name}: {left:?}, then {:?}", short.elapsed());
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_real_model_chooses_actions_that_are_valid() -> TestResult {
    let tool = |name: &str, description: &str, key: &str| Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({
            "type": "object", "properties": { key: { "type": "string", "maxLength": 40 } }, "required": [key],
            "additionalProperties": false,
        }),
        similes: Vec::new(),
        examples: Vec::new(),
    };
    let Some((_, agent)) = agents().await?.into_iter().next() else { return Ok(()) };
    for question in ["What is the weather in Oslo?", "Remind me to buy milk.", "Good morning, Ada!"] {
        let mut request = asked(question, 120);
        request.purpose = Purpose::Decide;
        request.tools = vec![
            tool("GET_WEATHER", "Tells the weather at a place.", "place"),
            tool("REMIND", "Reminds of something later.", "what"),
        ];
        let answer = ask(&agent, request).await?;
        match answer.calls.as_slice() {
            // It was held to say something instead; a text that grew too long is a text too.
            [] => assert!(!answer.text.is_empty(), "{question}"),
            [call] => {
                let key = match call.name.as_str() {
                    "GET_WEATHER" => "place",
                    "REMIND" => "what",
                    other => return Err(format!("{question}: an action {other} that nobody offered").into()),
                };
                assert!(call.arguments.get(key).is_some_and(Value::is_string), "{question}: {call:?}");
            }
            more => return Err(format!("{question}: {more:?}").into()),
        }
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_real_model_is_held_to_a_schema() -> TestResult {
    let schema = json!({
        "type": "object",
        "properties": { "sky": { "type": "string", "enum": ["clear", "cloudy"] }, "degrees": { "type": "integer" } },
        "required": ["sky", "degrees"],
        "additionalProperties": false,
    });
    let Some((_, agent)) = agents().await?.into_iter().next() else { return Ok(()) };
    let mut request = asked("It is 12 degrees and cloudy.", 60);
    request.format = galatea::model::Format::Json(schema);
    let answer = agent.generate(ModelKind::ObjectSmall, request, None, TextSink::default()).await?;
    let object: Value = serde_json::from_str(&answer.text)?;
    assert!(
        object["degrees"].is_i64() && ["clear", "cloudy"].contains(&object["sky"].as_str().unwrap_or("")),
        "{object}"
    );
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_real_context_overflows() -> TestResult {
    let limit = u64::try_from(CONTEXT)?;
    for (name, agent) in agents().await? {
        let told = ask(&agent, asked(&"fog ".repeat(3 * CONTEXT), 4)).await.unwrap_err();
        assert!(
            matches!(&told, ModelError::TooLong { limit: Some(tokens), .. } if *tokens == limit),
            "{name}: {told:?}"
        );
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn real_slots_work_side_by_side() -> TestResult {
    for (name, agent) in agents().await? {
        let questions = ["Say one.", "Say two.", "Say three.", "Say four."];
        let asking = questions.map(|question| ask(&agent, asked(question, 16)));
        for (question, answer) in questions.iter().zip(futures_util::future::join_all(asking).await) {
            assert!(!answer?.text.is_empty(), "{name}: {question}");
        }
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_real_model_holds_a_conversation() -> TestResult {
    for (name, agent) in agents().await? {
        let turn = agent.says("Hello! Who are you?").await?;
        assert!(turn.replies().iter().any(|reply| !reply.trim().is_empty()), "{name}");
        agent.stop().await;
    }
    Ok(())
}
