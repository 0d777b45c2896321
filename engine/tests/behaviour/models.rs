//! Which model handler serves a kind: golden `models`, and what happens where one fails.

use crate::support::{ask, golden, start};
use galatea::{model::candidates, prelude::*};

/// Serves with two handlers, of priority 9 and 0.
#[plugin("a")]
pub struct A;

/// Priority 9.
#[model(Custom("golden"), priority = 9, plugin = A)]
async fn a9() -> String {
    "a9".to_owned()
}

/// Priority 0.
#[model(Custom("golden"), priority = 0, plugin = A)]
async fn a0() -> String {
    "a0".to_owned()
}

/// Serves with priority 5, the plugin's own.
#[plugin("b", priority = 5)]
pub struct B;

/// The plugin's priority.
#[model(Custom("golden"), plugin = B)]
async fn b5() -> String {
    "b5".to_owned()
}

/// Serves with priority 5, registered after `b`.
#[plugin("c", priority = 5)]
pub struct C;

/// The plugin's priority.
#[model(Custom("golden"), plugin = C)]
async fn c5() -> String {
    "c5".to_owned()
}

/// Serves last.
#[plugin("neg", priority = -1)]
pub struct Neg;

/// The plugin's priority.
#[model(Custom("golden"), plugin = Neg)]
async fn neg() -> String {
    "neg".to_owned()
}

#[tokio::test]
async fn the_order_is_that_of_elizaos_and_an_absent_provider_is_an_error() {
    let golden = golden("core-runtime.json")["models"].clone();
    let agent = start("name = \"Ada\"\n[plugins.a]\n[plugins.b]\n[plugins.c]\n[plugins.neg]").await;
    let kind = ModelKind::from_name("golden");
    let models = agent.parts().models.clone();
    let order: Vec<(String, i64)> = candidates(&models, &kind, None)
        .unwrap()
        .iter()
        .map(|model| (model.plugin.name.to_owned(), i64::from(model.priority)))
        .collect();
    let wanted: Vec<(String, i64)> = golden["order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_i64().unwrap()))
        .collect();
    assert_eq!(order, wanted);
    for (key, provider) in [("default", None), ("prov_c", Some("c")), ("prov_a", Some("a"))] {
        let first = candidates(&models, &kind, provider).unwrap()[0];
        assert_eq!(first.def.name, golden[key].as_str().unwrap(), "{key}");
    }
    // elizaOS silently takes another one; we say what there is.
    assert_eq!(
        candidates(&models, &kind, Some("zzz")).unwrap_err().to_string(),
        "`zzz` does not serve the model kind `golden`; these do: a, b, c, neg"
    );
    let missing = candidates(&models, &ModelKind::from_name("nope"), None).unwrap_err().to_string();
    assert!(missing.starts_with("no plugin serves the model kind `nope`"), "{missing}");
}

/// Fails before the puppet is asked.
#[plugin("broken-model", priority = 10)]
pub struct BrokenModel;

/// Never answers.
#[model(TextLarge, tools, plugin = BrokenModel)]
async fn broken() -> Result<ModelAnswer, ModelError> {
    Err(ModelError::RateLimited { retry_after: None })
}

#[tokio::test]
async fn where_one_model_fails_the_next_answers_and_the_record_says_why() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.broken-model]").await;
    let (said, record) = ask(&agent, "say still here").await;
    assert_eq!(said, ["still here"]);
    let call = &record.model_calls[0];
    assert_eq!(call.provider, "puppet");
    assert_eq!(call.failed, [("broken-model".to_owned(), "the model's limit is reached".to_owned())]);
}
