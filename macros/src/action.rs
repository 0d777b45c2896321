//! `#[action]`: parse, model, expand.

use crate::{
    attr::{Entry, Form, Key, Keys, PLUGIN, key, repeated},
    case, duration,
    errors::{Errors, did_you_mean, list},
    handler::{self, Handler, Kind},
    permissions::{self, Permission},
    plugin_path::PluginPath,
    validate,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::time::Duration;
use syn::{LitStr, Path};

const KIND: Kind = Kind {
    a: "an action",
    many: "actions",
    attribute: "action",
    marker: "Action",
    readers: Some("the model reads it to decide when to call the action"),
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"GET_WEATHER\""),
    key("similes", "similes(\"FORECAST\", \"WEATHER\")"),
    repeated("example", EXAMPLE),
    key("tags", "tags(\"weather\")"),
    key("validate", validate::USAGE),
    key("timeout", "timeout = \"10s\""),
    key("rate_limit", RATE_LIMIT),
    key("roles", "roles(\"admin\", \"owner\")"),
    key("permissions", "permissions(Network(\"api.example.com\"), Filesystem)"),
    key("approval", APPROVAL),
    key("idempotent", "idempotent"),
    key("critical", "critical"),
    key("priority", "priority = 10"),
];

pub(crate) const EXAMPLE: &str = "example(user = \"Is it raining?\", agent = \"Let me look.\")";
const RATE_LIMIT: &str = "rate_limit = \"10/min\"` or `rate_limit(\"10/min\", per = room)";
const APPROVAL: &str = "approval` or `approval(by = \"admin\", expires = \"1h\")";
const DEFAULT_EXPIRY: Duration = Duration::from_secs(3600);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const SCOPES: [(&str, &str); 3] = [("user", "User"), ("room", "Room"), ("agent", "Agent")];

struct Action {
    plugin: PluginPath,
    name: String,
    similes: Vec<LitStr>,
    examples: Vec<TokenStream>,
    tags: Vec<LitStr>,
    validate: Vec<Path>,
    timeout: Duration,
    rate_limit: TokenStream,
    roles: Vec<LitStr>,
    permissions: Vec<Permission>,
    approval: TokenStream,
    idempotent: bool,
    critical: bool,
    priority: i32,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let action = Action::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| action.write(&handler)).unwrap_or_default())
}

