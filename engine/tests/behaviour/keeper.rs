//! What keeps an agent known to the other processes that run it.

use crate::support::plan;
use async_trait::async_trait;
use galatea::{
    agent::{Agent, StartOptions},
    event::EventType,
    fabric::{Beat, Claim, Fabric, Hint, InProcess, Lease, Member},
    registry::Registry,
    store::{StoreError, StoredRun},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// Another process tells what a test wants, and the beats are counted.
#[derive(Debug)]
struct Told {
    alone: InProcess,
    hints: tokio::sync::Mutex<mpsc::UnboundedReceiver<Hint>>,
    beats: AtomicUsize,
}

#[async_trait]
impl Fabric for Told {
    fn description(&self) -> String {
        "told by a test".to_owned()
    }

    async fn claim(&self, room: Uuid) -> Result<Claim, StoreError> {
        self.alone.claim(room).await
    }

    async fn release(&self, lease: Lease) -> Result<(), StoreError> {
        self.alone.release(lease).await
    }

    async fn beat(&self) -> Result<Beat, StoreError> {
        self.beats.fetch_add(1, Ordering::Relaxed);
        Ok(Beat { next: Duration::from_millis(5), ..Beat::default() })
    }

    async fn queue(&self, _: Uuid, _: usize) -> Result<Vec<StoredRun>, StoreError> {
        Ok(Vec::new())
    }

    async fn tell(&self, _: Hint) -> Result<(), StoreError> {
        Ok(())
    }

    async fn heard(&self) -> Hint {
        match self.hints.lock().await.recv().await {
            Some(hint) => hint,
            None => std::future::pending().await,
        }
    }

    async fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.alone.members().await
    }

    async fn leave(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Rang {
    times: u32,
}

impl EventType for Rang {
    const NAME: &'static str = "KEEPER_RANG";
}

#[tokio::test]
async fn who_hears_slowly_keeps_no_beat_waiting() {
    let (tell, hints) = mpsc::unbounded_channel();
    let fabric = Arc::new(Told {
        alone: InProcess::new(jiff::Timestamp::now()),
        hints: tokio::sync::Mutex::new(hints),
        beats: AtomicUsize::new(0),
    });
    let options = StartOptions { fabric: Some(fabric.clone()), ..StartOptions::default() };
    let agent = Agent::start(plan("name = \"Ada\""), &Registry::linked().unwrap(), options).await.unwrap();
    agent.share::<Rang>();
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let _hearing = agent.on({
        let (begun, go_on, heard) = (begun.clone(), go_on.clone(), heard.clone());
        move |rang: Arc<Rang>| {
            let (begun, go_on, heard) = (begun.clone(), go_on.clone(), heard.clone());
            async move {
                begun.notify_one();
                go_on.notified().await;
                heard.lock().unwrap().push(rang.times);
            }
        }
    });
    for times in [1, 2] {
        tell.send(Hint::Event { name: Rang::NAME.to_owned(), payload: json!({ "times": times }) }).unwrap();
    }
    let soon = |what: &'static str| move |_| panic!("{what}");
    let wait = Duration::from_secs(5);
    tokio::time::timeout(wait, begun.notified()).await.unwrap_or_else(soon("nobody heard it"));
    let before = fabric.beats.load(Ordering::Relaxed);
    let beating = async {
        while fabric.beats.load(Ordering::Relaxed) < before + 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(wait, beating).await.unwrap_or_else(soon("the beat waits for the listener"));
    assert!(heard.lock().unwrap().is_empty(), "the listener is at the first one still");

    go_on.notify_one();
    tokio::time::timeout(wait, begun.notified()).await.unwrap_or_else(soon("the second one is lost"));
    go_on.notify_one();
    let all = async {
        while heard.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(wait, all).await.unwrap_or_else(soon("the second one is lost"));
    assert_eq!(*heard.lock().unwrap(), [1, 2], "in their order");
    agent.stop().await;
}
