//! The texts that wait, and the task that takes them to the model while there are any.

use super::{EmbedError, Priority, made::Made};
use crate::{
    agent::Agent,
    model::{ModelAnswer, ModelError, ModelRequest},
    search::{Embedded, Embedder},
    store::Space,
    turn::caught,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

/// At most so many texts wait.
const MOST_WAITING: usize = 1_000;

/// At most so many texts go to the model at once.
const BATCH: usize = 32;

/// A model that is left alone for longer is not waited for.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// The queue of one agent.
pub(crate) struct Queue {
    lanes: Mutex<Lanes>,
    places: Arc<Semaphore>,
}

#[derive(Default)]
struct Lanes {
    /// By priority, the most urgent first.
    waiting: [VecDeque<Waiting>; 3],
    /// What was made lately.
    made: Made,
    /// A task is taking texts to the model.
    working: bool,
}

/// A text, and those who wait for its vector.
struct Waiting {
    text: String,
    replies: Vec<Reply>,
    /// What was made of it before will not do: somebody wants to know what the model makes of it now.
    fresh: bool,
}

struct Reply {
    sender: oneshot::Sender<Result<Embedded, EmbedError>>,
    _place: OwnedSemaphorePermit,
}

impl Waiting {
    fn tell(self, told: &Result<Embedded, EmbedError>) {
        for reply in self.replies {
            // The caller may have gone.
            drop(reply.sender.send(told.clone()));
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self { lanes: Mutex::default(), places: Arc::new(Semaphore::new(MOST_WAITING)) }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("free", &self.places.available_permits()).finish()
    }
}

impl Queue {
    pub(super) async fn wait_for_place(&self) -> Result<OwnedSemaphorePermit, EmbedError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        place.map_err(|error| EmbedError::Failed(error.to_string()))
    }

    pub(super) fn place(&self) -> Result<OwnedSemaphorePermit, EmbedError> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => EmbedError::Full { waiting: MOST_WAITING },
            closed @ TryAcquireError::Closed => EmbedError::Failed(closed.to_string()),
        })
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a text; whether somebody must begin to work.
    fn push(&self, waiting: Waiting, priority: Priority) -> bool {
        let mut lanes = self.lanes();
        lanes.waiting[priority as usize].push_back(waiting);
        !std::mem::replace(&mut lanes.working, true)
    }

    /// The next texts, each once; `None`, and the work is over, if there are none. What was made lately is told at once.
    fn next(&self, embedder: Option<&Embedder>) -> Option<Vec<Waiting>> {
        let mut lanes = self.lanes();
        let Lanes { waiting, made, .. } = &mut *lanes;
        made.belong_to(embedder);
        let mut batch = Batch::default();
        for lane in waiting.iter_mut() {
            while batch.texts.len() < BATCH
                && let Some(waiting) = lane.pop_front()
            {
                batch.take(waiting, made);
            }
        }
        // Who waits for the same text waits no longer than who asked first.
        for lane in waiting {
            for waiting in std::mem::take(lane) {
                if batch.places.contains_key(&waiting.text) {
                    batch.take(waiting, made);
                } else {
                    lane.push_back(waiting);
                }
            }
        }
        lanes.working = !batch.texts.is_empty();
        lanes.working.then_some(batch.texts)
    }

    /// Keeps what was made of texts.
    fn keep(&self, embedder: Option<&Embedder>, made: &[(&str, &Embedded)]) {
        self.lanes().made.keep(embedder, made);
    }
}

/// Texts that go to the model at once, each with its place.
#[derive(Default)]
struct Batch {
    texts: Vec<Waiting>,
    places: BTreeMap<String, usize>,
}

impl Batch {
    fn take(&mut self, mut waiting: Waiting, made: &Made) {
        // Its callers may have gone.
        waiting.replies.retain(|reply| !reply.sender.is_closed());
        if waiting.replies.is_empty() {
            return;
        }
        if let Some(place) = self.places.get(&waiting.text) {
            self.texts[*place].replies.append(&mut waiting.replies);
            return;
        }
        if let Some(known) = made.get(&waiting.text).filter(|_| !waiting.fresh) {
            return waiting.tell(&Ok(known.clone()));
        }
        self.places.insert(waiting.text.clone(), self.texts.len());
        self.texts.push(waiting);
    }
}

