//! The attributes of Galatea. Use them through the engine: `use galatea::prelude::*;`.
//!
//! Each attribute leaves its item as it is, so that handlers stay ordinary functions, and adds one constant definition that the
//! engine's registry finds at run time and at build time. What a handler takes and gives is checked by the compiler, at the
//! parameter or the result that is wrong; what is wrong with an attribute is reported all at once.
//!
//! ```standalone_crate
//! use galatea::prelude::*;
//!
//! /// Where the weather comes from.
//! #[config]
//! pub struct Settings {
//!     /// The address of the service.
//!     pub base_url: String,
//! }
//!
//! /// Weather for any place on Earth.
//! #[plugin("weather", permissions(Network(config = "base-url")), config = Settings)]
//! pub struct Weather;
//!
//! /// Tells where the weather comes from.
//! #[action(similes("WEATHER_SOURCE"), example("Where do you get the weather from?"))]
//! async fn name_source(config: Config<Weather>) -> String {
//!     config.base_url.clone()
//! }
//!
//! fn main() {}
//! ```
//!
//! A part belongs to the plugin at the root of its crate. Where there are several, or where the plugin is in a module, every part
//! says which: `#[action(plugin = Weather)]`.

mod action;
mod attr;
mod case;
mod config;
mod doc;
mod duration;
mod errors;
mod evaluator;
mod handler;
mod hook;
mod model;
mod on;
mod params;
mod permission;
mod plugin;
mod plugin_path;
mod plugin_test;
mod provider;
mod service;
mod storage;
mod validate;

use proc_macro::TokenStream;

/// Declares a plugin, on a unit struct at module level. Its doc comment is what editors show at `[plugins.<name>]`.
///
/// The name comes first, in kebab-case. The other keys:
///
/// | key | meaning |
/// |---|---|
/// | `version = "1.2.3"` | instead of the version in Cargo.toml |
/// | `requires(a::Plugin, b::Plugin = "^0.2", capability("text-large"))` | loaded before it, or it does not load |
/// | `optional(a::Plugin)` | loaded before it, if the character has it |
/// | `tests(a::Plugin)` | loaded under `galatea test` only |
/// | `permissions(Network, Network("host"), Network(config = "base-url"), Filesystem, Process, Environment)` | what it wants to touch; the character grants it |
/// | `config = Settings` | a struct with `#[config]` |
/// | `priority = 10` | higher loads earlier, where dependencies leave it open; default 0 |
/// | `lazy` | starts its services on first use |
/// | `engine = "^0.1"` | the engines it works with |
///
/// ```ignore
/// /// Weather for any place on Earth.
/// #[plugin("weather", requires(galatea_http::Http), permissions(Network("api.example.com")), config = Settings)]
/// pub struct Weather;
/// ```
#[proc_macro_attribute]
pub fn plugin(attribute: TokenStream, item: TokenStream) -> TokenStream {
    plugin::expand(attribute.into(), item.into()).into()
}

/// Declares the config of a plugin, on a struct with named fields.
///
/// It derives `Deserialize` and `JsonSchema`, spells keys in kebab-case (a `#[serde(rename_all = "…")]` of your own is kept) and refuses
/// unknown keys. The struct and every field need a doc comment. `enabled`, `fallback` and `version` belong to the engine;
/// `#[serde(flatten)]` is refused. No keys.
///
/// ```ignore
/// /// Where the weather comes from.
/// #[config]
/// pub struct Settings {
///     /// The key of the service.
///     pub api_key: Secret,
///     /// How many days to look ahead.
///     #[serde(default)]
///     pub days: u8,
/// }
/// ```
#[proc_macro_attribute]
pub fn config(attribute: TokenStream, item: TokenStream) -> TokenStream {
    config::expand(attribute.into(), item.into()).into()
}

