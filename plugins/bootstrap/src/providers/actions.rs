//! ACTIONS.

use galatea::{agent::RegisteredAction, prelude::*, text::template::add_header};

/// The actions there are, as values for templates; the model gets them as the tools of the request.
#[provider(position = -1)]
async fn actions(agent: Agent) -> Context {
    let parts = agent.parts();
    let all = &parts.actions;
    let names: Vec<&str> = all.iter().map(|action| action.def.name).collect();
    let described: Vec<String> =
        all.iter().map(|action| format!("- **{}**: {}", action.def.name, action.description())).collect();
    let described = add_header("# Available Actions", &described.join("\n"));
    let examples: Vec<String> = all.iter().filter_map(example).collect();
    Context::default()
        .with_value("actionNames", format!("Possible response actions: {}", names.join(", ")))
        .with_value("actionsWithDescriptions", described.clone())
        .with_value("actions", described)
        .with_value("actionExamples", add_header("# Action Examples", &examples.join("\n\n")))
}

fn example(action: &RegisteredAction) -> Option<String> {
    let example = action.def.examples.first()?;
    Some(format!("User: {}\nAgent: {} (actions: {})", example.user, example.agent, action.def.name))
}
