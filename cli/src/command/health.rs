//! `galatea health`

use crate::{cli::Health, failure::Failure, output, start};
use reqwest::{Client, Url, redirect::Policy};
use std::{process::ExitCode, time::Duration};

/// The path that is asked where the address has none.
const READY: &str = "/api/v1/health/ready";

pub(super) fn run(args: &Health) -> Result<ExitCode, Failure> {
    let url = address(&args.url)?;
    let said = start::runtime()?.block_on(ask(url.clone(), args.timeout));
    match said {
        Ok(status) if status.is_success() => {
            output::line(&format!("{} is well: {status}", url.origin().ascii_serialization()));
            Ok(ExitCode::SUCCESS)
        }
        Ok(status) => Err(Failure::new(format!("{url} is not well: {status}"))
            .help("the log of the program that listens there says why")),
        Err(why) => Err(Failure::new(format!("{url} does not answer: {why}"))
            .help("does `galatea run` listen there? Its character says where: `[plugins.server] address`")),
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    // A host and port are enough.
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let mut url =
        url.ok_or_else(|| Failure::new(format!("`{text}` is no address: write http://127.0.0.1:3000")))?;
    if url.path() == "/" {
        url.set_path(READY);
    }
    Ok(url)
}

async fn ask(url: Url, limit: Duration) -> Result<reqwest::StatusCode, String> {
    // The process may have chosen its cryptography already; then that one serves.
    drop(rustls::crypto::ring::default_provider().install_default());
    // Neither a proxy nor another place: the question is whether this one is well.
    let client = Client::builder().timeout(limit).redirect(Policy::none()).no_proxy().build();
    let client = client.map_err(|error| error.to_string())?;
    let answer = client.get(url).send().await.map_err(|error| {
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        cause.to_string()
    })?;
    Ok(answer.status())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_is_asked_whether_it_is_ready() {
        for (text, expected) in [
            ("127.0.0.1:3000", "http://127.0.0.1:3000/api/v1/health/ready"),
            ("http://localhost:3000/", "http://localhost:3000/api/v1/health/ready"),
            ("https://a.example/api/v1/health/live", "https://a.example/api/v1/health/live"),
        ] {
            assert_eq!(address(text).unwrap().as_str(), expected);
        }
        for bad in ["", "ftp://a.example", "http://"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
