//! Configs in memory.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::service::kind::{ConfigProblem, KindFault, PluginConfiguration};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Mutex};

/// Keeps configs and checks them against JSON Schemas.
#[derive(Debug, Default)]
pub struct ConfigsInMemory(Mutex<BTreeMap<String, (Value, Value)>>);

impl ConfigsInMemory {
    /// Plugins with the schemas of their configs, and empty configs.
    #[must_use]
    pub fn new<'a>(plugins: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let plugins = plugins.into_iter().map(|(name, schema)| (name.to_owned(), (schema, json!({}))));
        Self(Mutex::new(plugins.collect()))
    }
}

fn problems(schema: &Value, config: &Value) -> Result<Vec<ConfigProblem>, KindFault> {
    if !config.is_object() {
        let what = "a config is an object".to_owned();
        return Ok(vec![ConfigProblem { key: String::new(), what }]);
    }
    let validator = jsonschema::validator_for(schema)
        .map_err(|error| KindFault::Unavailable(format!("the schema cannot be used: {error}")))?;
    let problem = |error: jsonschema::ValidationError<'_>| ConfigProblem {
        key: error.instance_path().to_string().trim_start_matches('/').replace('/', "."),
        what: error.to_string(),
    };
    let mut problems: Vec<ConfigProblem> = validator.iter_errors(config).map(problem).collect();
    problems.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(problems)
}

#[async_trait]
impl PluginConfiguration for ConfigsInMemory {
    async fn schema(&self, plugin: &str) -> Result<Value, KindFault> {
        lock(&self.0).get(plugin).map(|(schema, _)| schema.clone()).ok_or_else(|| missing(plugin))
    }

    async fn config(&self, plugin: &str) -> Result<Value, KindFault> {
        lock(&self.0).get(plugin).map(|(_, config)| config.clone()).ok_or_else(|| missing(plugin))
    }

    async fn problems(&self, plugin: &str, config: &Value) -> Result<Vec<ConfigProblem>, KindFault> {
        problems(&self.schema(plugin).await?, config)
    }

    async fn set(&self, plugin: &str, config: &Value) -> Result<(), KindFault> {
        let mut plugins = lock(&self.0);
        let (schema, kept) = plugins.get_mut(plugin).ok_or_else(|| missing(plugin))?;
        let problems = problems(schema, config)?;
        if let Some(first) = problems.first() {
            return refuse(format!("`{}`: {}", first.key, first.what));
        }
        *kept = config.clone();
        Ok(())
    }
}

/// Checks a service for configs. `good` is a config of `plugin` that can be set, `bad` one that cannot.
///
/// # Errors
/// What it did and should have done.
pub async fn check_plugin_configuration(
    service: &dyn PluginConfiguration,
    plugin: &str,
    good: &Value,
    bad: &Value,
) -> Outcome {
    demand(given(service.schema(plugin).await, "schema")?.is_object(), "a schema is an object")?;
    demand(given(service.config(plugin).await, "config")?.is_object(), "a config is an object")?;
    demand(
        given(service.problems(plugin, good).await, "problems")?.is_empty(),
        "nothing is wrong with a good config",
    )?;
    given(service.set(plugin, good).await, "set")?;
    let set = given(service.config(plugin).await, "config")?;
    let kept = |(key, value): (&String, &Value)| set.get(key) == Some(value);
    demand(good.as_object().is_some_and(|good| good.iter().all(kept)), "what is set is the config")?;
    let problems = given(service.problems(plugin, bad).await, "problems of a bad config")?;
    demand(
        !problems.is_empty() && problems.iter().all(|problem| !problem.what.is_empty()),
        "what is wrong is told",
    )?;
    refused(service.set(plugin, bad).await, "setting a bad config")?;
    demand(given(service.config(plugin).await, "config")? == set, "what is refused changes nothing")?;
    not_found(service.config("no-such-plugin").await, "the config of an unknown plugin")?;
    not_found(service.set("no-such-plugin", good).await, "setting the config of an unknown plugin")
}
