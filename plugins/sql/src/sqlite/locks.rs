//! Files that one process at a time holds. The lock of a file ends with its process, however that ends.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// How often another process may remove the file between opening and locking it, before that is given up.
const MOST_REMOVED: usize = 100;

/// A file that this process holds. Dropping it removes it and lets it go.
#[derive(Debug)]
pub(super) struct Lock(Option<Open>);

/// A file that this process held and keeps open, so that it can hold it again in microseconds: making and removing one
/// takes a hundred times longer. Dropping it leaves it where it is.
#[derive(Debug)]
pub(super) struct Open {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Holds a file, made if it is not there; `None` if somebody else holds it.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        for _ in 0..MOST_REMOVED {
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Who held it may have removed it meanwhile: then this file is not the one that others find.
            if is_at(&file, &path)? {
                return Ok(Some(Self(Some(Open { path, file }))));
            }
        }
        Ok(None)
    }

    /// Lets the file go without removing it.
    pub(super) fn let_go(mut self) -> Option<Open> {
        let open = self.0.take()?;
        open.file.unlock().is_ok().then_some(open)
    }

    /// Whether a process that lives holds a file.
    pub(super) fn is_taken(path: &Path) -> bool {
        File::options()
            .write(true)
            .open(path)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(open) = &self.0 else { return };
        // Removed while it is held, so that nobody holds a file that is not there. A file that stays is no harm.
        drop(std::fs::remove_file(&open.path));
        drop(open.file.unlock());
    }
}

impl Open {
    /// Holds the file again; `None` if somebody else holds it.
    pub(super) fn take(self) -> io::Result<Option<Lock>> {
        match self.file.try_lock() {
            Ok(()) if is_at(&self.file, &self.path)? => Ok(Some(Lock(Some(self)))),
            // Somebody removed it: another file of the name is to be held.
            Ok(()) => Lock::take(self.path),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(found) => Ok((held.dev(), held.ino()) == (found.dev(), found.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere a file that is open stays where it is.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}
