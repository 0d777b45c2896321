//! Migrations that are only noted.

use super::{Outcome, demand, given, lock, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{AppliedStep, DatabaseMigration, KindFault, MigrationStep},
};
use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Mutex};

/// Notes what it should apply. A step whose statement begins with `FAIL` fails.
#[derive(Debug, Default)]
pub struct MigrationsInMemory {
    clock: Clock,
    applied: Mutex<BTreeMap<String, Vec<(AppliedStep, String)>>>,
}

impl MigrationsInMemory {
    /// Nothing is applied yet; the times are of this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, applied: Mutex::default() }
    }
}

#[async_trait]
impl DatabaseMigration for MigrationsInMemory {
    async fn migrate(&self, owner: &str, steps: &[MigrationStep]) -> Result<Vec<u32>, KindFault> {
        if !steps.iter().map(|step| step.version).eq(1..=steps.len() as u32) {
            return refuse("versions are 1, 2, 3 … without gaps");
        }
        let mut all = lock(&self.applied);
        let applied = all.entry(owner.to_owned()).or_default();
        if applied.len() > steps.len() {
            return refuse("a step that was applied is missing");
        }
        for ((done, sql), step) in applied.iter().zip(steps) {
            if done.name != step.name || *sql != step.sql {
                return refuse(format!("step {} was changed after it was applied", step.version));
            }
        }
        let mut now = Vec::new();
        for step in &steps[applied.len()..] {
            if step.sql.starts_with("FAIL") {
                return refuse(format!("step {} failed", step.version));
            }
            let done = AppliedStep { version: step.version, name: step.name.clone(), at: self.clock.now() };
            applied.push((done, step.sql.clone()));
            now.push(step.version);
        }
        Ok(now)
    }

    async fn applied(&self, owner: &str) -> Result<Vec<AppliedStep>, KindFault> {
        let applied = lock(&self.applied);
        Ok(applied.get(owner).into_iter().flatten().map(|(step, _)| step.clone()).collect())
    }
}

/// Checks a service for migrations. `good` are two statements that can be applied one after the other, `bad` is one that
/// fails; nothing was applied for `owner`.
///
/// # Errors
/// What it did and should have done.
pub async fn check_database_migration(
    service: &dyn DatabaseMigration,
    owner: &str,
    good: [&str; 2],
    bad: &str,
) -> Outcome {
    let step = |version: u32, sql: &str| MigrationStep {
        version,
        name: format!("step {version}"),
        sql: sql.to_owned(),
    };
    let steps = [step(1, good[0]), step(2, good[1]), step(3, bad)];
    refused(service.migrate(owner, &steps[1..]).await, "versions with a gap")?;
    demand(given(service.migrate(owner, &steps[..1]).await, "migrate")? == [1], "a new step is applied")?;
    demand(
        given(service.migrate(owner, &steps[..1]).await, "migrate")?.is_empty(),
        "a step is applied once",
    )?;
    refused(service.migrate(owner, &steps).await, "a step that fails")?;
    let versions =
        |applied: Vec<AppliedStep>| applied.into_iter().map(|step| step.version).collect::<Vec<_>>();
    let applied = versions(given(service.applied(owner).await, "applied")?);
    demand(applied == [1, 2], "the steps before the one that failed stay, and nothing of it")?;
    let changed = [step(1, good[1]), step(2, good[1])];
    refused(service.migrate(owner, &changed).await, "a step that was changed")?;
    refused(service.migrate(owner, &steps[..1]).await, "a step that is missing")?;
    demand(
        given(service.applied("nobody at all").await, "applied")?.is_empty(),
        "the steps of one owner are nothing to another",
    )
}
