//! What the storage has about a person: given out, and erased.

use super::{Meant, failed};
use crate::{
    cli::{DbErase, DbExport},
    failure::Failure,
    output::{self, GOOD, styled},
};
use galatea::{
    memory::Entity,
    store::{Belongings, Erased, Store, StoredRun},
};
use serde_json::{Value, json};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};
use uuid::Uuid;

pub(super) async fn export(meant: &Meant, args: &DbExport) -> Result<ExitCode, Failure> {
    if args.out.exists() {
        return Err(
            Failure::new(format!("`{}` is there already", args.out.display())).help("name a new file")
        );
    }
    let (id, all) = meant
        .with_storage(async |agent| {
            let store = agent.store();
            let id = person(&*store, &args.entity).await?;
            Ok((id, store.belongings(id).await.map_err(failed)?))
        })
        .await?;
    let count = all.memories.len();
    write(&args.out, &as_json(id, &all)).map_err(|error| Failure::file("written", &args.out, error))?;
    output::line(&format!("{} `{}`, {count} memories", styled(GOOD, "written:"), args.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// What is in it is nobody else's business.
fn write(file: &Path, json: &Value) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    writeln!(file, "{json:#}")?;
    file.sync_all()
}

fn as_json(id: Uuid, all: &Belongings) -> Value {
    let run = |run: &StoredRun| json!({ "id": run.id, "room": run.room, "message": run.message, "status": run.status, "at": run.at, "record": run.record });
    json!({
        "id": id,
        "entity": all.entity,
        "memories": all.memories,
        "components": all.components,
        "relationships": all.relationships,
        "rooms": all.rooms,
        "runs": all.runs.iter().map(run).collect::<Vec<_>>(),
        "effects": all.effects,
        "scores": all.scores,
    })
}

pub(super) async fn erase(meant: &Meant, args: &DbErase) -> Result<ExitCode, Failure> {
    let erased = meant
        .with_storage(async |agent| {
            let store = agent.store();
            let id = person(&*store, &args.entity).await?;
            if id == agent.id() {
                let what = format!("{} is the agent itself", args.entity);
                return Err(Failure::new(what).help("remove its storage instead"));
            }
            if !args.yes && !agreed(&args.entity, &store.belongings(id).await.map_err(failed)?)? {
                return Ok(None);
            }
            store.erase(id).await.map(Some).map_err(failed)
        })
        .await?;
    let Some(erased) = erased else {
        output::aside("nothing was deleted");
        return Ok(ExitCode::FAILURE);
    };
    if args.json {
        output::json(&json!(erased));
    } else {
        output::line(&format!("{} {}", styled(GOOD, "deleted:"), counted(&erased)));
    }
    Ok(ExitCode::SUCCESS)
}

fn counted(erased: &Erased) -> String {
    let Erased { memories, components, relationships, runs, scores, rooms, .. } = erased;
    format!(
        "{memories} memories, {components} components, {relationships} relationships, {runs} turns, {scores} scores, part in {rooms} rooms"
    )
}

/// Asks at the terminal; without one nobody can agree.
fn agreed(name: &str, all: &Belongings) -> Result<bool, Failure> {
    if !output::is_interactive() {
        let what = format!("{name} is not erased without being asked for");
        return Err(Failure::new(what).help("say `--yes`; nothing brings it back but a copy"));
    }
    let (memories, turns) = (all.memories.len(), all.runs.len());
    output::notice(&format!(
        "{memories} memories of {name} and {turns} turns about them are deleted for ever. Write `erase` to go on:"
    ));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::new(format!("no answer can be read: {error}")))?;
    Ok(answer.trim() == "erase")
}

/// The one who is meant by an id or a name.
async fn person(store: &dyn Store, meant: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = meant.parse::<Uuid>() {
        return Ok(id);
    }
    let found = store.entities_named(meant).await.map_err(failed)?;
    match found.as_slice() {
        [] => Err(Failure::new(format!("nobody is called `{meant}`")).help("give the id of the entity")),
        [one] => Ok(one.id),
        several => {
            let list: Vec<String> = several
                .iter()
                .map(|Entity { id, names, .. }| format!("{id} ({})", names.join(", ")))
                .collect();
            Err(Failure::new(format!("several are called `{meant}`"))
                .help(format!("give the id of one: {}", list.join("; "))))
        }
    }
}
