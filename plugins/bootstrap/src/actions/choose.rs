//! CHOOSE_OPTION.

use crate::{ChoiceMade, Choices, error::Problem, people::DidYouMean};
use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// What was chosen.
#[derive(Deserialize, JsonSchema)]
struct Chosen {
    /// The option that was chosen, by name or by number.
    option: String,
}

/// The provider CHOICE has told of an open choice.
#[validate]
fn is_asked(state: State) -> Result<(), &'static str> {
    if state.data.contains_key("CHOICE") { Ok(()) } else { Err("nothing waits to be chosen in this room") }
}

/// Chooses an option of the choice that waits in this room, when the user has said which.
#[action(
    similes("SELECT_OPTION", "SELECT", "PICK", "CHOOSE"),
    validate = is_asked,
    example(user = "I pick the first one", agent = "You chose the first one."),
    example(user = "Choose option 2", agent = "You chose option 2."),
    example(user = "Let's select the option approve", agent = "You chose approve."),
    example(user = "I'd go with option B please", agent = "You chose B.")
)]
async fn choose_option(
    Args(chosen): Args<Chosen>,
    message: Message,
    choices: Service<Choices>,
    events: Events,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    let waits = choices.pending(message.room).await?;
    let choice = waits.ok_or_else(|| Problem::refused("nothing waits to be chosen in this room"))?;
    let option = choice.option(&chosen.option).map_err(|nearest| {
        let names: Vec<&str> = choice.options.iter().map(|option| option.name.as_str()).collect();
        let (wanted, names) = (chosen.option.trim(), names.join(", "));
        Problem::refused(format!(
            "there is no option {wanted}{}; the options are: {names}",
            DidYouMean(&nearest)
        ))
    })?;
    let name = option.name.clone();
    choices.close(message.room).await?;
    reply.text(format!("You chose “{name}”.")).await?;
    let made = ChoiceMade { room: message.room, choice, option: name.clone(), entity: message.entity };
    let result = ActionResult::text(format!("The option {name} was chosen.")).with_data(&made)?;
    events.emit(made).await;
    Ok(result.with_value("chosenOption", name))
}
