//! `#[model]`: parse, model, expand.

use crate::{
    attr::{Entry, Form, Head, Key, Keys, PLUGIN, key},
    case,
    errors::{Errors, did_you_mean, list},
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

const KIND: Kind = Kind {
    a: "a model handler",
    many: "model handlers",
    attribute: "model",
    marker: "ModelHandler",
    readers: None,
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("tools", "tools"),
    key("config", "config = \"model.embedding\""),
    key("priority", "priority = 10"),
];

/// The variants of `galatea::model::ModelKind`.
const KINDS: [&str; 17] = [
    "TextSmall",
    "TextLarge",
    "ReasoningSmall",
    "ReasoningLarge",
    "TextCompletion",
    "TextEmbedding",
    "TokenizerEncode",
    "TokenizerDecode",
    "Image",
    "ImageDescription",
    "Transcription",
    "TextToSpeech",
    "Audio",
    "Video",
    "ObjectSmall",
    "ObjectLarge",
    "Custom",
];

struct Model {
    plugin: PluginPath,
    kinds: Vec<TokenStream>,
    tools: bool,
    config: TokenStream,
    priority: TokenStream,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let model = Model::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| model.write(&handler)).unwrap_or_default())
}

impl Model {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[model]", KEYS, attribute, errors);
        let others = keys.others();
        if let (true, Some(handler)) = (others.is_empty(), handler) {
            errors.at(handler.span(), "say what the model serves: `#[model(TextLarge)]`");
        }
        let priority = keys.integer("priority", errors);
        let model = Self {
            plugin: PluginPath::take(&mut keys, errors),
            kinds: others.iter().filter_map(|entry| read_kind(entry, errors)).collect(),
            tools: keys.flag("tools", errors),
            config: match keys.value::<LitStr>("config", errors) {
                Some(key) => quote!(::core::option::Option::Some(#key)),
                None => quote!(::core::option::Option::None),
            },
            priority: match priority {
                Some(priority) => quote!(::core::option::Option::Some(#priority)),
                None => quote!(::core::option::Option::None),
            },
        };
        keys.finish(errors);
        model
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { kinds, tools, config, priority, .. } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoModelAnswer), "into_model_answer");
        let caller = handler::caller(
            &call,
            &quote!(::galatea::model::ModelAnswer),
            &quote!(::galatea::model::ModelError),
            &result,
        );
        let (name, description) = (handler.name(), &handler.description);
        let fields = quote! {
            name: #name,
            description: #description,
            kinds: &[#(#kinds),*],
            priority: #priority,
            tools: #tools,
            config: #config,
            describe: __galatea_describe,
            call: __galatea_call,
        };
        handler::submission(&self.plugin, &quote!(#constants #describe #caller), "Model", "ModelDef", &fields)
    }
}

fn read_kind(entry: &Entry, errors: &mut Errors) -> Option<TokenStream> {
    let path = match &entry.head {
        Head::Path(path) => path,
        Head::Text(text) => {
            let (kind, name) = (pascal(&text.value()), text.value());
            let known = KINDS.contains(&kind.as_str());
            let write = if known { kind } else { format!("Custom(\"{name}\")") };
            errors.at(text.span(), format!("name the kind as a variant of `ModelKind`: `#[model({write})]`"));
            return None;
        }
    };
    let segment = path.segments.last()?;
    let name = segment.ident.to_string();
    if !KINDS.contains(&name.as_str()) {
        let message = format!(
            "there is no model kind `{name}`{}\nknown kinds: {}(\"name\"); known keys: {}",
            did_you_mean(&name, KINDS.into_iter().chain(["tools", "config", "priority", "plugin"])),
            list(KINDS).trim_end_matches('`'),
            list(["tools", "config", "priority", "plugin"]),
        );
        errors.over(path, message.replace("(\"name\");", "(\"name\")`;"));
        return None;
    }
    let ident = &segment.ident;
    match (&entry.form, name == "Custom") {
        (Form::Bare, false) => Some(quote!(::galatea::model::ModelKind::#ident)),
        (Form::List(content), true) => read_custom(content, errors),
        (_, true) => {
            errors.over(path, "write `Custom(\"my-kind\")`");
            None
        }
        (_, false) => {
            errors.over(path, format!("write `{name}` alone"));
            None
        }
    }
}

fn read_custom(content: &TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    let name: LitStr = errors.keep(syn::parse2(content.clone()))?;
    if !case::is_kebab(&name.value()) {
        errors.at(
            name.span(),
            "a model kind is written in lower-case letters, digits and single hyphens: `\"my-kind\"`",
        );
    }
    Some(quote!(::galatea::model::ModelKind::Custom(::std::borrow::Cow::Borrowed(#name))))
}

/// `text-large` becomes `TextLarge`.
fn pascal(name: &str) -> String {
    case::serde_field("PascalCase", &case::snake(&name.to_lowercase()))
}
