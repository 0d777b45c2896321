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
mod batch;
mod case;
mod component;
mod compose;
mod config;
mod doc;
mod duration;
mod errors;
mod evaluator;
mod handler;
mod hook;
mod middleware;
mod model;
mod on;
mod params;
mod permission;
mod permissions;
mod plugin;
mod plugin_path;
mod plugin_test;
mod provider;
mod route;
mod route_path;
mod service;
mod storage;
mod task;
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
/// | `middleware("timing", "audit")` | layers around its parts, outermost first, within those of the character |
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
/// unknown keys. The struct and every field need a doc comment. `enabled`, `fallback`, `middleware` and `version` belong to the engine;
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

/// Makes one plugin out of several: a type, its name, and its members in the order in which they load. They are unloaded in reverse.
///
/// A character selects all of them with the table of the composed plugin; the config of a member is a table in it: `[plugins.suite.geo]`.
/// `enabled`, `fallback` and `middleware` of the composed plugin's table hold for all members; grants are given to each by its own name.
/// A plugin with `requires(Suite)` loads after all members; to use a service of a member it requires that member, which the suite then
/// brings. Members may be composed plugins themselves. A plugin cannot be composed of itself, directly or through others: the constants
/// would need each other, which does not compile.
///
/// ```ignore
/// compose! {
///     /// Weather, and where people are.
///     pub struct Suite = "suite", [Weather, galatea_geo::Geo]
/// }
/// ```
#[proc_macro]
pub fn compose(input: TokenStream) -> TokenStream {
    compose::expand(input.into()).into()
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
/// | `permissions(Network("host"), Network(config = "base-url"), Filesystem)` | what it touches beyond what its plugin declares; it is not offered unless the character grants that to the plugin |
/// | `approval`, `approval(by = "admin", expires = "1h")` | a person must allow each use: of this role or a higher one, default whoever may use it; default 1 h |
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
/// | `cache(ttl = "60s")` | how long its result is reused; turns that miss it at once share one call |
/// | `cache(…, stale_while_revalidate)` | after that, the old result is told while a new one is made |
/// | `cache(…, per = room)` | who shares a result: per `user` in a room (default), `room` or `agent` |
/// | `cache(…, key = the_city)` | the same, by what a `fn(&Memory) -> String` makes of the message |
/// | `subscribe` | it gives a stream; turns see its latest item |
///
/// ```ignore
/// /// The time where the agent runs.
/// #[provider(position = 10)]
/// async fn local_time(clock: Clock) -> Context {
///     Context::text(format!("It is {}.", clock.now()))
/// }
/// ```
///
/// With `subscribe` the function is called when the plugin is loaded, and gives a stream, alone or in a `Result`, of anything that a
/// provider may return. A turn sees the latest item and does not wait; before the first one the provider is left out. A stream that
/// ends, fails or panics is started again, with growing pauses. It ends when the plugin is unloaded. The parameters are those that need
/// no turn; `timeout` is for the call, not for the stream.
///
/// ```ignore
/// /// What the market pays.
/// #[provider(subscribe)]
/// async fn prices(feed: Service<Feed>) -> impl Stream<Item = Context> + Send + 'static {
///     feed.ticks().map(|tick| Context::text(format!("Gold is at {tick}.")))
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
/// | `batch = judge_many` | a function with [`macro@batch`] that judges several turns at once |
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

/// Declares the batch form of an evaluator, which names it: `#[evaluator(batch = judge_many)]`. When several finished turns wait for
/// that evaluator, at most 32 are judged in one call of this function instead of one call each.
///
/// An async function whose parameters are extractors, among them `Turns`, the turns in the order in which they ended. It gives a `Vec`
/// with exactly one element a turn, in that order, each what an evaluator may return; or a `Result` of it. Any other number is an error
/// of every one of these turns. The only key is `plugin = Weather`, as for [`macro@action`].
///
/// ```ignore
/// #[batch]
/// async fn judge_many(turns: Turns, models: Models) -> Result<Vec<Option<Evaluation>>, JudgeError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn batch(attribute: TokenStream, item: TokenStream) -> TokenStream {
    batch::expand(attribute.into(), item.into()).into()
}

/// Declares a service, on the `impl` block of its type, with a doc comment.
///
/// The block has `async fn start(…) -> Self` or `-> Result<Self, E>`, whose parameters are extractors; it may have
/// `async fn stop(&self)`, `async fn health(&self) -> Result<(), E>` and `async fn run(&self)`, its long work; everything else in it
/// is the author's own. `run` begins after `start` and is dropped before `stop`; if it fails or panics the service is started anew.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "weather-api"` | default: the type's name in kebab-case |
/// | `kind = WebSearch`, `kind(WebSearch, Browser)` | the kinds under which others look it up: traits that the type implements |
/// | `permission = Network` | what a plugin must declare to use it |
/// | `timeout = "10s"` | for start and for stop, and for health; default 10 s |
/// | `health_every = "30s"` | asks `health` that often; three failures in a row restart the service |
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
/// | `config = "model.embedding"` | the key of the plugin's config without which it serves nothing; default: it always serves |
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

