//! Getting a model's file from the hub: once, resumed where it broke off, checked against the hub's checksum.

use super::{file::check_sum, loaded::broken};
use crate::{Local, LocalError, Settings, settings::OnHub};
use galatea::{
    definition::Plugin as _,
    prelude::{Agent, Clock},
};
use galatea_http::{Client, HttpError, Incoming, Pool};
use std::{
    env,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::io::AsyncWriteExt as _;

/// The longest that the whole may take.
const WHOLE: Duration = Duration::from_secs(12 * 60 * 60);

/// The longest silence in the middle.
const SILENCE: Duration = Duration::from_secs(60);

/// How often a broken download is taken up again without getting any farther.
const TRIES: u32 = 5;

/// The longest that the hub's note about a file may be; what is longer is the file itself.
const NOTE: u64 = 4096;

/// What is told of a file that is longer than the note about it says.
const OTHER_SIZE: &str = "the hub sent more bytes than it told";

/// Every so many percent it is told how far it is.
const STEP: u64 = 5;

/// What gets the file of a model.
pub(super) struct Fetch {
    model: String,
    path: PathBuf,
    /// The address without what tells the file from the note about it.
    base: String,
    file: String,
    sha256: Option<String>,
    /// Nothing, where the file was here already.
    client: Option<Client>,
    clock: Clock,
    have: AtomicU64,
    of: AtomicU64,
    failed: Mutex<Option<String>>,
}

/// How often a download broke off without getting any farther than it ever was: to begin anew and come as far again is no
/// progress.
#[derive(Debug, Default)]
struct Tries {
    count: u32,
    farthest: u64,
}

impl Tries {
    /// Counts one more, after which so many bytes are here.
    fn after(&mut self, length: u64) -> u32 {
        self.count = if length > self.farthest { 1 } else { self.count + 1 };
        self.farthest = self.farthest.max(length);
        self.count
    }
}

/// What the hub says about a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Note {
    sha256: Option<String>,
    size: Option<u64>,
}

impl Fetch {
    /// What gets the model of these settings; nothing where that is a path. Refuses what could never be fetched.
    pub(super) fn of(agent: &Agent, settings: &Settings) -> Result<Option<Self>, LocalError> {
        let failed = |why: String| LocalError::Fetch { model: settings.model.clone(), why };
        let Some(OnHub { repository, file }) = settings.on_hub().transpose().map_err(failed)? else {
            return Ok(None);
        };
        let cache = settings.cache.clone().or_else(cache).ok_or_else(|| {
            failed("there is no folder for caches: set `cache` of `[plugins.local]`".to_owned())
        })?;
        let path = cache.join(&repository).join(&file);
        let base = format!("{}/{repository}", settings.hub.trim_end_matches('/'));
        let client = if path.is_file() { None } else { Some(client(agent, &base).map_err(failed)?) };
        Ok(Some(Self {
            model: settings.model.clone(),
            path,
            base,
            file,
            sha256: settings.sha256.clone(),
            client: client.filter(|_| !agent.is_opened_only()),
            clock: agent.clock().clone(),
            have: AtomicU64::new(0),
            of: AtomicU64::new(0),
            failed: Mutex::default(),
        }))
    }

    /// Where the file is, or will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is here.
    pub(super) fn is_done(&self) -> bool {
        self.path.is_file()
    }

