//! A search over a fixed list.

use super::{Outcome, demand, given, refuse, refused};
use crate::{
    service::kind::{KindFault, SearchHit, SearchKind, SearchOptions, WebSearch},
    store::without_case,
};
use async_trait::async_trait;

/// Finds what contains every word of the query.
#[derive(Clone, Debug, Default)]
pub struct FixedSearch(Vec<SearchHit>);

impl FixedSearch {
    /// A search over these: title, address, text.
    #[must_use]
    pub fn new<'a>(pages: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Self {
        let hit = |(title, url, snippet): (&str, &str, &str)| SearchHit {
            title: title.to_owned(),
            url: url.to_owned(),
            snippet: snippet.to_owned(),
            published: None,
        };
        Self(pages.into_iter().map(hit).collect())
    }
}

fn host(url: &str) -> &str {
    url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default()
}

fn is_of(url: &str, site: &str) -> bool {
    host(url).strip_suffix(site).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[async_trait]
impl WebSearch for FixedSearch {
    async fn search(&self, query: &str, options: &SearchOptions) -> Result<Vec<SearchHit>, KindFault> {
        if query.trim().is_empty() {
            return refuse("the query is blank");
        }
        if options.kind != SearchKind::Web {
            return Err(KindFault::Unsupported("it searches pages only".to_owned()));
        }
        let query = without_case(query);
        let fits = |hit: &&SearchHit| {
            let text = without_case(&format!("{} {}", hit.title, hit.snippet));
            query.split_whitespace().all(|word| text.contains(word))
                && (options.sites.is_empty() || options.sites.iter().any(|site| is_of(&hit.url, site)))
                && options.since.is_none_or(|since| hit.published.is_some_and(|at| at > since))
        };
        Ok(self.0.iter().filter(fits).take(options.limit.max(1)).cloned().collect())
    }

    async fn suggest(&self, begun: &str) -> Result<Vec<String>, KindFault> {
        let begun = without_case(begun);
        let titles = self.0.iter().map(|hit| hit.title.clone());
        Ok(titles.filter(|title| without_case(title).starts_with(&begun)).collect())
    }
}

/// Checks a search; `query` finds something.
///
/// # Errors
/// What it did and should have done.
pub async fn check_web_search(service: &dyn WebSearch, query: &str) -> Outcome {
    let hits = given(service.search(query, &SearchOptions::default()).await, "search")?;
    demand(!hits.is_empty() && hits.len() <= 10, "something is found, and no more than was asked for")?;
    demand(hits.iter().all(|hit| hit.url.contains("://")), "what is found has an address")?;
    let mut urls: Vec<&str> = hits.iter().map(|hit| hit.url.as_str()).collect();
    urls.sort_unstable();
    demand(urls.windows(2).all(|pair| pair[0] != pair[1]), "each address is found once")?;
    let one = SearchOptions { limit: 1, ..SearchOptions::default() };
    let first = given(service.search(query, &one).await, "search for one")?;
    demand(first.len() == 1, "no more is found than was asked for")?;
    let site = host(&hits[0].url).to_owned();
    let there = SearchOptions { sites: vec![site.clone()], ..SearchOptions::default() };
    let found = given(service.search(query, &there).await, "search at a host")?;
    demand(found.iter().all(|hit| is_of(&hit.url, &site)), "only the hosts that were named are searched")?;
    refused(service.search("  ", &one).await, "a blank query")?;
    given(service.suggest(query).await, "suggest").map(drop)
}