/// Puts a text into the queue and waits for its vector.
pub(super) async fn embed(
    agent: &Agent,
    text: String,
    (priority, fresh): (Priority, bool),
    place: OwnedSemaphorePermit,
) -> Result<Embedded, EmbedError> {
    let (sender, vector) = oneshot::channel();
    let replies = vec![Reply { sender, _place: place }];
    if agent.shared().embeddings.push(Waiting { text, replies, fresh }, priority) {
        let agent = agent.clone();
        tokio::spawn(async move { work(&agent).await });
    }
    vector.await.unwrap_or_else(|_| Err(EmbedError::Failed("the queue ended by a panic".to_owned())))
}

async fn work(agent: &Agent) {
    // Those who were added at the same moment shall go together.
    tokio::task::yield_now().await;
    while let Some(batch) = agent.shared().embeddings.next(agent.live().embedder().as_ref()) {
        // Whose texts were lost by a panic is told by their closed channels.
        if let Err(panic) = caught(make(agent, batch)).await {
            tracing::error!("embedding texts: {panic}");
        }
    }
}

/// Makes the vectors of a batch; one that the model refuses is made in halves.
async fn make(agent: &Agent, batch: Vec<Waiting>) {
    let mut open = vec![batch];
    while let Some(mut batch) = open.pop() {
        match ask(agent, &batch).await {
            Ok(vectors) => {
                let made: Vec<_> = batch.iter().map(|waiting| waiting.text.as_str()).zip(&vectors).collect();
                agent.shared().embeddings.keep(agent.live().embedder().as_ref(), &made);
                for (waiting, vector) in batch.into_iter().zip(vectors) {
                    waiting.tell(&Ok(vector));
                }
            }
            Err(ModelError::Rejected(_)) if batch.len() > 1 => {
                let second = batch.split_off(batch.len() / 2);
                open.extend([second, batch]);
            }
            Err(error) => {
                let told = match &error {
                    ModelError::Rejected(_) => EmbedError::Refused(error.to_string()),
                    _ => EmbedError::Failed(error.to_string()),
                };
                for waiting in batch {
                    waiting.tell(&Err(told.clone()));
                }
            }
        }
    }
}

/// Asks the model, again where that may help.
async fn ask(agent: &Agent, batch: &[Waiting]) -> Result<Vec<Embedded>, ModelError> {
    let mut pauses = ExponentialBuilder::new().with_max_times(3).with_jitter().build();
    loop {
        let request = ModelRequest::embedding(batch.iter().map(|waiting| &waiting.text));
        let (error, at_least) = match agent.make_vectors(request, None).await {
            Ok((answer, provider)) if answer.vectors.len() == batch.len() => {
                return Ok(embedded(answer, provider));
            }
            Ok((answer, _)) => {
                let why = format!("{} vectors for {} texts", answer.vectors.len(), batch.len());
                return Err(ModelError::Rejected(format!("`{}` gave {why}", answer.model)));
            }
            Err(ModelError::RateLimited { retry_after }) => {
                (ModelError::RateLimited { retry_after }, retry_after.unwrap_or_default())
            }
            Err(ModelError::Resting { left, why }) if left <= LONGEST_REST => {
                (ModelError::Resting { left, why }, left)
            }
            Err(resting @ ModelError::Resting { .. }) => return Err(resting),
            Err(error) if error.may_pass() => (error, Duration::ZERO),
            Err(error) => return Err(error),
        };
        let Some(pause) = pauses.next() else { return Err(error) };
        agent.clock().sleep(pause.max(at_least)).await;
    }
}

/// A model that does not say its name is known by that of its plugin.
fn embedded(answer: ModelAnswer, provider: &'static str) -> Vec<Embedded> {
    let model = if answer.model.is_empty() { provider.to_owned() } else { answer.model };
    let space = |vector: &Vec<f32>| Space { model: model.clone(), dimension: vector.len() };
    answer.vectors.into_iter().map(|vector| Embedded { space: space(&vector), vector, provider }).collect()
}
