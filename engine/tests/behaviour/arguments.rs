//! Arguments are held against the schema that the model was shown, before anything of an action runs.

use galatea::{
    definition::{ActionDef, Origin, Plugin, Submission},
    extract::Signature,
    model::{ModelRequest, Speaker},
    prelude::*,
    registry::Registry,
    testing::{Script, TestAgent},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Mutex, time::Duration};

/// Reviews with bounds.
#[plugin("reviews")]
pub struct Reviews;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mood {
    /// Very much so.
    Happy,
    /// Not at all.
    Cross,
}

/// A review.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Review {
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
    #[schemars(length(min = 1, max = 8))]
    text: String,
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    code: Option<String>,
    mood: Option<Mood>,
    #[schemars(length(max = 2))]
    #[serde(default)]
    tags: Vec<String>,
}

static RUN: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[validate(plugin = Reviews)]
async fn looked_at(Args(review): Args<Review>) -> bool {
    RUN.lock().unwrap().push(format!("looked at {}", review.text));
    true
}

/// Keeps a review.
#[action(plugin = Reviews, validate = looked_at)]
async fn review(Args(review): Args<Review>) -> String {
    RUN.lock().unwrap().push(format!("kept {}, {} stars, {:?}", review.text, review.stars, review.code));
    "kept".to_owned()
}

/// Tells what it was given.
#[action(plugin = Reviews)]
async fn review_shown(Args(review): Args<Review>) -> String {
    format!("{:?} {:?}", review.mood, review.tags)
}

/// Keeps a review, once an hour.
#[action(plugin = Reviews, rate_limit("1/h", per = agent))]
async fn review_once(_review: Args<Review>) -> &'static str {
    "kept once"
}

/// Keeps a review that somebody must allow.
#[action(plugin = Reviews, approval)]
async fn review_asked(_review: Args<Review>) {
    RUN.lock().unwrap().push("kept with leave".to_owned());
}

/// What the last line of a request tells of a call.
fn told(request: &ModelRequest) -> String {
    let lines = request.lines.iter().filter(|line| line.speaker == Speaker::Tool);
    lines.map(|line| line.text.clone()).next_back().unwrap_or_default()
}

/// Each bound, what the model is told of it, and that neither a stage nor the handler saw the arguments.
#[tokio::test]
async fn bounds() {
    let whole = |change: Value| {
        let mut arguments = json!({ "stars": 5, "text": "good" });
        arguments.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        arguments
    };
    for (change, why) in [
        (json!({ "stars": 9 }), "`stars`: 9 is greater than the maximum of 5"),
        (json!({ "stars": 0 }), "`stars`: 0 is less than the minimum of 1"),
        (json!({ "stars": "5" }), "`stars`: \"5\" is not of type \"integer\""),
        (json!({ "text": "" }), "`text`: \"\" is shorter than 1 character"),
        (json!({ "text": "much too long" }), "`text`: \"much too long\" is longer than 8 characters"),
        (json!({ "code": "abc" }), "`code`: \"abc\" does not match \"^[A-Z]{3}$\""),
        (json!({ "mood": "bored" }), "`mood`: \"bored\" is not"),
        (json!({ "tags": ["a", "b", "c"] }), "`tags`: [\"a\",\"b\",\"c\"] has more than 2 items"),
        (json!({ "tags": ["a", 1] }), "`tags[1]`: 1 is not of type \"string\""),
        (json!({ "stars": null }), "`stars`: null is not of type \"integer\""),
    ] {
        RUN.lock().unwrap().clear();
        let script = Script::new().calls("REVIEW", whole(change.clone())).answers(told);
        let agent = TestAgent::from_toml("name = \"Ada\"\n[plugins.reviews]").model(script);
        let agent = agent.start().await.unwrap();
        let turn = agent.says("A review, please.").await.unwrap();
        let said = turn.replies().join("|");
        assert!(said.starts_with("the arguments do not fit: "), "{change}: {said}");
        assert!(said.contains(why), "{change}: {said}");
        assert_eq!(*RUN.lock().unwrap(), Vec::<String>::new(), "{change}");
    }
}

