//! `#[evaluator]`: parse, model, expand.

use crate::{
    action,
    attr::{Key, Keys, PLUGIN, key, repeated},
    batch, duration,
    errors::Errors,
    handler::{self, Handler, Kind},
    plugin_path::PluginPath,
    validate,
};
use proc_macro2::TokenStream;
use quote::quote;
use std::time::Duration;
use syn::{LitStr, Path};

const KIND: Kind = Kind {
    a: "an evaluator",
    many: "evaluators",
    attribute: "evaluator",
    marker: "Evaluator",
    readers: Some("people and the model read it to know what the evaluator looks for"),
    may_be_sync: false,
};

const KEYS: &[Key] = &[
    PLUGIN,
    key("name", "name = \"SENTIMENT\""),
    key("similes", "similes(\"MOOD\")"),
    repeated("example", action::EXAMPLE),
    key("always_run", "always_run"),
    key("gate", "gate"),
    key("timeout", "timeout = \"30s\""),
    key("validate", validate::USAGE),
    key("batch", "batch = judge_many"),
];

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

struct Evaluator {
    plugin: PluginPath,
    name: String,
    similes: Vec<LitStr>,
    examples: Vec<TokenStream>,
    always_run: bool,
    gate: bool,
    timeout: Duration,
    validate: Vec<Path>,
    batch: Option<Path>,
}

pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let handler = Handler::read(&KIND, item.clone(), &mut errors);
    let evaluator = Evaluator::read(attribute, handler.as_ref(), &mut errors);
    handler::finish(item, errors, || handler.map(|handler| evaluator.write(&handler)).unwrap_or_default())
}

impl Evaluator {
    fn read(attribute: TokenStream, handler: Option<&Handler>, errors: &mut Errors) -> Self {
        let mut keys = Keys::parse("#[evaluator]", KEYS, attribute, errors);
        let batched = keys.span_of("batch");
        let evaluator = Self {
            plugin: PluginPath::take(&mut keys, errors),
            name: action::read_name(&mut keys, handler, errors),
            similes: keys.texts("similes", errors),
            examples: action::read_examples(&mut keys, errors),
            always_run: keys.flag("always_run", errors),
            gate: keys.flag("gate", errors),
            timeout: action::read_timeout(&mut keys, DEFAULT_TIMEOUT, errors),
            validate: validate::take(&mut keys, errors),
            batch: keys.value("batch", errors),
        };
        if let (true, Some(batched)) = (evaluator.gate, batched) {
            errors.at(
                batched,
                "a gate judges each reply before it leaves, one at a time; remove `batch` or `gate`",
            );
        }
        keys.finish(errors);
        evaluator
    }

    fn write(&self, handler: &Handler) -> TokenStream {
        let Self { name, similes, examples, always_run, gate, .. } = self;
        let call = handler.call();
        let (constants, describe) = (call.constants(), call.describe());
        let result = call.result(&quote!(::galatea::extract::IntoEvaluation), "into_evaluation");
        let caller = handler::caller(
            &call,
            &quote!(::core::option::Option<::galatea::evaluator::Evaluation>),
            &quote!(::galatea::definition::HandlerError),
            &quote!(#result.map_err(::galatea::definition::HandlerError::Failed)),
        );
        let description = &handler.description;
        let stages = validate::stages(&self.validate);
        let batch = batch::caller(self.batch.as_ref());
        let timeout = duration::tokens(self.timeout);
        let fields = quote! {
            name: #name,
            description: #description,
            similes: &[#(#similes),*],
            examples: &[#(#examples),*],
            always_run: #always_run,
            gate: #gate,
            timeout: #timeout,
            validate: &[#(#stages),*],
            describe: __galatea_describe,
            batch: #batch,
            call: __galatea_call,
        };
        handler::submission(
            &self.plugin,
            &quote!(#constants #describe #caller),
            "Evaluator",
            "EvaluatorDef",
            &fields,
        )
    }
}
