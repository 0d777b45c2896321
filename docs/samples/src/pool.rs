//! Plugins that share one expensive object: the same kind and config give the same one.

use galatea::prelude::*;
use serde::Serialize;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// How often connections were opened in this process.
pub static OPENED: AtomicU32 = AtomicU32::new(0);

/// Expensive.
#[derive(Debug)]
pub struct Connections {
    /// Where to.
    pub host: String,
}

/// Where to connect.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// The host.
    pub host: &'static str,
}

async fn connections(
    pool: &Pool,
    host: &'static str,
) -> Result<Arc<Connections>, galatea::service::PoolError> {
    pool.get("archive", &Target { host }, |target| async move {
        OPENED.fetch_add(1, Ordering::Relaxed);
        Ok::<_, String>(Connections { host: target.host.to_owned() })
    })
    .await
}

/// Reads the archive.
#[plugin("reader")]
pub struct Reader;

/// Holds its connections as long as it runs.
#[derive(Debug)]
pub struct ReadDesk(Arc<Connections>);

/// Reads.
#[service(plugin = Reader)]
impl ReadDesk {
    async fn start(pool: Pool) -> Result<Self, galatea::service::PoolError> {
        connections(&pool, "archive.example").await.map(Self)
    }
}

/// Writes the archive.
#[plugin("writer", requires(Reader))]
pub struct Writer;

/// Holds its connections as long as it runs.
#[derive(Debug)]
pub struct WriteDesk(Arc<Connections>);

/// Writes.
#[service(plugin = Writer)]
impl WriteDesk {
    async fn start(pool: Pool) -> Result<Self, galatea::service::PoolError> {
        connections(&pool, "archive.example").await.map(Self)
    }

    /// Whether both desks use the same connections.
    pub fn shares_with(&self, reader: &ReadDesk) -> bool {
        Arc::ptr_eq(&self.0, &reader.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{TestAgent, TestResult};

    #[tokio::test]
    async fn both_plugins_use_one() -> TestResult {
        let agent = TestAgent::with::<Writer>().start().await?;
        let writer = agent.service::<WriteDesk>().ok_or("no writer")?;
        let reader = agent.service::<ReadDesk>().ok_or("no reader")?;
        assert!(writer.shares_with(&reader));
        assert_eq!(reader.0.host, "archive.example");
        assert_eq!(OPENED.load(Ordering::Relaxed), 1);
        Ok(())
    }
}
