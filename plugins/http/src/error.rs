//! Why a request gave nothing. Addresses are named without their query, which may hold a key.

/// Why a request gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is not one.
    #[error("`{url}` is not an address: {why}")]
    BadUrl {
        /// What was given.
        url: String,
        /// Why it is none.
        why: String,
    },
    /// The character does not grant the host to this plugin.
    #[error(
        "plugin `{plugin}` may not call {host}; grant it in the character: [grants.{plugin}] network = [\"{host}\"]"
    )]
    NotGranted {
        /// The plugin.
        plugin: &'static str,
        /// The host.
        host: String,
    },
    /// What the character says of connections cannot be used.
    #[error("no connection can be made that way: {why}")]
    Unusable {
        /// Why not.
        why: String,
    },
    /// The host cannot be reached, or the connection broke.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
    /// The answer took too long.
    #[error("{host} did not answer in time")]
    Timeout {
        /// The host.
        host: String,
    },
    /// The host answered with an error.
    #[error("{host} answered {status}{}", body(.text))]
    Status {
        /// The host.
        host: String,
        /// The status code.
        status: u16,
        /// The beginning of what it said.
        text: String,
    },
    /// The answer is larger than allowed.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer is not what was expected.
    #[error("{host} answered something unexpected: {why}")]
    Unexpected {
        /// The host.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// The host sends from one address to the next without end.
    #[error("{host} redirects too often")]
    Redirects {
        /// The host.
        host: String,
    },
}

fn body(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
