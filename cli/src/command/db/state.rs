//! How the storage stands, and whether it is in order.

use super::{Meant, failed, size};
use crate::{
    cli::{DbForm, DbMigrate},
    failure::Failure,
    output::{self, BAD, CODE, DIM, GOOD, STRONG, styled},
};
use galatea::store::{MigrationStatus, StorageStatus};
use serde_json::json;
use std::{collections::BTreeMap, process::ExitCode};

pub(super) async fn status(meant: &Meant, args: &DbForm) -> Result<ExitCode, Failure> {
    let plugins = meant.migrations();
    let (status, migrations) = meant
        .with_storage(async |agent| {
            let store = agent.store();
            let status = store.status().await.map_err(failed)?;
            Ok((status, store.migrations(&plugins).await.map_err(failed)?))
        })
        .await?;
    if args.json {
        output::json(&json!({ "status": status, "migrations": migrations }));
    } else {
        tell(&meant.plan.character.name, &status);
        tell_migrations(&migrations);
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(name: &str, status: &StorageStatus) {
    output::line(&format!("{}: {}", styled(STRONG, name), status.description));
    if let Some(bytes) = status.bytes {
        let free = status.free_bytes.filter(|free| *free > 0);
        let free = free.map(|free| format!(", {} of it free", size(free))).unwrap_or_default();
        output::line(&format!("  {}{free}", size(bytes)));
    }
    let counts: Vec<String> = status
        .records
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if !counts.is_empty() {
        output::line(&format!("  {}", counts.join(", ")));
    }
}

/// One line an owner, and one a pending migration.
fn tell_migrations(all: &[MigrationStatus]) {
    let mut owners: BTreeMap<&str, Vec<&MigrationStatus>> = BTreeMap::new();
    for migration in all {
        owners.entry(&migration.owner).or_default().push(migration);
    }
    for (owner, migrations) in owners {
        let last = migrations.iter().rfind(|migration| !migration.is_pending());
        let state = last.map_or_else(
            || "nothing applied".to_owned(),
            |last| {
                format!(
                    "version {} `{}`, {}",
                    last.version,
                    last.name,
                    last.applied_at.as_deref().unwrap_or_default()
                )
            },
        );
        output::line(&format!("  {}  {}", styled(CODE, owner), styled(DIM, &state)));
        for pending in migrations.iter().filter(|migration| migration.is_pending()) {
            let destroys = pending.destroys.as_ref();
            let destroys = destroys
                .map(|what| format!(" {}", styled(BAD, &format!("destroys data: {what}"))))
                .unwrap_or_default();
            output::line(&format!("    pending: {} `{}`{destroys}", pending.version, pending.name));
        }
    }
}

pub(super) async fn migrate(meant: &Meant, args: &DbMigrate) -> Result<ExitCode, Failure> {
    let plugins = meant.migrations();
    let applied = meant
        .with_storage(async |agent| {
            agent.store().migrate(&plugins, args.allow_destructive).await.map_err(failed)
        })
        .await?;
    if args.json {
        output::json(&json!(applied));
    } else if applied.is_empty() {
        output::aside("nothing is pending");
    } else {
        for migration in &applied {
            let owner = styled(CODE, &migration.owner);
            output::line(&format!(
                "{owner}  {} `{}` {}",
                migration.version,
                migration.name,
                styled(GOOD, "applied")
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn check(meant: &Meant, args: &DbForm) -> Result<ExitCode, Failure> {
    output::aside("every page is looked at, which may take minutes …");
    let found = meant.with_storage(async |agent| agent.store().check().await.map_err(failed)).await?;
    if args.json {
        output::json(&json!(found));
    } else {
        found.iter().for_each(|wrong| output::line(&format!("{} {wrong}", styled(BAD, "wrong:"))));
        if found.is_empty() {
            output::line(&styled(GOOD, "in order"));
        } else {
            output::aside("put back a copy: `galatea db restore FILE`");
        }
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
