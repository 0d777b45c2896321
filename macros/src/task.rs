//! `#[task]`: parse, model, expand.

use crate::{
    action,
    attr::{Key, Keys, PLUGIN, key},
    duration,
    errors::{Errors, did_you_mean, list},
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::time::Duration;
use syn::{LitInt, LitStr, Path};

const KIND: Kind = Kind {
    a: "a task",
    many: "tasks",
    attribute: "task",
    marker: "Task",
    readers: Some("people read it to know what the agent does by itself"),
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"SEND_DIGEST\""),
    key("every", "every = \"5m\""),
    key("cron", "cron = \"0 9 * * 1-5\""),
    key("timezone", "timezone = \"Europe/Paris\""),
    key("after", "after = \"10s\""),
    key("timeout", "timeout = \"60s\""),
    key("retries", "retries = 3"),
    key("missed", "missed = catch_up"),
    key("idempotent", "idempotent"),
];

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_RETRIES: u32 = 3;
const MISSED: [(&str, &str); 2] = [("skip", "Skip"), ("catch_up", "CatchUp")];

struct Task {
    plugin: PluginPath,
    name: String,
    when: TokenStream,
    timeout: Duration,
    retries: u32,
    missed: &'static str,
    idempotent: bool,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let task = Task::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| task.write(&handler)).unwrap_or_default())
}

impl Task {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[task]", KEYS, attribute, errors);
        let task = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: action::read_name(&mut keys, handler, errors),
            when: read_when(&mut keys, errors),
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            retries: read_retries(&mut keys, errors),
            missed: read_missed(&mut keys, errors),
            idempotent: keys.flag("idempotent", errors),
        };
        keys.finish(errors);
        task
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { name, when, retries, idempotent, .. } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoDone), "into_done");
        let caller = handler::caller(
            &call,
            &quote!(()),
            &quote!(::galatea::definition::HandlerError),
            &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
        );
        let description = &handler.description;
        let timeout = duration::tokens(self.timeout);
        let missed = format_ident!("{}", self.missed);
        let fields = quote! {
            name: #name,
            description: #description,
            when: #when,
            timeout: #timeout,
            retries: #retries,
            missed: ::galatea::definition::Missed::#missed,
            idempotent: #idempotent,
            describe: __galatea_describe,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &quote!(#constants #describe #caller), "Task", "TaskDef", &fields)
    }
}

/// `every = "…"`, `cron = "…"` with or without `timezone`, `after = "…"`, or none of them.
fn read_when(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    let schedule = quote!(::galatea::definition::TaskSchedule);
    let timezone = keys.value::<LitStr>("timezone", errors);
    let mut given: Vec<(LitStr, TokenStream)> = Vec::new();
    for (key, variant) in [("every", "Every"), ("after", "After")] {
        let Some(text) = keys.value::<LitStr>(key, errors) else { continue };
        let variant = format_ident!("{variant}");
        let length = duration::read_duration(&text, errors).map(duration::tokens).unwrap_or_default();
        given.push((text, quote!(#schedule::#variant(#length))));
    }
    let cron = keys.value::<LitStr>("cron", errors);
    if let (Some(timezone), None) = (&timezone, &cron) {
        errors.at(
            timezone.span(),
            "a time zone says which clocks `cron = \"…\"` means; without it, remove this",
        );
    }
    if let Some(expression) = cron {
        if expression.value().split_whitespace().count() != 5 {
            let message = format!(
                "`{}` is no cron expression; write minute, hour, day of the month, month and day of the week, e.g. `\"0 9 * * 1-5\"`",
                expression.value()
            );
            errors.at(expression.span(), message);
        }
        let timezone = timezone.map_or_else(|| "UTC".to_owned(), |timezone| timezone.value());
        let cron = quote!(#schedule::Cron { expression: #expression, timezone: #timezone });
        given.push((expression, cron));
    }
    for (second, _) in given.iter().skip(1) {
        errors.at(
            second.span(),
            "a task has one of `every`, `cron` and `after`; write a second function for this one",
        );
    }
    given.into_iter().next().map_or_else(|| quote!(#schedule::OnDemand), |(_, when)| when)
}

fn read_retries(keys: &mut Keys, errors: &mut Errors) -> u32 {
    let Some(number) = keys.value::<LitInt>("retries", errors) else { return DEFAULT_RETRIES };
    number.base10_parse().unwrap_or_else(|_| {
        errors.at(number.span(), "this is no number of retries; write e.g. `retries = 3`, or 0 for none");
        DEFAULT_RETRIES
    })
}

fn read_missed(keys: &mut Keys, errors: &mut Errors) -> &'static str {
    let Some(word) = keys.value::<Path>("missed", errors) else { return "Skip" };
    let names = || MISSED.iter().map(|(name, _)| *name);
    let found = MISSED.iter().find(|(name, _)| word.is_ident(name));
    found.map(|(_, variant)| *variant).unwrap_or_else(|| {
        let written = word.get_ident().map(ToString::to_string).unwrap_or_default();
        let near = did_you_mean(&written, names());
        errors.over(word, format!("what becomes of missed times is one of {}{near}", list(names())));
        "Skip"
    })
}
