//! `#[on]`: parse, model, expand.

use crate::{
    attr::{Form, Head, Key, Keys, PLUGIN, key},
    case,
    errors::{Errors, did_you_mean, list},
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{LitInt, Path};

const KIND: Kind = Kind {
    a: "an event handler",
    many: "event handlers",
    attribute: "on(TheEvent)",
    marker: "On",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[PLUGIN, key("queued", QUEUED)];
const QUEUED: &str = "queued` or `queued(capacity = 100, full = drop_oldest)";
const QUEUE_KEYS: &[Key] = &[key("capacity", "capacity = 100"), key("full", "full = drop_oldest")];
const DEFAULT_CAPACITY: usize = 100;
const FULL: [(&str, &str); 3] =
    [("wait", "Wait"), ("drop_oldest", "DropOldest"), ("drop_newest", "DropNewest")];

struct Listener {
    plugin: PluginPath,
    event: Option<Path>,
    queue: TokenStream,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let listener = Listener::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| listener.write(&handler)).unwrap_or_default())
}

impl Listener {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[on]", KEYS, attribute, errors);
        let plugin = PluginPath::take(&mut keys, errors);
        let queue = read_queue(&mut keys, errors);
        let event = read_event(&mut keys, handler, errors);
        keys.finish(errors);
        Self { plugin, event, queue }
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { event, queue, .. } = self;
        let call = handler.call_as(quote!(::galatea::extract::kind::On<__GalateaEvent>));
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoDone), "into_done");
        let caller = handler::caller(
            &call,
            &quote!(()),
            &quote!(::galatea::definition::HandlerError),
            &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
        );
        let name = handler.name();
        let items = quote! {
            type __GalateaEvent = #event;
            #constants
            #describe
            #caller
        };
        let fields = quote! {
            name: #name,
            event: <#event as ::galatea::event::EventType>::NAME,
            queue: #queue,
            describe: __galatea_describe,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &items, "Listener", "ListenerDef", &fields)
    }
}

/// `queued` alone, or with its bounds.
fn read_queue(keys: &mut Keys, errors: &mut Errors) -> TokenStream {
    let none = quote!(::core::option::Option::None);
    let Some(entry) = keys.one("queued") else {
        return none;
    };
    let (mut capacity, mut full) = (DEFAULT_CAPACITY, "DropOldest");
    match &entry.form {
        Form::Bare => {}
        Form::List(content) => {
            let mut bounds = Keys::parse("queued", QUEUE_KEYS, content.clone(), errors);
            if let Some(number) = bounds.value::<LitInt>("capacity", errors) {
                capacity = read_capacity(&number, errors);
            }
            if let Some(word) = bounds.value::<Path>("full", errors) {
                full = read_full(&word, errors);
            }
            bounds.finish(errors);
        }
        Form::Value(_) => {
            keys.misused(&entry, errors);
            return none;
        }
    }
    let full = format_ident!("{full}");
    quote! {
        ::core::option::Option::Some(::galatea::definition::QueueDef {
            capacity: #capacity,
            full: ::galatea::definition::WhenFull::#full,
        })
    }
}

fn read_capacity(number: &LitInt, errors: &mut Errors) -> usize {
    match number.base10_parse::<u32>() {
        Ok(capacity) if capacity > 0 => capacity as usize,
        _ => {
            errors.at(number.span(), "a queue holds at least 1 event: write `capacity = 100`");
            DEFAULT_CAPACITY
        }
    }
}

fn read_full(word: &Path, errors: &mut Errors) -> &'static str {
    let names = || FULL.iter().map(|(name, _)| *name);
    let found = FULL.iter().find(|(name, _)| word.is_ident(name));
    found.map(|(_, variant)| *variant).unwrap_or_else(|| {
        let written = word.get_ident().map(ToString::to_string).unwrap_or_default();
        let near = did_you_mean(&written, names());
        errors.over(word, format!("what happens when a queue is full is one of {}{near}", list(names())));
        "DropOldest"
    })
}

fn read_event(keys: &mut Keys, handler: Option<&Handler>, errors: &mut Errors) -> Option<Path> {
    let mut others = keys.others().into_iter();
    let Some(first) = others.next() else {
        if let Some(handler) = handler {
            errors.at(handler.span(), "name the event: `#[on(MessageReceived)]`");
        }
        return None;
    };
    for more in others {
        let near = more.word().map(|word| did_you_mean(&word, ["queued", "plugin"])).unwrap_or_default();
        errors.at(
            more.span(),
            format!("an event handler listens to one event; write a second function for this one{near}"),
        );
    }
    match (first.head, first.form) {
        (Head::Path(event), Form::Bare) => Some(event),
        (Head::Path(event), _) => {
            errors.over(event, "name the event's type alone: `#[on(MessageReceived)]`");
            None
        }
        (Head::Text(text), _) => {
            let event = case::serde_field("PascalCase", &text.value().to_lowercase().replace('-', "_"));
            errors.at(text.span(), format!("name the event's type: `#[on({event})]`"));
            None
        }
    }
}