/// Declares a middleware: a layer that characters and plugins put around parts, on a function (not async) that takes its settings, or
/// nothing, and gives a `Middleware`: any `tower::Layer<Handler>`, or what `middleware::from_fn` makes of a function. Its doc comment is
/// what editors show in a character's list.
///
/// The settings are a struct with `Deserialize`, `JsonSchema` and `Default`, whose keys may all be left out (`#[serde(default)]`).
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "audit"` | default: the function's name in kebab-case; unique in a build |
/// | `of(action, provider, evaluator, model)` | the kinds of parts that it wraps; default all |
///
/// ```ignore
/// /// Writes down which actions ran.
/// #[middleware(of(action))]
/// fn audit(settings: AuditSettings) -> impl Middleware {
///     middleware::from_fn(move |call, next| {
///         let settings = settings.clone();
///         async move {
///             settings.note(call.part.name);
///             next.run(call).await
///         }
///     })
/// }
/// ```
#[proc_macro_attribute]
pub fn middleware(attribute: TokenStream, item: TokenStream) -> TokenStream {
    middleware::expand(attribute.into(), item.into()).into()
}

/// Declares an event handler, on an async function whose parameters are extractors. First the type of the event.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `queued` | runs on a task of its own, one event after another; who emits does not wait for it |
/// | `queued(capacity = 100, full = drop_oldest)` | how many events may wait, and what happens to one more: `wait` (who emits waits, at most 30 s), `drop_oldest` (default), `drop_newest`; dropped ones are logged and counted |
///
/// Without `queued` the handlers of an event run one after another in load order, and who emits waits for them.
///
/// ```ignore
/// #[on(MessageReceived)]
/// async fn greet(event: Event<MessageReceived>) -> Result<(), GreetError> { /* … */ }
///
/// #[on(MessageSent, queued(capacity = 1000, full = wait))]
/// async fn archive(event: Event<MessageSent>, archive: Service<Archive>) -> Result<(), ArchiveError> { /* … */ }
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

/// Declares a route, on an async function whose parameters are extractors: something that the plugin answers over HTTP, below
/// `/{plugin}`. First the method, `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, or `STATIC` for the files of a folder, and the path:
/// `"/hello/{name}"`, `"/files/{*rest}"`. Its doc comment stands in the description of the API.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "hello"` | default: the function's name in kebab-case; unique in the plugin |
/// | `public` | anyone may ask; default: only callers that are known |
/// | `roles("admin")` | which of them; default every one |
/// | `scope = "chat"` | what the caller's token must be for; default: as who serves the agent says |
/// | `timeout = "30s"` | default 30 s |
/// | `body = "10mb"` | the largest body; default 2 MiB |
///
/// Besides what every handler takes, a route takes `Path<T>`, `Query<T>`, `Json<T>`, `Form<T>`, `Multipart`, `HeaderMap`, `Bytes`,
/// `String`, `Method`, `Uri` of `galatea::route`, and `Caller`. It gives what axum takes for a response, alone or in a `Result` with
/// `RouteError`; a `STATIC` route gives the folder.
///
/// ```ignore
/// /// Says hello.
/// #[route(GET, "/hello/{name}", public)]
/// async fn hello(route::Path(name): route::Path<String>) -> String {
///     format!("Hello, {name}!")
/// }
/// ```
#[proc_macro_attribute]
pub fn route(attribute: TokenStream, item: TokenStream) -> TokenStream {
    route::expand(attribute.into(), item.into()).into()
}

/// Declares a type of entity components, on a struct with named fields: data that the plugin keeps about people and agents. First its
/// name, in kebab-case, unique in an agent; then, if needed, `plugin = Weather` as for [`macro@action`].
///
/// It derives `Deserialize`, `Serialize` and `JsonSchema`, spells fields in kebab-case (a `#[serde(rename_all = "…")]` of your own is
/// kept) and refuses unknown ones. The struct and every field need a doc comment. Handlers take `Component<Profile>`.
///
/// ```ignore
/// /// What somebody likes.
/// #[component("profile")]
/// pub struct Profile {
///     /// The city where they live.
///     pub city: Option<String>,
/// }
/// ```
#[proc_macro_attribute]
pub fn component(attribute: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(attribute.into(), item.into()).into()
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

/// Declares a task, on an async function whose parameters are extractors: what the agent does at a time of its own. It gives
/// nothing or `Result<(), E>`.
///
/// | key | meaning |
/// |---|---|
/// | `plugin = Weather` | the plugin it belongs to; default: the one at the crate's root |
/// | `name = "SEND_DIGEST"` | default: the function's name in capitals |
/// | `every = "5m"` | runs again and again, the first time so long after the agent's first start with it |
/// | `cron = "0 9 * * 1-5"` | runs at these times: minute, hour, day of the month, month, day of the week |
/// | `timezone = "Europe/Paris"` | whose clocks `cron` means; default UTC |
/// | `after = "10s"` | runs once for each agent, for ever: so long after its first start with it |
/// | `timeout = "60s"` | for one attempt; default 60 s |
/// | `retries = 3` | how often it is tried again after a failed attempt, after 1 s, 2 s, 4 s … and a little; default 3 |
/// | `missed = catch_up` | if it was due while the agent did not run, it runs once at the start; default `skip`: at its next time |
/// | `idempotent` | running it twice does no harm |
///
/// Without `every`, `cron` and `after` it runs when a program asks for it: `tasks.schedule("SEND_DIGEST", When::Now, arguments)`.
/// A task that still runs is not started again. It runs in one process, also where several run the agent. If the process is
/// killed in the middle, an `idempotent` task runs again; of another one nobody knows whether it took effect, so that is
/// reported and it is not repeated.
///
/// ```ignore
/// /// Sends the news of the day.
/// #[task(cron = "0 9 * * 1-5", timezone = "Europe/Paris", missed = catch_up)]
/// async fn send_digest(run: TaskRun, news: Service<News>, agent: Agent) -> Result<(), NewsError> { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn task(attribute: TokenStream, item: TokenStream) -> TokenStream {
    task::expand(attribute.into(), item.into()).into()
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
