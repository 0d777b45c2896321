//! CHOICE.

use super::section;
use crate::Choices;
use galatea::{prelude::*, store::StoreError};

/// The choice that waits in this room, with its options.
#[provider(position = 80)]
async fn choice(message: Message, choices: Service<Choices>) -> Result<Context, StoreError> {
    let Some(choice) = choices.pending(message.room).await? else {
        return Ok(Context::default().with_value("tasks", "No pending choices for the moment."));
    };
    let options = choice.options.iter().enumerate().map(|(index, option)| {
        let description = option.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        format!("{}. {}{description}", index + 1, option.name)
    });
    let options: Vec<String> = options.collect();
    let body = format!(
        "{}\n{}\nWhen the user has said which, use CHOOSE_OPTION; until then, remind them of it.",
        choice.question,
        options.join("\n")
    );
    let text = section("A choice is to be made", &body);
    let data = serde_json::to_value(&choice).unwrap_or_default();
    Ok(Context { data, ..Context::text(text.clone()).with_value("tasks", text) })
}
