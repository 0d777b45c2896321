//! `#[on]`: parse, model, expand.

use crate::{
    attr::{Form, Head, Key, Keys, PLUGIN},
    case,
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

const KIND: Kind = Kind {
    a: "an event handler",
    many: "event handlers",
    attribute: "on(TheEvent)",
    marker: "On",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[PLUGIN];

struct Listener {
    plugin: PluginPath,
    event: Option<Path>,
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
        let event = read_event(&mut keys, handler, errors);
        keys.finish(errors);
        Self { plugin, event }
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let event = &self.event;
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
            describe: __galatea_describe,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &items, "Listener", "ListenerDef", &fields)
    }
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
        errors.at(more.span(), "an event handler listens to one event; write a second function for this one");
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
