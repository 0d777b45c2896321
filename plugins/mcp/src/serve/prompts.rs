//! What shows how the agent talks, as prompts.

use galatea::{agent::Agent, text::name::same_name};
use rmcp::{
    ErrorData,
    model::{GetPromptResult, Prompt, PromptMessage, Role},
};

/// The prompt that tells who the agent is.
const PERSONA: &str = "persona";

pub(super) fn list(agent: &Agent) -> Vec<Prompt> {
    let character = agent.character();
    let persona = Prompt::new(PERSONA, Some(format!("Who {} is, to talk like it.", character.name)), None);
    let examples = character.message_examples.iter().enumerate().map(|(index, lines)| {
        let first = lines.first().map(|line| line.text.clone()).unwrap_or_default();
        Prompt::new(
            format!("example-{}", index + 1),
            Some(format!("How {} talks: “{first}”", character.name)),
            None,
        )
    });
    std::iter::once(persona).chain(examples).collect()
}

pub(super) fn get(agent: &Agent, name: &str) -> Result<GetPromptResult, ErrorData> {
    let character = agent.character();
    if name == PERSONA {
        let mut text = format!("You are {}.", character.name);
        for line in character.system.iter().chain(character.bio.as_slice()) {
            text.push('\n');
            text.push_str(line);
        }
        return Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]));
    }
    let number = name.strip_prefix("example-").and_then(|number| number.parse::<usize>().ok());
    let lines = number.and_then(|number| character.message_examples.get(number.checked_sub(1)?));
    let lines =
        lines.ok_or_else(|| ErrorData::invalid_params(format!("there is no prompt `{name}`"), None))?;
    let messages = lines.iter().map(|line| {
        let is_own = same_name(&line.name, &character.name);
        PromptMessage::new_text(if is_own { Role::Assistant } else { Role::User }, line.text.clone())
    });
    Ok(GetPromptResult::new(messages.collect()))
}
