//! A browser for a web of a few pages.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::service::kind::{Browser, KindFault, Link, Media, PageContent, PageId};
use async_trait::async_trait;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Mutex};

/// A page of the small web: `a#N` clicks on its link number N (from 0), `input` is its one field.
#[derive(Debug, Default)]
pub struct SmallWeb {
    pages: BTreeMap<String, PageContent>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    /// Each page: the addresses it went through, and what is in its field.
    pages: BTreeMap<PageId, (Vec<String>, String)>,
}

impl SmallWeb {
    /// A web of these pages, by their addresses.
    #[must_use]
    pub fn new(pages: impl IntoIterator<Item = PageContent>) -> Self {
        Self {
            pages: pages.into_iter().map(|page| (page.url.clone(), page)).collect(),
            open: Mutex::default(),
        }
    }

    /// What was written into the field of a page.
    #[must_use]
    pub fn field(&self, page: &PageId) -> Option<String> {
        lock(&self.open).pages.get(page).map(|(_, field)| field.clone())
    }

    fn shown(&self, page: &PageId) -> Result<&PageContent, KindFault> {
        let open = lock(&self.open);
        let (way, _) = open.pages.get(page).ok_or_else(|| missing(&page.0))?;
        way.last().and_then(|url| self.pages.get(url)).ok_or_else(|| missing(&page.0))
    }

    fn visit(&self, page: &PageId, url: &str) -> Result<(), KindFault> {
        if !self.pages.contains_key(url) {
            return Err(KindFault::Unavailable(format!("{url} does not answer")));
        }
        let mut open = lock(&self.open);
        let (way, field) = open.pages.get_mut(page).ok_or_else(|| missing(&page.0))?;
        way.push(url.to_owned());
        field.clear();
        Ok(())
    }
}

#[async_trait]
impl Browser for SmallWeb {
    async fn open(&self, url: &str) -> Result<PageId, KindFault> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return refuse(format!("`{url}` is no http or https address"));
        }
        if !self.pages.contains_key(url) {
            return Err(KindFault::Unavailable(format!("{url} does not answer")));
        }
        let mut open = lock(&self.open);
        open.count += 1;
        let id = PageId(open.count.to_string());
        open.pages.insert(id.clone(), (vec![url.to_owned()], String::new()));
        Ok(id)
    }

    async fn content(&self, page: &PageId) -> Result<PageContent, KindFault> {
        self.shown(page).cloned()
    }

    async fn screenshot(&self, page: &PageId, _whole: bool) -> Result<Media, KindFault> {
        Ok(Media::new("image/png", self.shown(page)?.text.as_bytes()))
    }

    async fn click(&self, page: &PageId, selector: &str) -> Result<(), KindFault> {
        let links = &self.shown(page)?.links;
        let number = selector.strip_prefix("a#").and_then(|number| number.parse::<usize>().ok());
        let link = number.and_then(|number| links.get(number)).ok_or_else(|| missing(selector))?;
        self.visit(page, &link.url)
    }

    async fn fill(&self, page: &PageId, selector: &str, text: &str) -> Result<(), KindFault> {
        self.shown(page)?;
        match selector {
            "input" => {}
            "body" => return refuse("`body` is no field"),
            other => return Err(missing(other)),
        }
        let mut open = lock(&self.open);
        let (_, field) = open.pages.get_mut(page).ok_or_else(|| missing(&page.0))?;
        text.clone_into(field);
        Ok(())
    }

    async fn evaluate(&self, page: &PageId, script: &str) -> Result<Value, KindFault> {
        let shown = self.shown(page)?;
        match script {
            "document.title" => Ok(Value::from(shown.title.clone())),
            "location.href" => Ok(Value::from(shown.url.clone())),
            _ => Err(KindFault::Unsupported("this browser runs no scripts".to_owned())),
        }
    }

    async fn back(&self, page: &PageId) -> Result<(), KindFault> {
        let mut open = lock(&self.open);
        let (way, _) = open.pages.get_mut(page).ok_or_else(|| missing(&page.0))?;
        if way.len() < 2 {
            return refuse("there is no page before");
        }
        way.pop();
        Ok(())
    }

    async fn close(&self, page: &PageId) -> Result<(), KindFault> {
        lock(&self.open).pages.remove(page);
        Ok(())
    }
}

/// Checks a browser. There is a page at `url` on which `selector` is a link to another page.
///
/// # Errors
/// What it did and should have done.
pub async fn check_browser(service: &dyn Browser, url: &str, selector: &str) -> Outcome {
    refused(service.open("file:///etc/passwd").await, "opening a file")?;
    let page = given(service.open(url).await, "open")?;
    let first = given(service.content(&page).await, "content")?;
    demand(!first.url.is_empty(), "a page has an address")?;
    demand(first.links.iter().all(|link: &Link| link.url.contains("://")), "links are whole addresses")?;
    refused(service.back(&page).await, "going back from the first page")?;
    not_found(service.click(&page, "a.no-such-element").await, "clicking on nothing")?;
    given(service.click(&page, selector).await, "click")?;
    let second = given(service.content(&page).await, "content after a click")?;
    demand(second.url != first.url, "a click on the link leads to another page")?;
    demand(
        !given(service.screenshot(&page, true).await, "screenshot")?.bytes.is_empty(),
        "a picture has data",
    )?;
    given(service.back(&page).await, "back")?;
    demand(given(service.content(&page).await, "content")?.url == first.url, "back leads back")?;
    let other = given(service.open(url).await, "opening a second page")?;
    demand(other != page, "each page has an id of its own")?;
    for _ in 0..2 {
        given(service.close(&page).await, "close")?;
    }
    not_found(service.content(&page).await, "the content of a closed page")?;
    given(service.content(&other).await, "the content of the page that is still open")?;
    given(service.close(&other).await, "close")
}