/// Arguments that fit run, words in other capitals among them, and keys that the schema does not name.
#[tokio::test]
async fn what_fits_runs() {
    for (arguments, told) in [
        (json!({ "stars": 5, "text": "good", "code": "ABC" }), "None []"),
        (json!({ "stars": 1, "text": "g", "mood": "HAPPY", "else": 1 }), "Some(Happy) []"),
        (json!({ "stars": 1, "text": "g", "mood": null, "tags": ["a", "b"] }), "None [\"a\", \"b\"]"),
    ] {
        let agent = TestAgent::from_toml("name = \"Ada\"\n[plugins.reviews]").start().await.unwrap();
        let result = agent.run_action("REVIEW_SHOWN", arguments.clone()).await.unwrap();
        assert_eq!((result.success, result.summary()), (true, told), "{arguments}");
    }
}

/// The model is told once and may mend it; a second mistake, and it has to answer without actions. Nobody is asked to
/// allow what cannot be run, and it does not count as a use.
#[tokio::test]
async fn told_once() {
    let wrong = json!({ "stars": 9, "text": "odd" });
    let right = json!({ "stars": 3, "text": "odd" });
    for action in ["REVIEW_ONCE", "REVIEW_ASKED"] {
        let script = Script::new()
            .calls(action, wrong.clone())
            .calls(action, wrong.clone())
            .answers(|request| format!("{} tools; {}", request.tools.len(), told(request)));
        let agent =
            TestAgent::from_toml("name = \"Ada\"\n[plugins.reviews]").model(script).start().await.unwrap();
        let turn = agent.says("A review.").await.unwrap();
        turn.assert_replied("0 tools; the arguments do not fit: `stars`: 9 is greater than the maximum of 5");
        let turn = agent.says("Another.").await.map(|turn| turn.replies().join("|"));
        assert!(turn.is_err(), "the script has no answer left: {turn:?}");
    }
    let script = Script::new().calls("REVIEW_ONCE", wrong).calls("REVIEW_ONCE", right).answers(told);
    let agent =
        TestAgent::from_toml("name = \"Ada\"\n[plugins.reviews]").model(script).start().await.unwrap();
    agent.says("A review.").await.unwrap().assert_replied("kept once");
}

/// A schema that cannot be used is a mistake of the plugin's author, told when the registry is made.
#[test]
fn schemas_that_cannot_be_used() {
    fn describe(signature: &mut Signature) {
        signature.arguments =
            Some(json!({ "type": "object", "properties": { "code": { "type": "string", "pattern": "(" } } }));
    }
    static BROKEN: ActionDef = ActionDef {
        name: "BROKEN",
        description: "Does nothing.",
        similes: &[],
        examples: &[],
        tags: &[],
        plugin: "reviews",
        origin: Origin { file: "broken.rs", line: 7, module: "broken", package: "reviews" },
        describe,
        validate: &[],
        priority: 0,
        timeout: Duration::from_secs(1),
        rate_limit: None,
        roles: &[],
        permissions: &[],
        approval: None,
        idempotent: false,
        critical: false,
        call: |_| Box::pin(async { Ok(ActionResult::text("")) }),
    };
    let plugin = Submission::Plugin(<Reviews as Plugin>::DEF);
    for errors in [
        Registry::new([plugin, Submission::Action(&BROKEN)]).unwrap_err(),
        Registry::new([plugin]).unwrap().with([Submission::Action(&BROKEN)]).unwrap_err(),
    ] {
        let told = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(
            told.contains(
                "action BROKEN at broken.rs:7 (crate `reviews`): the schema of its arguments cannot be used"
            ),
            "{told}"
        );
    }
}