impl Action {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[action]", KEYS, attribute, errors);
        let action = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: read_name(&mut keys, handler, errors),
            similes: keys.texts("similes", errors),
            examples: read_examples(&mut keys, errors),
            tags: keys.texts("tags", errors),
            validate: validate::take(&mut keys, errors),
            timeout: read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            rate_limit: read_rate_limit(&mut keys, errors),
            roles: read_roles(&mut keys, errors),
            permissions: permissions::take(&mut keys, errors),
            approval: read_approval(&mut keys, errors),
            idempotent: keys.flag("idempotent", errors),
            critical: keys.flag("critical", errors),
            priority: keys.integer("priority", errors).unwrap_or_default(),
        };
        keys.finish(errors);
        action
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self {
            name,
            similes,
            examples,
            tags,
            rate_limit,
            roles,
            approval,
            idempotent,
            critical,
            priority,
            ..
        } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoActionResult), "into_action_result");
        let caller = handler::caller(
            &call,
            &quote!(::galatea::action::ActionResult),
            &quote!(::galatea::extract::ExtractError),
            &quote!(::core::result::Result::Ok(#result)),
        );
        let description = &handler.description;
        let stages = validate::stages(&self.validate);
        let timeout = duration::tokens(self.timeout);
        let permissions = self.permissions.iter().map(Permission::write);
        let fields = quote! {
            name: #name,
            description: #description,
            similes: &[#(#similes),*],
            examples: &[#(#examples),*],
            tags: &[#(#tags),*],
            describe: __galatea_describe,
            validate: &[#(#stages),*],
            priority: #priority,
            timeout: #timeout,
            rate_limit: #rate_limit,
            roles: &[#(#roles),*],
            permissions: &[#(#permissions),*],
            approval: #approval,
            idempotent: #idempotent,
            critical: #critical,
            call: __galatea_call,
        };
        handler::submission(
            &self.plugin,
            &quote!(#constants #describe #caller),
            "Action",
            "ActionDef",
            &fields,
        )
    }
}

/// `name = "…"`, or the function's name in capitals.
pub(crate) fn read_name(keys: &mut Keys, handler: Option<&Handler>, errors: &mut Errors) -> String {
    match keys.value::<LitStr>("name", errors) {
        Some(name) => {
            if !case::is_screaming(&name.value()) {
                errors.at(
                    name.span(),
                    format!(
                        "`{}` is not a name in SCREAMING_SNAKE_CASE; write e.g. `{}`",
                        name.value(),
                        case::screaming(&case::snake(&name.value()))
                    ),
                );
            }
            name.value()
        }
        None => handler.map(|handler| case::screaming(&handler.name())).unwrap_or_default(),
    }
}

/// `timeout = "10s"`.
pub(crate) fn read_timeout(keys: &mut Keys, default: Duration, errors: &mut Errors) -> Duration {
    keys.value::<LitStr>("timeout", errors)
        .and_then(|text| duration::read_duration(&text, errors))
        .unwrap_or(default)
}

/// Every `example("…")` and `example(user = "…", agent = "…")`.
pub(crate) fn read_examples(keys: &mut Keys, errors: &mut Errors) -> Vec<TokenStream> {
    let all = keys.all("example");
    all.iter().filter_map(|entry| read_example(keys, entry, errors)).collect()
}

fn read_example(keys: &Keys, entry: &Entry, errors: &mut Errors) -> Option<TokenStream> {
    const SPEAKERS: &[Key] = &[key("user", EXAMPLE), key("agent", EXAMPLE)];
    let Form::List(content) = &entry.form else {
        keys.misused(entry, errors);
        return None;
    };
    let mut speakers = Keys::parse("example", SPEAKERS, content.clone(), errors);
    let alone = speakers.text_alone();
    let user = speakers.value::<LitStr>("user", errors);
    let agent = speakers.value::<LitStr>("agent", errors);
    speakers.finish(errors);
    let Some(user) = alone.or(user) else {
        keys.misused(entry, errors);
        return None;
    };
    let agent = agent.map(|agent| agent.value()).unwrap_or_default();
    Some(quote!(::galatea::definition::Example { user: #user, agent: #agent }))
}

fn read_rate_limit(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    const PER: &[Key] = &[key("per", "per = room")];
    let none = quote!(::core::option::Option::None);
    let Some(entry) = keys.one("rate_limit") else {
        return none;
    };
    let (text, scope) = match &entry.form {
        Form::Value(value) => (syn::parse2::<LitStr>(value.clone()).ok(), "User"),
        Form::List(content) => {
            let mut limit = Keys::parse("rate_limit", PER, content.clone(), errors);
            let text = limit.text_alone();
            let scope = limit.value("per", errors).map_or("User", |per| read_scope(&per, errors));
            limit.finish(errors);
            (text, scope)
        }
        Form::Bare => (None, "User"),
    };
    let Some(text) = text else {
        keys.misused(&entry, errors);
        return none;
    };
    let Some((calls, per)) = duration::read_rate(&text, errors) else {
        return none;
    };
    let (per, scope) = (duration::tokens(per), format_ident!("{scope}"));
    quote! {
        ::core::option::Option::Some(::galatea::definition::RateLimit {
            calls: #calls,
            per: #per,
            scope: ::galatea::definition::LimitScope::#scope,
        })
    }
}

/// `approval`, or `approval(by = "admin", expires = "1h")`.
fn read_approval(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    const ANSWER: &[Key] = &[key("by", "by = \"admin\""), key("expires", "expires = \"1h\"")];
    let none = quote!(::core::option::Option::None);
    let Some(entry) = keys.one("approval") else {
        return none;
    };
    let (mut by, mut expires) = (none.clone(), DEFAULT_EXPIRY);
    match &entry.form {
        Form::Bare => {}
        Form::List(content) => {
            let mut answer = Keys::parse("approval", ANSWER, content.clone(), errors);
            if let Some(role) = answer.value::<LitStr>("by", errors).filter(|role| is_role(role, errors)) {
                let mut variant = role.value();
                variant[..1].make_ascii_uppercase();
                let variant = Ident::new(&variant, role.span());
                by = quote!(::core::option::Option::Some(::galatea::memory::Role::#variant));
            }
            let given = answer.value::<LitStr>("expires", errors);
            expires = given.and_then(|text| duration::read_duration(&text, errors)).unwrap_or(expires);
            answer.finish(errors);
        }
        Form::Value(_) => {
            keys.misused(&entry, errors);
            return none;
        }
    }
    let expires = duration::tokens(expires);
    quote! {
        ::core::option::Option::Some(::galatea::definition::ApprovalDef { by: #by, expires: #expires })
    }
}

fn read_scope(per: &Path, errors: &mut Errors) -> &'static str {
    let names = || SCOPES.iter().map(|(name, _)| *name);
    let found = SCOPES.iter().find(|(name, _)| per.is_ident(name));
    found.map(|(_, variant)| *variant).unwrap_or_else(|| {
        let word = per.get_ident().map(ToString::to_string).unwrap_or_default();
        let message = format!("a limit counts per {}{}", list(names()), did_you_mean(&word, names()));
        errors.over(per, message);
        "User"
    })
}

/// The roles there are, as in `galatea::memory::Role`.
const ROLES: [&str; 4] = ["owner", "admin", "member", "guest"];

/// `roles("admin")`: names of roles that there are.
pub(crate) fn read_roles(keys: &mut Keys, errors: &mut Errors) -> Vec<LitStr> {
    let roles = keys.texts("roles", errors);
    roles.iter().for_each(|role| _ = is_role(role, errors));
    roles
}

/// Whether a text is the name of a role; reports it if not.
fn is_role(role: &LitStr, errors: &mut Errors) -> bool {
    let name = role.value();
    let known = ROLES.contains(&name.as_str());
    if !known {
        let near = did_you_mean(&name.to_lowercase(), ROLES);
        errors.at(role.span(), format!("a role is one of {}{near}", list(ROLES)));
    }
    known
}