    /// Nothing, where the file is here; else why not.
    pub(super) fn done(&self) -> Result<(), LocalError> {
        if self.is_done() {
            return Ok(());
        }
        match self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(why) => Err(self.unfetched(why)),
            None => Err(LocalError::Fetching {
                model: self.model.clone(),
                have: self.have.load(Ordering::Relaxed),
                of: self.of.load(Ordering::Relaxed),
            }),
        }
    }

    /// Gets the file, where it is not here yet.
    pub(super) async fn run(&self) -> Result<(), LocalError> {
        let Some(client) = self.client.as_ref().filter(|_| !self.is_done()) else { return Ok(()) };
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let got = self.get(client).await;
        if let Err(error) = &got {
            let why = match error {
                LocalError::Fetch { why, .. } => why.clone(),
                other => other.to_string(),
            };
            let is_hopeless = matches!(error, LocalError::OtherFile { .. }) || why.contains(OTHER_SIZE);
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            if is_hopeless {
                // The same would come again, however often the service is brought back. Whoever asks the model is told.
                tracing::error!(model = self.model, "{error}; it is not fetched again before the next start");
                return Ok(());
            }
        }
        got
    }

    async fn get(&self, client: &Client) -> Result<(), LocalError> {
        let _alone = self.alone().await?;
        // Another process may have got it meanwhile.
        if self.is_done() {
            return Ok(());
        }
        let note = self.note(client).await?;
        self.fits(&note)?;
        let wanted = self.sha256.clone().or_else(|| note.sha256.clone());
        self.of.store(note.size.unwrap_or(0), Ordering::Relaxed);
        // The part of another version does not fit.
        let version = note.sha256.as_deref().and_then(|sum| sum.get(..8)).unwrap_or("some");
        let part = self.beside(&format!("{version}.part"));
        self.download(client, &part, note.size).await?;
        match wanted {
            Some(wanted) => self.check(&part, wanted).await?,
            None => tracing::warn!(model = self.model, "the hub tells no checksum; set `sha256` to be sure"),
        }
        fs::rename(&part, &self.path).map_err(|error| self.unwritten(&error))?;
        tracing::info!(model = self.model, path = %self.path.display(), "model fetched");
        Ok(())
    }

    /// Waits until no other agent or process fetches the same file.
    async fn alone(&self) -> Result<File, LocalError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| self.unwritten(&error))?;
        let lock = File::create(self.beside("lock")).map_err(|error| self.unwritten(&error))?;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) => self.clock.sleep(Duration::from_millis(500)).await,
                Err(TryLockError::Error(error)) => return Err(self.unwritten(&error)),
            }
        }
    }

    /// The note that stands in the repository in place of a large file.
    async fn note(&self, client: &Client) -> Result<Note, LocalError> {
        let asked = client.get(&format!("{}/raw/main/{}", self.base, self.file));
        match asked.map_err(|error| self.told(&error))?.at_most(NOTE).send().await {
            Ok(note) => Ok(Note::read(&note.text())),
            Err(HttpError::TooLarge { .. }) => Ok(Note::default()),
            Err(error) => Err(self.told(&error)),
        }
    }

    /// Refuses before the download what would be thrown away after it.
    fn fits(&self, note: &Note) -> Result<(), LocalError> {
        match (&self.sha256, &note.sha256) {
            (Some(wanted), Some(found)) if !wanted.eq_ignore_ascii_case(found) => {
                Err(self.unfetched(format!(
                    "the hub's file has the SHA-256 {found}, and {wanted} is wanted: change `sha256`, or name another file"
                )))
            }
            _ => Ok(()),
        }
    }

    async fn download(&self, client: &Client, part: &Path, size: Option<u64>) -> Result<(), LocalError> {
        let mut tries = Tries::default();
        loop {
            let before = length(part);
            if size.is_some_and(|size| size == before) {
                return Ok(());
            }
            let error = match self.piece(client, part, before).await {
                // A server that does not tell the size says by a whole answer that it is all.
                Ok(()) if size.is_none_or(|size| size == length(part)) => return Ok(()),
                Ok(()) => self.unfetched("the hub sent another number of bytes than it told".to_owned()),
                Err(error) => error,
            };
            let now = length(part);
            if size.is_some_and(|size| now > size) {
                // It is another file than the note is about; the next start reads the new note.
                fs::remove_file(part).map_err(|error| self.unwritten(&error))?;
                return Err(self.unfetched(format!("{OTHER_SIZE}: {now}")));
            }
            let tries = tries.after(now);
            if tries >= TRIES || matches!(&error, LocalError::Fetch { why, .. } if is_final(why)) {
                return Err(error);
            }
            tracing::warn!(model = self.model, "{error}; it is taken up again");
            self.clock.sleep(Duration::from_secs(1 << tries.min(5))).await;
        }
    }

    /// Gets what is behind the first bytes, as far as the connection lasts.
    async fn piece(&self, client: &Client, part: &Path, before: u64) -> Result<(), LocalError> {
        let told = |error: HttpError| self.told(&error);
        let asked = client.get(&format!("{}/resolve/main/{}", self.base, self.file)).map_err(told)?;
        let asked = asked.within(WHOLE).at_most(u64::MAX);
        let asked = if before > 0 { asked.header("range", &format!("bytes={before}-")) } else { asked };
        let incoming = asked.open().await.map_err(told)?;
        let goes_on = match incoming.status() {
            200 => false,
            206 => true,
            416 => {
                fs::remove_file(part).map_err(|error| self.unwritten(&error))?;
                return Err(self.unfetched("what is here does not fit what the hub has".to_owned()));
            }
            _ => {
                return Err(told(
                    incoming.read().await.and_then(|read| read.or_status().map(drop)).err().unwrap_or(
                        HttpError::Unexpected {
                            host: self.base.clone(),
                            why: "neither the file nor an error".to_owned(),
                        },
                    ),
                ));
            }
        };
        let file =
            fs::OpenOptions::new().create(true).write(true).append(goes_on).truncate(!goes_on).open(part);
        let mut file = tokio::fs::File::from_std(file.map_err(|error| self.unwritten(&error))?);
        let copied = self.copy(incoming, &mut file, if goes_on { before } else { 0 }).await;
        // Also what came before an error counts.
        file.flush().await.map_err(|error| self.unwritten(&error))?;
        copied
    }

    async fn copy(
        &self,
        mut from: Incoming,
        to: &mut tokio::fs::File,
        before: u64,
    ) -> Result<(), LocalError> {
        let (mut have, mut told) = (before, 0);
        loop {
            let chunk = tokio::time::timeout(SILENCE, from.chunk()).await;
            let chunk = chunk.map_err(|_| self.unfetched(format!("nothing more came for {SILENCE:?}")))?;
            let Some(chunk) = chunk.map_err(|error| self.told(&error))? else { return Ok(()) };
            to.write_all(&chunk).await.map_err(|error| self.unwritten(&error))?;
            have += chunk.len() as u64;
            self.have.store(have, Ordering::Relaxed);
            let percent = have.saturating_mul(100).checked_div(self.of.load(Ordering::Relaxed)).unwrap_or(0);
            if percent >= told + STEP {
                told = percent - percent % STEP;
                tracing::info!(model = self.model, "{told} % of the model are here");
            }
        }
    }

    async fn check(&self, part: &Path, wanted: String) -> Result<(), LocalError> {
        let path = part.to_owned();
        let checked = tokio::task::spawn_blocking(move || check_sum(&path, &wanted)).await;
        let checked = checked.map_err(|error| broken(&error))?;
        if checked.is_err() {
            // To take it up again would never make it right.
            fs::remove_file(part).map_err(|error| self.unwritten(&error))?;
        }
        checked
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{name}.{ending}"))
    }

    fn unfetched(&self, why: String) -> LocalError {
        LocalError::Fetch { model: self.model.clone(), why }
    }

    fn unwritten(&self, error: &io::Error) -> LocalError {
        self.unfetched(format!("it cannot be kept below `{}`: {error}", self.path.display()))
    }

    fn told(&self, error: &HttpError) -> LocalError {
        self.unfetched(error.to_string())
    }
}

