//! Vectors, pictures and sound, against the documented answers.

use super::support::{Answer, Server, Step, Wired, ollama, openai};
use galatea::{
    budget::Money,
    model::{Line, ModelRequest, Purpose, Usage, Wanted},
    service::kind::Media,
};
use galatea_hosted::{Gemini, openai::Dialect};
use serde_json::json;

fn said(text: &str) -> ModelRequest {
    ModelRequest::new(Purpose::Other("test".to_owned()), text)
}

#[tokio::test]
async fn vectors_come_in_the_order_of_the_texts() {
    let request =
        ModelRequest::embedding(["one", "two"]).wanting(Wanted { dimension: Some(2), ..Wanted::default() });
    // https://developers.openai.com/api/reference/resources/embeddings
    let server = Server::start([Answer::json(json!({ "object": "list", "data": [
        { "object": "embedding", "index": 1, "embedding": [0.0, 1.0] },
        { "object": "embedding", "index": 0, "embedding": [1.0, 0.0] },
    ], "model": "text-embedding-3-small", "usage": { "prompt_tokens": 8, "total_tokens": 8 } }))])
    .await;
    let answer = openai(Dialect::OpenAi).embed(&Wired::OpenAi.host(&server), "m", &request).await.unwrap();
    assert_eq!(answer.vectors, [vec![1.0, 0.0], vec![0.0, 1.0]]);
    assert_eq!((answer.usage, answer.model.as_str()), (Usage::new(8, 0), "text-embedding-3-small"));
    assert_eq!(server.last().path, "/embeddings");
    assert_eq!(
        server.last().json(),
        json!({ "model": "m", "input": ["one", "two"], "encoding_format": "float", "dimensions": 2 })
    );

    // https://ai.google.dev/api/embeddings
    let server =
        Server::start([Answer::json(json!({ "embeddings": [{ "values": [1.0] }, { "values": [2.0] }] }))])
            .await;
    let answer = Gemini.embed(&Wired::Gemini.host(&server), "m", &request).await.unwrap();
    assert_eq!(answer.vectors, [[1.0], [2.0]]);
    assert_eq!(server.last().path, "/models/m:batchEmbedContents");
    let one = |text: &str| json!({ "model": "models/m", "content": { "parts": [{ "text": text }] }, "outputDimensionality": 2 });
    assert_eq!(server.last().json(), json!({ "requests": [one("one"), one("two")] }));

    // https://docs.ollama.com/api/embed
    let server = Server::start([Answer::json(json!({
        "model": "m", "embeddings": [[1.0], [2.0]], "total_duration": 14143917, "load_duration": 1019500, "prompt_eval_count": 8,
    }))])
    .await;
    let answer = ollama().embed(&Wired::Ollama.host(&server), "m", &request).await.unwrap();
    assert_eq!((answer.vectors.len(), answer.usage), (2, Usage::new(8, 0)));
    assert_eq!(server.last().path, "/api/embed");

    let short = Server::start([Answer::json(json!({ "embeddings": [[1.0]] }))]).await;
    let told = ollama().embed(&Wired::Ollama.host(&short), "m", &request).await.unwrap_err().to_string();
    assert_eq!(told, "the model is unavailable: 1 vectors for 2 texts");
}

#[tokio::test]
async fn many_texts_are_several_requests() {
    let texts: Vec<String> = (0..150).map(|number| number.to_string()).collect();
    let vectors =
        |count: usize| Answer::json(json!({ "embeddings": vec![json!({ "values": [count] }); count] }));
    let server = Server::start([vectors(100), vectors(50)]).await;
    let answer =
        Gemini.embed(&Wired::Gemini.host(&server), "m", &ModelRequest::embedding(&texts)).await.unwrap();
    assert_eq!((answer.vectors.len(), server.got().len()), (150, 2));
    assert_eq!((answer.vectors[99][0], answer.vectors[100][0]), (100.0, 50.0));
}

