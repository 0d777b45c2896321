//! Copies of the storage, and putting them back.

use super::{Meant, failed, size};
use crate::{
    cli::{DbBackup, DbRestore},
    failure::Failure,
    output::{self, GOOD, styled},
};
use galatea::agent::{Agent, StartOptions};
use std::process::ExitCode;

pub(super) async fn back_up(meant: &Meant, args: &DbBackup) -> Result<ExitCode, Failure> {
    output::aside("the storage is being copied …");
    let bytes =
        meant.with_storage(async |agent| agent.store().back_up(&args.file).await.map_err(failed)).await?;
    output::line(&format!("{} `{}`, {}", styled(GOOD, "written:"), args.file.display(), size(bytes)));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(meant: Meant, args: &DbRestore) -> Result<ExitCode, Failure> {
    output::aside("the copy is being checked …");
    let name = meant.plan.character.name.clone();
    let options = StartOptions { base: meant.base, ..StartOptions::default() };
    let restored = Agent::restore_storage(meant.plan, &meant.registry, options, &args.file).await;
    let restored =
        restored.map_err(|error| Failure::new(format!("what {name} remembers is as it was: {error}")))?;
    let put = styled(GOOD, "put back:");
    output::line(&format!("{put} `{}`, {}", restored.place, size(restored.bytes)));
    if let Some(kept) = restored.kept {
        output::line(&format!("what was there is kept at `{}`", kept.display()));
    }
    Ok(ExitCode::SUCCESS)
}
