//! A server that is asked, with all that its config says.

use crate::{
    Asked, Call, Kept, Optional, Reading, Refusal, Timeouts, Wire, choice, events::Events, failure,
    patience::Patience,
};
use galatea::{
    character::Secret,
    diagnostic::without_secrets,
    extract::Clock,
    model::{ModelAnswer, ModelError, ModelRequest, TextSink},
};
use galatea_http::{Client, HttpError, Incoming, Request, Response, Route};
use serde_json::Value;
use std::{collections::BTreeMap, time::Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The largest answer that is read, in bytes: pictures and vectors are large.
const LARGEST: u64 = 256 * 1024 * 1024;

/// How often a call is changed because a model refuses a part of it.
const MOST_CHANGES: usize = 6;

/// Stands in the place of a key.
const COVER: &str = "•••";

/// How a server knows who asks.
#[derive(Clone, Debug)]
pub enum Auth {
    /// It does not ask.
    None,
    /// `authorization: Bearer KEY`.
    Bearer(Secret),
    /// The key in a header of its own.
    Header(&'static str, Secret),
}

/// What makes a host, besides the client.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The base address: `https://api.example.com/v1`.
    pub base_url: String,
    /// How it knows who asks.
    pub auth: Auth,
    /// Headers of every request.
    pub headers: BTreeMap<String, String>,
    /// The proxy that requests go through.
    pub proxy: Option<String>,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// How many requests it is asked at once.
    pub max_concurrent: u32,
    /// Whether answers are asked for piece by piece.
    pub stream: bool,
}

/// A server that is asked, through the client of the plugin that asks.
#[derive(Debug)]
pub struct Host {
    http: Client,
    setup: Setup,
    slots: Semaphore,
    kept: Kept,
    clock: Clock,
}

/// Why a call gave nothing.
enum Failed {
    /// The server refused it.
    Refused(Refusal),
    Error(ModelError),
}

impl From<ModelError> for Failed {
    fn from(error: ModelError) -> Self {
        Self::Error(error)
    }
}

impl Host {
    /// A server with its config.
    ///
    /// # Errors
    /// If the proxy's address is none, or its host is not granted.
    pub fn new(http: &Client, clock: Clock, setup: Setup) -> Result<Self, HttpError> {
        let route = Route { proxy: setup.proxy.clone(), connect_timeout: Some(setup.timeouts.connect) };
        let most = usize::try_from(setup.max_concurrent.max(1)).unwrap_or(usize::MAX);
        let slots = Semaphore::new(most.min(Semaphore::MAX_PERMITS));
        Ok(Self { http: http.by(route)?, setup, slots, kept: Kept::default(), clock })
    }

    /// What it wants said again, and what its models refused.
    #[must_use]
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Lets the actions of a model be chosen through a schema, since it takes no tools.
    pub fn without_tools(&self, model: &str) {
        self.kept.refuse(model, "tools");
    }

    /// Asks a model. What it says goes to the sink while it comes. A parameter that the model refuses is left out from then on.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn ask<W: Wire>(
        &self,
        wire: &W,
        model: &str,
        thinks: bool,
        request: &ModelRequest,
        sink: &TextSink,
    ) -> Result<ModelAnswer, ModelError> {
        let _slot = self.slot().await;
        let asked = Asked { request, model, thinks, streams: self.setup.stream, kept: &self.kept };
        let mut call = wire.call(&asked);
        let mut changes = 0;
        loop {
            let chooses = chooses(&asked, &call);
            let refusal = match self.once(wire, &asked, &call, sink).await {
                Ok(answer) if chooses => return Ok(choice::read(answer)),
                Ok(answer) => return Ok(answer),
                Err(Failed::Error(error)) => return Err(self.covered(error)),
                Err(Failed::Refused(refusal)) => refusal,
            };
            let blamed = refusal.blames(W::OPTIONAL, &call.body).filter(|_| changes < MOST_CHANGES);
            let Some(one) = blamed else { return Err(self.covered(refusal.error)) };
            self.give_up(model, one, &call.body, &refusal);
            // Another call may have learnt the same meanwhile: what counts is whether this one is any different now.
            let again = wire.call(&asked);
            if again.body == call.body {
                return Err(self.covered(refusal.error));
            }
            tracing::debug!(model, parameter = one.name, "left out: {}", refusal.error);
            call = again;
            changes += 1;
        }
    }

    async fn once<W: Wire>(
        &self,
        wire: &W,
        asked: &Asked<'_>,
        call: &Call,
        sink: &TextSink,
    ) -> Result<ModelAnswer, Failed> {
        let begun = Instant::now();
        let mut http = self.request(self.http.post(&self.address(&call.path)));
        for (name, value) in &call.headers {
            http = http.map(|http| http.header(name, value));
        }
        let incoming = self.open(http.map(|http| http.json(&call.body))).await?;
        let mut patience = Patience::since(begun, &self.setup.timeouts);
        if incoming.status() >= 400 {
            return Err(Failed::Refused(self.refusal(incoming, &patience).await));
        }
        let kind = incoming.header("content-type").unwrap_or_default();
        if kind.starts_with("text/html") {
            let why = "it answered with a page for people; is `base-url` right?".to_owned();
            return Err(ModelError::Unavailable(why).into());
        }
        let is_whole = !asked.streams || kind.starts_with("application/json");
        let mut reading = wire.reading(asked);
        if is_whole {
            reading.whole(&patience.read(incoming).await?.text())?;
        } else {
            let chooses = chooses(asked, call);
            let mut events = Events::of(incoming, W::FRAMING, patience, self.setup.timeouts.total);
            while let Some(piece) = events.next().await {
                // What breaks after the end breaks nothing.
                let Ok(piece) = piece else {
                    if reading.is_over() {
                        break;
                    }
                    return Err(piece.err().map_or(ModelError::Cancelled, |error| error).into());
                };
                sink.alive();
                let text = reading.push(&piece)?.filter(|_| !chooses && sink.is_open());
                if let Some(text) = text {
                    sink.send(text).await;
                }
                if reading.is_done() {
                    events.let_go();
                    break;
                }
            }
        }
        let mut answer = reading.finish(&self.kept)?;
        if answer.model.is_empty() {
            asked.model.clone_into(&mut answer.model);
        }
        Ok(answer)
    }

    /// Asks something that is answered as a whole.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Response, ModelError> {
        let _slot = self.slot().await;
        let request = self.request(self.http.post(&self.address(path)));
        self.whole(request.map(|request| request.json(body))).await
    }

    /// The same with a body of a media type.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn post_bytes(
        &self,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Result<Response, ModelError> {
        let _slot = self.slot().await;
        let request = self.request(self.http.post(&self.address(path)));
        self.whole(request.map(|request| request.body(media_type, body))).await
    }

    /// Reads what is at a path.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn get(&self, path: &str) -> Result<Response, ModelError> {
        self.whole(self.request(self.http.get(&self.address(path)))).await
    }

    async fn whole(&self, request: Result<Request, HttpError>) -> Result<Response, ModelError> {
        let mut patience = Patience::since(Instant::now(), &self.setup.timeouts);
        let incoming = self.open(request).await.map_err(|error| self.covered(error))?;
        if incoming.status() >= 400 {
            return Err(self.covered(self.refusal(incoming, &patience).await.error));
        }
        patience.read(incoming).await.map_err(|error| self.covered(error))
    }

    async fn open(&self, request: Result<Request, HttpError>) -> Result<Incoming, ModelError> {
        let request = request.map_err(|error| self.broken(error))?;
        let first = self.setup.timeouts.first;
        match tokio::time::timeout(first, request.open()).await {
            Ok(incoming) => incoming.map_err(|error| self.broken(error)),
            Err(_) => Err(ModelError::Timeout(first)),
        }
    }

    async fn refusal(&self, incoming: Incoming, patience: &Patience) -> Refusal {
        Refusal::of(&patience.read_refusal(incoming).await, self.clock.now())
    }

    fn request(&self, request: Result<Request, HttpError>) -> Result<Request, HttpError> {
        let mut request = request?.within(self.setup.timeouts.total).at_most(LARGEST);
        request = match &self.setup.auth {
            Auth::None => request,
            Auth::Bearer(key) => request.header("authorization", &format!("Bearer {}", key.expose().trim())),
            Auth::Header(name, key) => request.header(name, key.expose().trim()),
        };
        Ok(self.setup.headers.iter().fold(request, |request, (name, value)| request.header(name, value)))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.setup.base_url.trim_end_matches('/'))
    }

    /// Waits until one request more may be made; `None` never.
    async fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.acquire().await.ok()
    }

    /// Leaves a parameter out from now on, or its value where only that is refused. A limit is never left out because of
    /// its value: what it keeps small would have no bounds.
    fn give_up(&self, model: &str, one: Optional, body: &Value, refusal: &Refusal) {
        let is_unknown = refusal.says_unknown();
        match body.pointer(one.pointer).and_then(Value::as_str).filter(|_| !is_unknown) {
            Some(value) => self.kept.refuse(model, &format!("{}={value}", one.name)),
            None if one.name.starts_with("max_") && !is_unknown => {}
            None => self.kept.refuse(model, one.name),
        }
    }

    fn broken(&self, error: HttpError) -> ModelError {
        failure::of_http(error, self.setup.timeouts.total)
    }

    /// The error without what nobody may read.
    fn covered(&self, error: ModelError) -> ModelError {
        match error {
            ModelError::Unauthorized(why) => ModelError::Unauthorized(self.cover(&why)),
            ModelError::Rejected(why) => ModelError::Rejected(self.cover(&why)),
            ModelError::Unavailable(why) => ModelError::Unavailable(self.cover(&why)),
            ModelError::TooLong { limit, why } => ModelError::TooLong { limit, why: self.cover(&why) },
            other => other,
        }
    }

    fn cover(&self, text: &str) -> String {
        let (Auth::Bearer(key) | Auth::Header(_, key)) = &self.setup.auth else {
            return without_secrets(text);
        };
        let key = key.expose().trim();
        if key.is_empty() { without_secrets(text) } else { without_secrets(&text.replace(key, COVER)) }
    }
}

/// Whether a call lets actions be chosen through a schema. What models refuse may be learnt meanwhile; the call stays.
fn chooses(asked: &Asked<'_>, call: &Call) -> bool {
    !asked.request.tools.is_empty() && call.body.get("tools").is_none()
}
