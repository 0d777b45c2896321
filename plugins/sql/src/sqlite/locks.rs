//! Files that one process at a time holds. The lock of a file ends with its process, however that ends.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// How often another process may remove the file between opening and locking it, before that is given up.
const MOST_REMOVED: usize = 100;

/// A file that this process holds. Dropping it lets it go and removes it.
#[derive(Debug)]
pub(super) struct Lock {
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
                return Ok(Some(Self { path, file }));
            }
        }
        Ok(None)
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
        // Removed while it is held, so that nobody holds a file that is not there. A file that stays is no harm.
        drop(std::fs::remove_file(&self.path));
        drop(self.file.unlock());
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