#[tokio::test]
async fn pictures_come_as_data() {
    let request = said("a lighthouse").wanting(Wanted {
        size: Some((1024, 1536)),
        count: Some(1),
        ..Wanted::default()
    });
    let picture = Media::new("image/png", *b"picture");
    // https://developers.openai.com/api/reference/resources/images
    let server = Server::start([Answer::json(json!({
        "created": 1, "data": [{ "b64_json": picture.base64() }], "output_format": "png",
        "usage": { "total_tokens": 100, "input_tokens": 50, "output_tokens": 50 },
    }))])
    .await;
    let answer =
        openai(Dialect::OpenAi).image(&Wired::OpenAi.host(&server), "gpt-image-1.5", &request).await.unwrap();
    assert_eq!(answer.media, std::slice::from_ref(&picture));
    assert_eq!(answer.usage, Usage { pictures: 1, ..Usage::new(50, 50) });
    assert_eq!(
        server.last().json(),
        json!({ "model": "gpt-image-1.5", "prompt": "a lighthouse", "n": 1, "size": "1024x1536" })
    );

    let address =
        Server::start([Answer::json(json!({ "data": [{ "url": "https://elsewhere.test/x.png" }] }))]).await;
    let told = openai(Dialect::Compatible).image(&Wired::Compatible.host(&address), "sd", &request).await;
    assert_eq!(
        told.unwrap_err().to_string(),
        "the model is unavailable: a picture was answered as an address, which is not fetched"
    );
    assert_eq!(address.last().json()["response_format"], "b64_json");

    // https://openrouter.ai/docs/guides/overview/multimodal/image-generation
    let url = format!("data:image/png;base64,{}", picture.base64());
    let server = Server::start([Answer::json(json!({ "choices": [{ "message": {
        "role": "assistant", "content": "Here it is.", "images": [{ "type": "image_url", "image_url": { "url": url } }],
    } }], "usage": { "prompt_tokens": 9, "completion_tokens": 1290, "cost": 0.0387 } }))])
    .await;
    let mut shown = request.clone();
    shown.lines = vec![Line::with_media("a lighthouse", [picture.clone()])];
    let answer =
        openai(Dialect::OpenRouter).image(&Wired::OpenRouter.host(&server), "m", &shown).await.unwrap();
    assert_eq!(answer.media, std::slice::from_ref(&picture));
    assert_eq!(answer.usage, Usage { pictures: 1, cost: Money::from_dollars(0.0387), ..Usage::new(9, 1290) });
    assert_eq!(server.last().json()["modalities"], json!(["image", "text"]));
    let parts = json!([{ "type": "text", "text": "a lighthouse" }, { "type": "image_url", "image_url": { "url": url } }]);
    assert_eq!(server.last().json()["messages"], json!([{ "role": "user", "content": parts }]));

    // https://ai.google.dev/gemini-api/docs/image-generation
    let server = Server::start([Answer::json(json!({ "candidates": [{ "content": { "parts": [
        { "inlineData": { "mimeType": "image/png", "data": picture.base64() } },
    ] }, "finishReason": "STOP" }] }))])
    .await;
    let answer = Gemini.image(&Wired::Gemini.host(&server), "m", &request).await.unwrap();
    assert_eq!(answer.media, [picture]);
    assert_eq!(
        server.last().json()["generationConfig"],
        json!({ "responseModalities": ["TEXT", "IMAGE"], "imageConfig": { "aspectRatio": "2:3" } })
    );
}

#[tokio::test]
async fn pictures_that_are_made_are_kept_where_a_later_one_fails() {
    let picture = Media::new("image/png", *b"picture");
    let made = || {
        Answer::json(json!({ "candidates": [{ "content": { "parts": [
            { "inlineData": { "mimeType": "image/png", "data": picture.base64() } },
        ] }, "finishReason": "STOP" }], "usageMetadata": { "promptTokenCount": 2, "candidatesTokenCount": 10 } }))
    };
    let request = said("a lighthouse").wanting(Wanted { count: Some(4), ..Wanted::default() });
    let server = Server::start([made(), made(), Answer::json("{}").status(503)]).await;
    let answer = Gemini.image(&Wired::Gemini.host(&server), "m", &request).await.unwrap();
    assert_eq!((answer.media.len(), answer.usage), (2, Usage { pictures: 2, ..Usage::new(4, 20) }));
    let server = Server::start([Answer::json("{}").status(503)]).await;
    Gemini.image(&Wired::Gemini.host(&server), "m", &request).await.unwrap_err();
}

