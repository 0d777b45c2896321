//! Secrets that a test writes in clear. A character must not hold them, so they go to files for as long as the agent lives.

use crate::{character::plain_secrets, registry::RegisteredPlugin, registry::plugin_config_schema};
use serde_json::{Map, Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

/// The files of one agent; they are gone with their value.
#[derive(Debug, Default)]
pub(super) struct SecretFiles(Vec<PathBuf>);

impl SecretFiles {
    /// Puts a reference in the place of every text of a plugin's config that stands where a secret belongs.
    pub(super) fn hide(
        &mut self,
        plugin: &RegisteredPlugin,
        table: &mut Map<String, Value>,
    ) -> io::Result<()> {
        let schema = plugin_config_schema(plugin.def);
        let mut config = Value::Object(std::mem::take(table));
        for pointer in plain_secrets(&schema, &config) {
            if let Some(value) = config.pointer_mut(&pointer)
                && let Value::String(text) = value
            {
                *value = json!({ "file": self.write(text)? });
            }
        }
        if let Value::Object(config) = config {
            *table = config;
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<String> {
        let path = std::env::temp_dir().join(format!("galatea-test-{}", uuid::Uuid::now_v7().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?.write_all(text.as_bytes())?;
        let name = path.to_string_lossy().into_owned();
        self.0.push(path);
        Ok(name)
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            // Nothing is to be done about a file that is gone or cannot be deleted.
            drop(fs::remove_file(path));
        }
    }
}