impl Note {
    /// Reads the note that Git LFS keeps in place of a large file.
    fn read(text: &str) -> Self {
        if !text.starts_with("version https://git-lfs") {
            return Self::default();
        }
        let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start)).map(str::trim);
        let sum =
            after("oid sha256:").filter(|sum| sum.len() == 64 && sum.chars().all(|c| c.is_ascii_hexdigit()));
        Self { sha256: sum.map(str::to_owned), size: after("size ").and_then(|size| size.parse().ok()) }
    }
}

/// The client of this plugin; refused where the first request could not be made.
fn client(agent: &Agent, base: &str) -> Result<Client, String> {
    let pool = agent.service::<Pool>();
    let pool = pool.ok_or("the character needs the plugin http to fetch it: add `[plugins.http]`")?;
    let granted = agent.character().grants.get(Local::NAME).cloned().unwrap_or_default();
    let client = Client::new(pool, Local::NAME, granted);
    client.get(base).map_err(|error| error.to_string())?;
    Ok(client)
}

/// Whether trying again cannot help: the hub refused, or a host is not granted.
fn is_final(why: &str) -> bool {
    why.contains(" answered 4") || why.contains("may not call")
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// The user's folder for caches.
fn cache() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    caches.map(|caches| caches.join("galatea/models"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_come_as_far_again_is_no_progress() {
        for (lengths, wanted) in [
            ([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]),
            // What the hub has does not fit, it is thrown away and fetched again.
            ([9, 0, 9, 0, 9], [1, 2, 3, 4, 5]),
            ([9, 0, 9, 10, 10], [1, 2, 3, 1, 2]),
        ] {
            let mut tries = Tries::default();
            assert_eq!(lengths.map(|length| tries.after(length)), wanted, "{lengths:?}");
        }
    }

    #[test]
    fn a_note_is_read_or_it_is_none() {
        let sum = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sum}\nsize 98362432\n");
        assert_eq!(Note::read(&text), Note { sha256: Some(sum.to_owned()), size: Some(98_362_432) });
        for text in ["", "<html>", "version https://git-lfs.github.com/spec/v1\noid sha256:zz\nsize x"] {
            assert_eq!(Note::read(text), Note::default(), "{text}");
        }
    }
}
