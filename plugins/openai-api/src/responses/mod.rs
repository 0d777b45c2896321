//! `/v1/responses`.
//!
//! A response is a run: its id tells which, and it is read again from what the agent remembers of it. `object` makes it of that,
//! `stream` tells it while it is made, `stored` reads and forgets it, `previous` goes on from one.

mod object;
mod previous;
mod stored;
mod stream;

pub(crate) use stored::{cancel, delete, input, read};

use crate::{
    answer,
    chat::{Wishes, parsed},
    conversation::{self, Conversation},
    door::{self, Door},
    error::ApiError,
    fields::Fields,
    marks::{Asked, Marks},
    prompt::Prompt,
    refused, sse, turn,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use galatea_server::{Access, Directory};
use object::{Frame, whole};

pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    door::listed(&directory, &access)?;
    let body = parsed(&body)?;
    let body = Fields::of_body(&body)?;
    let door = Door::to(body.required_text("model")?, &directory, &access)?;
    refused::of_response(&body)?;
    let prompt = Prompt::of_response(&body)?;
    let asked = asked(&body)?;
    let wishes = Wishes::of(&body, &asked.metadata, &door.agent)?;
    let user = body.text("user")?;
    let message = turn::message_id(&door, &headers);
    let key = conversation::key(&body, &["conversation", "prompt_cache_key", "user"])?;
    let conversation = match &asked.previous {
        Some(_) if asked.conversation.is_some() => {
            let message = "`previous_response_id` and `conversation` cannot be given together: each says what went before.";
            return Err(ApiError::invalid(message).param("conversation").code("invalid_value"));
        }
        Some(previous) => previous::conversation(&door, previous, user, message).await?,
        None => Conversation::of(&door, &key.unwrap_or_else(|| message.to_string()), user),
    };
    let marks = Marks { instructions: prompt.instructions.clone(), response: Some(asked.clone()) };
    let following = turn::ask(&door, &conversation, prompt, &marks, message).await?;
    let frame =
        Frame { run: following.run, created: door.agent.clock().now().as_second(), model: door.model, asked };
    if wishes.stream {
        return Ok(sse::told(following, stream::Events::new(frame, wishes)));
    }
    let (replies, record) = following.finish().await?;
    if let Some(failure) = answer::failure(&record) {
        return Err(failure);
    }
    let texts = replies.iter().map(|reply| reply.content.text.as_str());
    let mut response = whole(&frame, texts, &record);
    if wishes.events {
        response["galatea"] = answer::summary(&record);
    }
    Ok(Json(response).into_response())
}

fn asked(body: &Fields<'_>) -> Result<Asked, ApiError> {
    let owned = |name| body.text(name).map(|text| text.map(str::to_owned));
    let is_stored = match body.get("store") {
        None => true,
        Some(_) => body.flag("store")?,
    };
    Ok(Asked {
        store: is_stored,
        previous: owned("previous_response_id")?,
        conversation: match body.get("conversation") {
            Some(value) if value.is_object() => body
                .object("conversation")?
                .map(|it| it.required_text("id").map(str::to_owned))
                .transpose()?,
            _ => owned("conversation")?,
        },
        user: owned("user")?,
        instructions: owned("instructions")?,
        metadata: conversation::metadata(body)?,
    })
}
