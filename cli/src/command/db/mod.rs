//! `galatea db`: `state` shows and mends the storage, `copies` writes and puts back copies, `person` is about what it
//! has of one person.

mod copies;
mod person;
mod state;

use crate::{
    cli::{Db, DbWhat},
    failure::Failure,
    start,
};
use galatea::{
    agent::Agent,
    plan::Plan,
    registry::Registry,
    store::{PluginMigrations, StoreError},
};
use std::{path::PathBuf, process::ExitCode};

/// The agent that is meant, before anything of it is opened.
struct Meant {
    registry: Registry,
    plan: Plan,
    base: PathBuf,
}

pub(super) fn run(args: &Db) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let meant = Meant { registry, plan, base };
    let work = async {
        match &args.what {
            DbWhat::Status(args) => state::status(&meant, args).await,
            DbWhat::Migrate(args) => state::migrate(&meant, args).await,
            DbWhat::Check(args) => state::check(&meant, args).await,
            DbWhat::Backup(args) => copies::back_up(&meant, args).await,
            DbWhat::Restore(args) => copies::restore(meant, args).await,
            DbWhat::Export(args) => person::export(&meant, args).await,
            DbWhat::Erase(args) => person::erase(&meant, args).await,
        }
    };
    start::runtime()?.block_on(work)
}

impl Meant {
    fn migrations(&self) -> Vec<PluginMigrations> {
        PluginMigrations::of(&self.plan, &self.registry)
    }

    /// Does something with the open storage, and closes it.
    async fn with_storage<T>(
        &self,
        work: impl AsyncFnOnce(&Agent) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let agent = start::storage(self.plan.clone(), &self.registry, self.base.clone()).await?;
        let worked = work(&agent).await;
        agent.stop().await;
        worked
    }
}

fn failed(error: StoreError) -> Failure {
    Failure::new(error.to_string())
}

/// `12.3 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, *larger);
    }
    format!("{value:.1} {unit}")
}
