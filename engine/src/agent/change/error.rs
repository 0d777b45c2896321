//! Why a change was not made.

use crate::{
    agent::{LoadStep, load::Refusal},
    diagnostic::{Code, Diagnostic, Report, Severity, Source, render},
    plan::Conflict,
};

/// Why a change was not made. The agent runs as before; what had been loaded for the change is unloaded.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The agent is stopping, or has stopped.
    #[error("the agent is stopping; nothing of it is changed any more")]
    Stopping,
    /// Plugins are being loaded, and one of them asks for a change.
    #[error("plugins are being loaded; ask for a change when the agent runs, not in `on_load` or `start`")]
    Loading,
    /// The plan is that of somebody else.
    #[error("this would be another agent, `{wanted}` instead of `{running}`; restart for a new name or id")]
    AnotherAgent {
        /// The agent that runs: its name, with its id where the names are the same.
        running: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// No plugin of this build has this name.
    #[error("there is no plugin `{plugin}` in this build{}", suggestion(.near))]
    Unknown {
        /// The name.
        plugin: String,
        /// The name of this build that is most like it.
        near: Option<&'static str>,
    },
    /// The plugin does not run.
    #[error("plugin `{plugin}` does not run: {why}; enable it first")]
    NotRunning {
        /// The plugin.
        plugin: String,
        /// Why it does not.
        why: String,
    },
    /// Others require the plugin that would no longer run.
    #[error(
        "plugin `{plugin}` is required by {}; take these out too, or keep it", quoted(.by)
    )]
    Required {
        /// The plugin.
        plugin: String,
        /// Those that would run and require it, directly or through others, in load order.
        by: Vec<String>,
    },
    /// Plugins would run without what they require, as the environment is.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Conflicts(Vec<Conflict>),
    /// The storage would change.
    #[error(
        "plugin `{plugin}` is the storage, which cannot change while the agent runs ({why}); restart for that"
    )]
    Storage {
        /// The plugin.
        plugin: String,
        /// What is different.
        why: String,
    },
    /// The character would not be in order; the diagnostics are those of `galatea check`.
    #[error("{}", titles(.0))]
    Rejected(Box<Report>),
    /// A plugin was refused.
    #[error("plugin `{plugin}` was refused at {step}: {why}; {help}")]
    Refused {
        /// The plugin.
        plugin: String,
        /// The step that failed.
        step: LoadStep,
        /// Why.
        why: String,
        /// What to do.
        help: String,
    },
    /// The change ended by a panic of the engine.
    #[error("the change was broken off: {0}; this is a bug of the engine")]
    Broken(String),
}

impl ChangeError {
    pub(super) fn refused(plugin: &str, refusal: Refusal) -> Self {
        let Refusal { step, why, help } = refusal;
        Self::Refused { plugin: plugin.to_owned(), step, why, help }
    }

    /// The same as diagnostics of a character file.
    #[must_use]
    pub fn report(&self, path: &str) -> Report {
        let diagnostic = match self {
            Self::Rejected(report) => return report.as_ref().clone(),
            Self::Refused { plugin, step, why, help } => Diagnostic::error(
                Code::PluginRefused,
                format!("plugin `{plugin}` was refused at {step}: {why}"),
            )
            .help(help.clone()),
            other => Diagnostic::error(Code::PluginRefused, other.to_string()),
        };
        let diagnostic = diagnostic.help("the agent runs as before");
        Report { source: Source { path: path.to_owned(), text: "".into() }, diagnostics: vec![diagnostic] }
    }
}

fn suggestion(near: &Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The errors of a report as they are drawn.
fn titles(report: &Report) -> String {
    let errors = report.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| render(one, &report.source, false)).collect::<Vec<_>>().join("\n")
}
