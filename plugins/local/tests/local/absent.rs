use galatea::testing::TestAgent;
use galatea_local::Local;
use serde_json::json;

#[tokio::test]
async fn a_program_without_the_feature_says_what_to_do() {
    for model in ["models/there-is-none.gguf", "hub:owner/repository/model.gguf"] {
        let agent = TestAgent::with::<Local>().config::<Local>(json!({ "model": model }));
        let Err(error) = agent.real_models().start().await else { panic!("{model}: nothing could run it") };
        let told = error.to_string();
        for part in ["local", "built without the feature", "--features local", "[plugins.local]"] {
            assert!(told.contains(part), "{part} is missing: {told}");
        }
    }
}
