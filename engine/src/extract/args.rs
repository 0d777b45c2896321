//! The typed arguments of an action or of a task.

use super::{Extract, ExtractError, Input, Invocation, Signature, kind};
use crate::definition::Plugin;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The arguments of an action or of a task, as the struct `T`. Of an action, its JSON Schema, with the doc comments of its fields, is what
/// models see.
#[derive(Clone, Copy, Debug)]
pub struct Args<T>(pub T);

/// What `Args<T>` asks of `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of an action",
    label = "needs `Deserialize` and `JsonSchema`",
    note = "derive both: `#[derive(Deserialize, JsonSchema)] struct {Self} {{ … }}`; the model reads the schema, the engine fills the struct"
)]
pub trait Arguments: DeserializeOwned + JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> Arguments for T {}

macro_rules! args_for {
    ($($kind:ty),*) => { $(
        impl<P: Plugin, T: Arguments> Extract<P, $kind> for Args<T> {
            type From = P;
            type Perhaps = P;
            type Permission = ();

            fn describe(signature: &mut Signature) {
                signature.arguments = Some(schema_of::<T>());
            }

            async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
                read(invocation)
            }
        }
    )* };
}

args_for!(kind::Action, kind::Validate, kind::Task);

fn read<T: DeserializeOwned>(invocation: &Invocation) -> Result<Args<T>, ExtractError> {
    let arguments = match &invocation.input {
        Input::Arguments(arguments) | Input::Task(_, arguments) => Value::Object((**arguments).clone()),
        _ => Value::Object(serde_json::Map::new()),
    };
    serde_json::from_value(arguments).map(Args).map_err(|error| ExtractError::Arguments(error.to_string()))
}

/// The schema as models want it: subschemas inlined, no meta-schema, no title.
fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.remove("title");
    schema.remove("description");
    schema.to_value()
}
