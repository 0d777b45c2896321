//! Plugins made by hand.

use galatea::{
    action::ActionResult,
    character::Document,
    definition::{
        ActionDef, ConfigDef, HandlerFuture, ModelDef, NoConfig, Origin, PermissionDef, PermissionKind,
        PermissionScope, PluginConfig, PluginDef, Requirement, Strength, Submission, Target,
    },
    diagnostic::{Report, Source, render_all},
    extract::Invocation,
    model::{ModelAnswer, ModelError, ModelKind},
    plan::Plan,
    registry::Registry,
};
use std::time::Duration;

/// A plugin in the making.
#[derive(Clone)]
pub(crate) struct Made {
    name: String,
    version: &'static str,
    priority: i32,
    engine: Option<&'static str>,
    requirements: Vec<Requirement>,
    permissions: Vec<PermissionDef>,
    serves: Vec<ModelKind>,
    config: ConfigDef,
    members: Vec<&'static PluginDef>,
    middleware: Vec<&'static str>,
    actions: Vec<(&'static str, Vec<PermissionDef>)>,
}

pub(crate) fn plugin(name: &str) -> Made {
    Made {
        name: name.to_owned(),
        version: "1.2.0",
        priority: 0,
        engine: None,
        requirements: Vec::new(),
        permissions: Vec::new(),
        serves: Vec::new(),
        config: ConfigDef::of::<NoConfig>(),
        members: Vec::new(),
        middleware: Vec::new(),
        actions: Vec::new(),
    }
}

impl Made {
    fn with(mut self, target: Target, strength: Strength, versions: Option<&'static str>) -> Self {
        self.requirements.push(Requirement { target, strength, versions });
        self
    }

    pub(crate) fn requires(self, names: &[&str]) -> Self {
        let with = |made: Self, name: &&str| made.with(Target::Plugin(leak(name)), Strength::Required, None);
        names.iter().fold(self, with)
    }

    pub(crate) fn requires_version(self, name: &'static str, versions: &'static str) -> Self {
        self.with(Target::Plugin(name), Strength::Required, Some(versions))
    }

    pub(crate) fn optional(self, name: &str) -> Self {
        self.with(Target::Plugin(leak(name)), Strength::Optional, None)
    }

    pub(crate) fn tests_with(self, name: &str) -> Self {
        self.with(Target::Plugin(leak(name)), Strength::Test, None)
    }

    pub(crate) fn needs(self, kind: &'static str) -> Self {
        self.with(Target::Capability(kind), Strength::Required, None)
    }

    pub(crate) fn serves(mut self, kinds: &[&str]) -> Self {
        self.serves = kinds.iter().map(|kind| ModelKind::from_name(kind)).collect();
        self
    }

    pub(crate) fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn engine(mut self, range: &'static str) -> Self {
        self.engine = Some(range);
        self
    }

    pub(crate) fn config<C: PluginConfig>(mut self) -> Self {
        self.config = ConfigDef::of::<C>();
        self
    }

    /// Composes it of others.
    pub(crate) fn members(mut self, members: &[Self]) -> Self {
        self.members = members.iter().map(Self::def).collect();
        self
    }

    pub(crate) fn middleware(mut self, names: &[&'static str]) -> Self {
        self.middleware = names.to_vec();
        self
    }

    pub(crate) fn permission(mut self, kind: PermissionKind, scope: PermissionScope) -> Self {
        self.permissions.push(PermissionDef { kind, scope });
        self
    }

    /// An action with permissions of its own.
    pub(crate) fn action(mut self, name: &'static str, wanted: &[(PermissionKind, PermissionScope)]) -> Self {
        let wanted = wanted.iter().map(|&(kind, scope)| PermissionDef { kind, scope });
        self.actions.push((name, wanted.collect()));
        self
    }

    /// The definition, kept for ever.
    pub(crate) fn def(&self) -> &'static PluginDef {
        let name = leak(&self.name);
        Box::leak(Box::new(PluginDef {
            name,
            version: self.version,
            description: "Made by hand.",
            authors: "",
            license: "",
            path: leak(&format!("galatea_{0}::{0}", name.replace('-', "_"))),
            origin: ORIGIN,
            requirements: Box::leak(self.requirements.clone().into_boxed_slice()),
            permissions: Box::leak(self.permissions.clone().into_boxed_slice()),
            priority: self.priority,
            lazy: false,
            engine: self.engine,
            config: self.config,
            middleware: Box::leak(self.middleware.clone().into_boxed_slice()),
            members: Box::leak(self.members.clone().into_boxed_slice()),
        }))
    }

    pub(crate) fn submissions(&self) -> Vec<Submission> {
        let def = self.def();
        let model = (!self.serves.is_empty()).then(|| {
            Submission::Model(Box::leak(Box::new(ModelDef {
                name: "answer",
                description: "",
                plugin: def.name,
                origin: ORIGIN,
                kinds: Box::leak(self.serves.clone().into_boxed_slice()),
                priority: None,
                tools: false,
                config: None,
                describe: |_| {},
                call: never,
            })))
        });
        let actions = self.actions.iter().map(|(name, wanted)| {
            Submission::Action(Box::leak(Box::new(ActionDef {
                name,
                description: "Does nothing.",
                similes: &[],
                examples: &[],
                tags: &[],
                plugin: def.name,
                origin: ORIGIN,
                describe: |_| {},
                validate: &[],
                priority: 0,
                timeout: Duration::from_secs(60),
                rate_limit: None,
                roles: &[],
                permissions: Box::leak(wanted.clone().into_boxed_slice()),
                approval: None,
                idempotent: false,
                critical: false,
                call: |_| Box::pin(async { Ok(ActionResult::text("done")) }),
            })))
        });
        [Submission::Plugin(def)].into_iter().chain(model).chain(actions).collect()
    }
}

const ORIGIN: Origin = Origin { package: "made", module: "made", file: "src/lib.rs", line: 1 };

fn never(_: &Invocation) -> HandlerFuture<'_, Result<ModelAnswer, ModelError>> {
    Box::pin(async { Err(ModelError::Cancelled) })
}

pub(crate) fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

pub(crate) fn registry(plugins: &[Made]) -> Registry {
    Registry::new(plugins.iter().flat_map(Made::submissions)).unwrap()
}

/// The plan of a text, with its warnings.
pub(crate) fn examine(plugins: &[Made], toml: &str) -> Result<(Plan, Report), Report> {
    let source = Source { path: "characters/ada.toml".to_owned(), text: toml.into() };
    let (document, syntax) = Document::parse(source);
    Plan::examine(&registry(plugins), &document, &Default::default(), syntax)
}

pub(crate) fn shown(report: Report) -> String {
    render_all(&[report], false)
}

/// The config of a plugin that calls a service.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct Settings {
    /// The key of the service.
    api_key: galatea::character::Secret,
    /// Where the service is.
    #[serde(default = "base_url")]
    base_url: String,
    /// How values are given.
    #[serde(default)]
    units: Units,
    /// How often it is tried.
    #[serde(default)]
    retry: Retry,
    /// A place by default.
    place: Option<String>,
}

impl PluginConfig for Settings {}

#[derive(Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Units {
    #[default]
    Metric,
    Imperial,
}

#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Retry {
    times: u32,
    pause: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 3, pause: 10 }
    }
}

fn base_url() -> String {
    "https://api.weather.example/v1".to_owned()
}