#[tokio::test]
async fn speech_is_written_down() {
    let sound = Media::new("audio/mpeg", *b"sound");
    let request = said("").wanting(Wanted { language: Some("en".to_owned()), ..Wanted::default() });
    // https://developers.openai.com/api/reference/resources/audio
    let server = Server::start([Answer::json(json!({
        "text": "Imagine the wildest idea.", "usage": { "type": "duration", "seconds": 3 },
    }))])
    .await;
    let wire = openai(Dialect::OpenAi);
    let answer = wire.transcribe(&Wired::OpenAi.host(&server), "whisper-1", &request, &sound).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.sound), ("Imagine the wildest idea.", 3000));
    let got = server.last();
    let boundary = got.header("content-type").strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(got.body.clone()).unwrap();
    for part in [
        "name=\"model\"\r\n\r\nwhisper-1\r\n",
        "name=\"language\"\r\n\r\nen\r\n",
        "name=\"file\"; filename=\"sound.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\nsound\r\n",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert!(body.ends_with(&format!("--{boundary}--\r\n")));

    let server = Server::start([Answer::json(json!({ "candidates": [{ "content": { "parts": [{ "text": " Hello.\n" }] }, "finishReason": "STOP" }] }))]).await;
    let answer = Gemini.transcribe(&Wired::Gemini.host(&server), "m", &request, &sound).await.unwrap();
    assert_eq!(answer.text, "Hello.");
    assert_eq!(server.last().json()["contents"][0]["parts"][1]["inlineData"]["mimeType"], "audio/mpeg");
}

#[tokio::test]
async fn text_is_spoken() {
    let server = Server::start([Answer::of("audio/mpeg", vec![Step::Send("sound".to_owned())])]).await;
    let wire = openai(Dialect::OpenAi);
    let answer =
        wire.speak(&Wired::OpenAi.host(&server), "gpt-4o-mini-tts", "alloy", &said("Hello!")).await.unwrap();
    assert_eq!(answer.media, [Media::new("audio/mpeg", *b"sound")]);
    assert_eq!(answer.usage.characters, 6);
    assert_eq!(
        server.last().json(),
        json!({ "model": "gpt-4o-mini-tts", "input": "Hello!", "voice": "alloy", "response_format": "mp3" })
    );
    let strange =
        said("Hello!").wanting(Wanted { media_type: Some("audio/midi".to_owned()), ..Wanted::default() });
    let told =
        wire.speak(&Wired::OpenAi.host(&server), "m", "alloy", &strange).await.unwrap_err().to_string();
    assert_eq!(told, "the model refused the request: speech cannot be had as audio/midi; ask for audio/mpeg");

    // https://ai.google.dev/gemini-api/docs/speech-generation: bare samples, which become a file.
    let samples = Media::new("audio/L16;codec=pcm;rate=24000", [1, 0]);
    let server = Server::start([Answer::json(json!({ "candidates": [{ "content": { "parts": [
        { "inlineData": { "mimeType": samples.media_type, "data": samples.base64() } },
    ] }, "finishReason": "STOP" }], "usageMetadata": { "promptTokenCount": 2, "candidatesTokenCount": 25 } }))])
    .await;
    let answer = Gemini.speak(&Wired::Gemini.host(&server), "m", "Kore", &said("Hello!")).await.unwrap();
    assert_eq!((answer.media[0].media_type.as_str(), answer.media[0].bytes.len()), ("audio/wav", 46));
    assert_eq!(
        server.last().json()["generationConfig"]["speechConfig"],
        json!({ "voiceConfig": { "prebuiltVoiceConfig": { "voiceName": "Kore" } } })
    );
}