/// Declares an action, on an async function whose parameters are extractors. Its doc comment is what the model reads.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "GET_WEATHER"` | default: the function's name in capitals |
/// | `similes("FORECAST")` | other names |
/// | `example("…")`, `example(user = "…", agent = "…")` | dialogue that shows its use; may stand more than once |
/// | `tags("…")` | free labels |
/// | `validate = f`, `validate(f, g)` | functions with `#[validate]` that must all agree |
/// | `timeout = "10s"` | default 60 s |
/// | `rate_limit = "10/min"`, `rate_limit("10/min", per = room)` | per `user` (default), `room` or `agent` |
/// | `roles("admin")` | who may use it; default everyone |
/// | `approval` | a person must allow each use |
/// | `idempotent` | running it twice does no harm |
/// | `critical` | if it fails, the rest of the plan is skipped |
/// | `priority = 5` | higher is offered earlier; default 0 |
///
/// ```ignore
/// /// Current weather for a city.
/// #[action(similes("FORECAST"), example(user = "Is it raining in Oslo?", agent = "Let me look."), timeout = "10s")]
/// async fn get_weather(Args(City { city }): Args<City>, api: Service<WeatherApi>) -> Result<String, WeatherError> {
///     api.current(&city).await
/// }
/// ```
#[proc_macro_attribute]
pub fn action(attribute: TokenStream, item: TokenStream) -> TokenStream {
    action::expand(attribute.into(), item.into()).into()
}

/// Declares a validate stage, on a function, async or not, whose parameters are extractors. Actions and evaluators name it:
/// `#[action(validate = is_daytime)]`. It gives a `bool`, or `Result<(), E>` whose error says why not.
///
/// The only key is `plugin = Weather`, as for [`macro@action`].
///
/// ```ignore
/// #[validate]
/// fn is_short(message: Message) -> bool {
///     message.text().len() < 1000
/// }
/// ```
#[proc_macro_attribute]
pub fn validate(attribute: TokenStream, item: TokenStream) -> TokenStream {
    validate::expand(attribute.into(), item.into()).into()
}

/// Declares a provider, on an async function whose parameters are extractors: it tells the model about the world.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "LOCAL_TIME"` | default: the function's name in capitals |
/// | `position = 10` | lower stands earlier; default 0 |
/// | `dynamic` | runs only when named |
/// | `private` | the same, and is not listed for models |
/// | `timeout = "5s"` | default 5 s |
/// | `cache(ttl = "60s", stale_while_revalidate)` | how long its result is reused |
///
/// ```ignore
/// /// The time where the agent runs.
/// #[provider(position = 10)]
/// async fn local_time(clock: Clock) -> Context {
///     Context::text(format!("It is {}.", clock.now()))
/// }
/// ```
#[proc_macro_attribute]
pub fn provider(attribute: TokenStream, item: TokenStream) -> TokenStream {
    provider::expand(attribute.into(), item.into()).into()
}

/// Declares an evaluator, on an async function whose parameters are extractors: it looks at a turn after the agent answered.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "SENTIMENT"` | default: the function's name in capitals |
/// | `similes("MOOD")` | other names |
/// | `example("…")`, `example(user = "…", agent = "…")` | dialogue that shows what it looks for |
/// | `always_run` | runs also when the agent did not respond |
/// | `gate` | runs before the reply leaves, and may hold or rewrite it |
/// | `timeout = "30s"` | default 30 s |
/// | `validate = f`, `validate(f, g)` | functions with `#[validate]` that must all agree |
///
/// ```ignore
/// /// Whether the answer is polite.
/// #[evaluator(gate)]
/// async fn polite(replies: Replies) -> Evaluation {
///     Evaluation::new(1.0, true)
/// }
/// ```
#[proc_macro_attribute]
pub fn evaluator(attribute: TokenStream, item: TokenStream) -> TokenStream {
    evaluator::expand(attribute.into(), item.into()).into()
}

/// Declares a service, on the `impl` block of its type, with a doc comment.
///
/// The block has `async fn start(…) -> Self` or `-> Result<Self, E>`, whose parameters are extractors; it may have
/// `async fn stop(&self)` and `async fn health(&self) -> Result<(), E>`; everything else in it is the author's own.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "weather-api"` | default: the type's name in kebab-case |
/// | `kind = "web-search"` | the kind under which others look it up |
/// | `permission = Network` | what a plugin must declare to use it |
/// | `timeout = "10s"` | for start and for stop; default 10 s |
///
/// ```ignore
/// /// Asks the weather service.
/// #[service(permission = Network)]
/// impl WeatherApi {
///     async fn start(config: Config<Weather>) -> Self {
///         Self { base_url: config.base_url.clone() }
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn service(attribute: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(attribute.into(), item.into()).into()
}

