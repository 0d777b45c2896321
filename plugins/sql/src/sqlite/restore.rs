//! Puts a copy in the place of the file. It is looked at first, and what was there is kept.

use super::{
    database::{make_folder, options},
    own_migrations,
    upkeep::{private_file, synced},
};
use crate::{
    Settings, SqlError,
    error::{explain, is_busy},
    migrate::{check_known, is_recorded},
    settings::Place,
};
use galatea::store::Restored;
use jiff::Timestamp;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Puts a copy in the place of the file that the settings name.
///
/// # Errors
/// A copy that is damaged, none of Galatea or of a newer one, and a file that is in use. Nothing is changed then.
pub(crate) async fn restore(settings: &Settings, from: &Path) -> Result<Restored, SqlError> {
    let Place::File(place) = Place::parse(settings.address())? else {
        let why = "the memories are in memory only, and nothing can be put back there: set `url` of `[plugins.sql]`";
        return Err(SqlError::Failed(why.to_owned()));
    };
    if same(from, &place) {
        return Err(SqlError::Failed(format!(
            "`{}` is the file that is in use, no copy of it",
            from.display()
        )));
    }
    make_folder(&place)?;
    let wait = Duration::from_millis(settings.lock_wait_ms.into());
    let new = beside(&place, "restoring");
    let written = copied(from, &new).await;
    let ready = match written {
        Ok(bytes) => let_go(settings, &place, wait).await.map(|()| bytes),
        Err(error) => Err(error),
    };
    let exchanged = ready.and_then(|bytes| {
        let kept = exchange(&new, &place).map_err(|error| {
            SqlError::Failed(format!("`{}` cannot be replaced: {error}", place.display()))
        })?;
        Ok(Restored { place: place.display().to_string(), kept, bytes })
    });
    if exchanged.is_err() {
        drop(fs::remove_file(&new));
    }
    exchanged
}

fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The file with one more word behind its name.
fn beside(place: &Path, word: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(format!(".{word}"));
    name.into()
}

/// Looks at a copy, and writes what it holds to a new file; its size.
async fn copied(from: &Path, new: &Path) -> Result<u64, SqlError> {
    let shown = format!("`{}`", from.display());
    let failed = |error: sqlx::Error| SqlError::Failed(explain(&shown, &error));
    if !from.is_file() {
        return Err(SqlError::Failed(format!("{shown} is no file")));
    }
    drop(fs::remove_file(new));
    let options =
        SqliteConnectOptions::new().filename(from).create_if_missing(false).disable_statement_logging();
    let mut copy = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let found: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut copy).await.map_err(failed)?;
    if let Some(wrong) = found.into_iter().find(|line| line != "ok") {
        return Err(SqlError::Failed(format!("{shown} is damaged ({wrong}): take another copy")));
    }
    if !is_recorded(&mut copy).await.map_err(failed)? {
        return Err(SqlError::Failed(format!("{shown} holds no memories of agents: take another copy")));
    }
    check_known(&mut copy, &shown, &own_migrations()).await?;
    let name = new
        .to_str()
        .ok_or_else(|| SqlError::Failed(format!("`{}` is no name that SQLite takes", new.display())))?;
    let made = private_file(new);
    made.map_err(|error| SqlError::Failed(format!("`{}` cannot be made: {error}", new.display())))?;
    sqlx::query("VACUUM INTO ?1").bind(name.to_owned()).execute(&mut copy).await.map_err(failed)?;
    copy.close().await.map_err(failed)?;
    synced(new).map_err(|error| SqlError::Failed(format!("`{}` cannot be kept: {error}", new.display())))
}

/// Makes sure that nobody uses the file, and that all of it is in the one file. What cannot be read is used by nobody.
async fn let_go(settings: &Settings, place: &Path, wait: Duration) -> Result<(), SqlError> {
    if !place.exists() {
        return Ok(());
    }
    let options = options(settings, Some(place), wait)?.create_if_missing(false);
    let mut alone = match SqliteConnection::connect_with(&options).await {
        Ok(alone) => alone,
        Err(error) if is_busy(&error) => return Err(in_use(place)),
        Err(_) => return Ok(()),
    };
    // Leaving the write-ahead log takes the whole file for oneself: it fails while anybody else has it open.
    match sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut alone).await {
        Err(error) if is_busy(&error) => Err(in_use(place)),
        _ => {
            drop(alone.close().await);
            Ok(())
        }
    }
}

fn in_use(place: &Path) -> SqlError {
    SqlError::Failed(format!(
        "`{}` is in use: stop the agents that have it open, then try again",
        place.display()
    ))
}

/// What SQLite makes of a database: the file, and what it keeps beside it. Beside another file these would be taken for that
/// one's, and what they hold would be done to it.
const PARTS: [&str; 4] = ["", "-wal", "-shm", "-journal"];

fn part(file: &Path, part: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(part);
    name.into()
}

/// Moves what is there aside and the new file to its place; all or nothing. Gives where what was there is now.
fn exchange(new: &Path, place: &Path) -> io::Result<Option<PathBuf>> {
    let aside = aside(place);
    let mut moves: Vec<(PathBuf, PathBuf)> = PARTS
        .into_iter()
        .map(|word| (part(place, word), part(&aside, word)))
        .filter(|(from, _)| from.symlink_metadata().is_ok())
        .collect();
    let kept = moves.first().map(|(_, to)| to.clone());
    moves.push((new.to_owned(), place.to_owned()));
    for (done, (from, to)) in moves.iter().enumerate() {
        if let Err(error) = fs::rename(from, to) {
            // As far as that goes: one that cannot be moved back keeps no other one away.
            moves[..done].iter().rev().for_each(|(from, to)| drop(fs::rename(to, from)));
            return Err(error);
        }
    }
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Err(error) = fs::File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all())
    {
        // It is done; only the loss of power in the next seconds could undo it.
        tracing::warn!("the folder of `{}` cannot be kept on the disk: {error}", place.display());
    }
    Ok(kept)
}

/// A name beside the file under which there is nothing yet.
fn aside(place: &Path) -> PathBuf {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let named = |number: u32| match number {
        0 => beside(place, &format!("before-{now}")),
        number => beside(place, &format!("before-{now}-{number}")),
    };
    let is_free = |name: &PathBuf| PARTS.iter().all(|word| part(name, word).symlink_metadata().is_err());
    (0..).map(named).find(is_free).unwrap_or_else(|| named(0))
}
