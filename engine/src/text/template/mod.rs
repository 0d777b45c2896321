//! Prompt templates: compiled once, rendered many times.
//!
//! The engine is minijinja, so conditions, loops and filters are written as in Jinja.
//! Templates imported from elizaOS are written for Handlebars (`{{#if}}`, `{{#each}}`, …);
//! they are recognised, and `handlebars` translates them. A source that has only
//! `{{name}}` and `{{a.b}}` means the same in both.
//!
//! Nothing is escaped for HTML, and values print as JavaScript would print them (`value`),
//! because that is what the imported prompts were written against.

mod handlebars;
mod value;

use std::collections::HashSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value as Json};

/// The name under which the one template of each environment is kept.
const NAME: &str = "template";

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    environment: Environment<'static>,
    root: Root,
}

/// How the values reach the template.
#[derive(Debug, Clone)]
enum Root {
    /// Jinja: the values are the variables; only those the template names are handed over.
    Variables(HashSet<String>),
    /// Translated Handlebars: all values are in one variable, see `handlebars::ROOT`.
    /// `None` if the template uses the values as a whole.
    Object(Option<HashSet<String>>),
}

/// Why a template cannot be compiled or rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The source is not a template.
    #[error("template line {line}: {problem}; {fix}")]
    Syntax {
        /// Line in the source, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        fix: String,
    },
    /// The template is fine, but not with these values.
    #[error("template line {line}: cannot be rendered: {problem}")]
    Render {
        /// Line in the source, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Template {
    /// Compiles a template written for Jinja or for Handlebars.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] with the line and what to write instead.
    pub fn compile(source: &str) -> Result<Self, TemplateError> {
        if handlebars::is_handlebars(source) {
            let translated = handlebars::translate(source)?;
            let environment = environment(translated.source)?;
            return Ok(Self { environment, root: Root::Object(translated.names) });
        }
        let environment = environment(source.to_owned())?;
        let template = environment.get_template(NAME).map_err(|error| syntax_error(&error))?;
        let names = template.undeclared_variables(false);
        // minijinja finds a misspelt filter only while rendering; a trial finds most of them now.
        if let Err(error) = template.render(())
            && is_unknown_word(error.kind())
        {
            return Err(syntax_error(&error));
        }
        Ok(Self { environment, root: Root::Variables(names) })
    }

    /// Renders the template with the fields of `values`. A missing value prints as nothing.
    ///
    /// # Errors
    /// [`TemplateError::Render`], for example when a filter is given a value it cannot use.
    pub fn render(&self, values: &Json) -> Result<String, TemplateError> {
        match values {
            Json::Object(fields) => self.render_fields(fields.iter()),
            other if matches!(self.root, Root::Object(None)) => self.render_root(other),
            _ => self.render_fields(std::iter::empty()),
        }
    }

    /// Renders the template as elizaOS renders its state: the fields of `values` and, where
    /// `values` has no such field, those of `top` except `text`, `data` and `values`.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_state(
        &self,
        values: &Map<String, Json>,
        top: &Map<String, Json>,
    ) -> Result<String, TemplateError> {
        let hidden = |name: &str| matches!(name, "text" | "data" | "values");
        let beneath = top.iter().filter(|(name, _)| !hidden(name) && !values.contains_key(*name));
        self.render_fields(beneath.chain(values.iter()))
    }

    fn render_fields<'a>(
        &self,
        fields: impl Iterator<Item = (&'a String, &'a Json)>,
    ) -> Result<String, TemplateError> {
        let context = match &self.root {
            Root::Variables(names) => value::object(fields.filter(|(name, _)| names.contains(*name))),
            Root::Object(Some(names)) => {
                handlebars::context(value::object(fields.filter(|(name, _)| names.contains(*name))))
            }
            Root::Object(None) => handlebars::context(value::object(fields)),
        };
        self.render_context(context)
    }

    /// A context that is not an object: `{{this}}` or `{{#each this}}` at the top.
    fn render_root(&self, root: &Json) -> Result<String, TemplateError> {
        self.render_context(handlebars::context(value::from_json(root)))
    }

    fn render_context(&self, context: minijinja::Value) -> Result<String, TemplateError> {
        self.environment.get_template(NAME).and_then(|template| template.render(context)).map_err(|error| {
            TemplateError::Render { line: error.line().unwrap_or(1), problem: problem(&error) }
        })
    }
}

/// `header` and `body` on lines of their own; nothing at all if there is no body.
pub fn add_header(header: &str, body: &str) -> String {
    match (header.is_empty(), body.is_empty()) {
        (_, true) => String::new(),
        (true, false) => format!("{body}\n"),
        (false, false) => format!("{header}\n{body}\n"),
    }
}

fn environment(source: String) -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    let syntax =
        SyntaxConfig::builder().keep_trailing_newline(true).build().map_err(|error| syntax_error(&error))?;
    environment.set_syntax(syntax);
    environment.set_formatter(value::format);
    handlebars::add_helpers(&mut environment);
    environment.add_template_owned(NAME, source).map_err(|error| syntax_error(&error))?;
    Ok(environment)
}

fn is_unknown_word(kind: minijinja::ErrorKind) -> bool {
    use minijinja::ErrorKind::{UnknownFilter, UnknownFunction, UnknownTest};
    matches!(kind, UnknownFilter | UnknownFunction | UnknownTest)
}

fn syntax_error(error: &minijinja::Error) -> TemplateError {
    let problem = problem(error);
    let fix = match error.kind() {
        minijinja::ErrorKind::UnknownFilter => "use a filter of minijinja, such as `{{ list|join(', ') }}`",
        minijinja::ErrorKind::UnknownTest => "use a test of minijinja, such as `{% if name is defined %}`",
        _ if problem.contains("end of input") => {
            "close every `{% for … %}` with `{% endfor %}`, every `{% if … %}` with `{% endif %}`, every `{{` with `}}`"
        }
        _ => {
            "write `{{ name }}` for a value, `{% if name %}…{% endif %}` for a condition, \
              `{% raw %}…{% endraw %}` around text that has to keep its braces"
        }
    };
    TemplateError::Syntax { line: error.line().unwrap_or(1), problem, fix: fix.to_owned() }
}

fn problem(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => detail.to_owned(),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests;