/// Declares a model handler, on an async function whose parameters are extractors. First the kinds that it serves, variants of
/// `ModelKind`: `TextSmall`, `TextLarge`, `Custom("my-kind")` …
///
/// | key | meaning |
/// |---|---|
/// | `plugin = OpenAi` | the plugin it belongs to; default: the one at the crate's root |
/// | `tools` | it takes tools as such |
/// | `priority = 5` | higher is chosen first; default: the plugin's |
///
/// ```ignore
/// #[model(TextSmall, TextLarge, tools)]
/// async fn complete(request: Request, chunks: Chunks, config: Config<OpenAi>) -> Result<ModelAnswer, ModelError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn model(attribute: TokenStream, item: TokenStream) -> TokenStream {
    model::expand(attribute.into(), item.into()).into()
}

/// Declares an event handler, on an async function whose parameters are extractors. First the type of the event; then, if needed,
/// `plugin = Weather` as for [`macro@action`].
///
/// ```ignore
/// #[on(MessageReceived)]
/// async fn greet(event: Event<MessageReceived>) -> Result<(), GreetError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn on(attribute: TokenStream, item: TokenStream) -> TokenStream {
    on::expand(attribute.into(), item.into()).into()
}

/// Declares what runs when the plugin is loaded, after its dependencies and before its own services and parts: an async function whose
/// parameters are extractors and that gives nothing or `Result<(), E>`. The only key is `plugin = Weather`, as for [`macro@action`].
///
/// ```ignore
/// #[on_load]
/// async fn load(config: Config<Weather>) -> Result<(), LoadError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn on_load(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook::expand_load(attribute.into(), item.into()).into()
}

/// Declares what runs when the plugin is unloaded, also after a failure: an async function whose parameters are extractors and that
/// gives nothing or `Result<(), E>`. The only key is `plugin = Weather`, as for [`macro@action`].
///
/// ```ignore
/// #[on_unload]
/// async fn unload() {}
/// ```
#[proc_macro_attribute]
pub fn on_unload(attribute: TokenStream, item: TokenStream) -> TokenStream {
    hook::expand_unload(attribute.into(), item.into()).into()
}

/// Declares the plugin's storage adapter: an async function whose parameters are extractors and that opens a store. The only key is
/// `plugin = Sql`, as for [`macro@action`].
///
/// ```ignore
/// #[storage]
/// async fn open(config: Config<Sql>) -> Result<Arc<dyn Store>, SqlError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn storage(attribute: TokenStream, item: TokenStream) -> TokenStream {
    storage::expand(attribute.into(), item.into()).into()
}

/// Declares a test that the plugin ships, on an async function that gives nothing or `Result<(), E>`. `galatea test` runs it in an
/// agent of its own, with what `#[plugin(tests(…))]` requires. The function takes `PluginTest`, from which an agent is made; it may
/// also take `HttpDouble`, a server that is running, and `TestAgent`, an agent that needs nothing more. Its doc comment says what
/// the plugin does if the test passes.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `config = "units = \"imperial\""` | the plugin's config in this test, as TOML; default: nothing |
/// | `timeout = "10s"` | how long it may take; default 60 s |
///
/// ```ignore
/// /// Tells the weather of a place.
/// #[plugin_test]
/// async fn tells_the_weather(test: PluginTest, http: HttpDouble) -> TestResult {
///     http.on(GET, "/v1/forecast").json(json!({ "temperature": 12 }));
///     let agent = test.agent().config::<Weather>(json!({ "base-url": http.url() })).start().await?;
///     assert!(agent.run_action("GET_WEATHER", json!({ "place": "Berlin" })).await?.success);
///     Ok(())
/// }
/// ```
#[proc_macro_attribute]
pub fn plugin_test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    plugin_test::expand(attribute.into(), item.into()).into()
}
