//! A route: the agent's web server answers `GET /hello/hello/Grace`.

use galatea::{prelude::*, route::Path};

/// Says hello over HTTP.
#[plugin("hello")]
pub struct Hello;

/// Greets somebody.
#[route(GET, "/hello/{name}", public, plugin = Hello)]
async fn hello(Path(name): Path<String>, agent: Agent) -> String {
    format!("Hello {name}, this is {}.", agent.character().name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::{
        route::{Body, StatusCode},
        testing::{TestAgent, TestResult},
    };
    use tower::ServiceExt;

    #[tokio::test]
    async fn it_greets() -> TestResult {
        let agent = TestAgent::with::<Hello>().named("Ada").start().await?;
        let request = axum::http::Request::get("/hello/hello/Grace").body(Body::empty())?;
        let response = agent.router().oneshot(request).await?;
        assert_eq!(response.status(), StatusCode::OK);
        let body = axum::body::to_bytes(response.into_body(), 1000).await?;
        assert_eq!(body, "Hello Grace, this is Ada.");
        Ok(())
    }
}
