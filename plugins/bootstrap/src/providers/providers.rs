//! PROVIDERS.

use galatea::{definition::ProviderDef, prelude::*, text::template::add_header};
use serde_json::json;

/// The providers there are, as values for templates, with those that run only when they are asked for by name.
#[provider]
async fn providers(agent: Agent) -> Context {
    let parts = agent.parts();
    let open: Vec<&ProviderDef> =
        parts.providers.iter().map(|provider| provider.def).filter(|def| !def.private).collect();
    let line = |def: &&&ProviderDef| format!("- **{}**: {}", def.name, def.description);
    let all: Vec<String> = open.iter().map(|def| line(&def)).collect();
    let dynamic: Vec<&&ProviderDef> = open.iter().filter(|def| def.dynamic).collect();
    let told: Vec<String> = dynamic.iter().map(line).collect();
    let names: Vec<&str> = dynamic.iter().map(|def| def.name).collect();
    let asked = "These providers are available for the agent to select and use:";
    let text = if told.is_empty() { String::new() } else { format!("{asked}\n{}", told.join("\n")) };
    let mut context = Context::default()
        .with_value("providersWithDescriptions", add_header("# Available Providers", &all.join("\n")))
        .with_value("dynamicProviders", add_header("# Providers", &text));
    context.data = json!({ "dynamic": names });
    context
}
