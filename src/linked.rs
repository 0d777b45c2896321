// The plugins of this build, one line each; in Cargo.toml they stand under `[dependencies]` and `[build-dependencies]`.
//
// The linker drops a crate that nobody names, and then its plugin is silently gone. So both build.rs and lib.rs include this
// list, and both deny `unused_crate_dependencies`: a plugin that is in Cargo.toml and not here, or the reverse, does not compile.

extern crate galatea_anthropic as _;
extern crate galatea_bootstrap as _;
extern crate galatea_console as _;
extern crate galatea_eliza_api as _;
extern crate galatea_embedding as _;
extern crate galatea_google_genai as _;
extern crate galatea_http as _;
extern crate galatea_knowledge as _;
extern crate galatea_local as _;
extern crate galatea_mcp as _;
extern crate galatea_offline as _;
extern crate galatea_ollama as _;
extern crate galatea_openai as _;
extern crate galatea_openai_api as _;
extern crate galatea_openai_compatible as _;
extern crate galatea_openrouter as _;
extern crate galatea_server as _;
extern crate galatea_sql as _;
extern crate galatea_weather as _;
