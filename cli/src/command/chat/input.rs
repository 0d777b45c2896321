//! Where lines come from: an editor at a terminal, else stdin as it is.

use crate::output;
use rustyline::{DefaultEditor, config::Config, error::ReadlineError};
use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::mpsc as blocking,
    thread,
};
use tokio::sync::mpsc;

/// Where the lines of former chats are kept, below the working directory.
const HISTORY: &str = ".galatea/chat-history";

/// What came from the person who talks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Text(String),
    /// Ctrl-C at the prompt.
    Interrupted,
    /// Ctrl-D, or the end of a pipe.
    End,
}

/// Lines, read on a thread of its own: reading cannot be cancelled. A line is read only when one is asked for,
/// so that the prompt does not stand in the middle of an answer.
pub(super) struct Input {
    wanted: blocking::Sender<()>,
    lines: mpsc::Receiver<Line>,
    is_waiting: bool,
    is_terminal: bool,
}

impl Input {
    pub(super) fn open(label: &str) -> Self {
        let is_terminal = output::is_interactive();
        let (wanted, asked) = blocking::channel();
        let (sender, lines) = mpsc::channel(1);
        let prompt = format!("{label}: ");
        thread::spawn(move || {
            let mut read = if is_terminal { edited(prompt) } else { Box::new(plain) };
            while asked.recv().is_ok() {
                let line = read();
                let is_last = line == Line::End;
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        });
        Self { wanted, lines, is_waiting: false, is_terminal }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The next line. May be dropped and called again; no line is lost.
    pub(super) async fn next(&mut self) -> Line {
        if !self.is_waiting {
            // Where the thread is gone, no line comes either.
            self.wanted.send(()).unwrap_or_default();
            self.is_waiting = true;
        }
        let line = self.lines.recv().await.unwrap_or(Line::End);
        self.is_waiting = false;
        line
    }

    /// Leaves the terminal as it was, though the editor is still reading.
    pub(super) async fn abandon(&self) {
        if self.is_terminal && self.is_waiting && cfg!(unix) {
            output::line("");
            drop(tokio::process::Command::new("stty").arg("sane").status().await);
        }
    }
}

fn plain() -> Line {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Line::End,
        Ok(_) => Line::Text(line.trim_end_matches(['\n', '\r']).to_owned()),
        Err(error) => {
            tracing::error!("stdin cannot be read: {error}");
            Line::End
        }
    }
}

/// Lines with an editor; without one where there is none for this terminal.
fn edited(prompt: String) -> Box<dyn FnMut() -> Line> {
    let config = Config::builder().auto_add_history(true).build();
    let mut editor = match DefaultEditor::with_config(config) {
        Ok(editor) => editor,
        Err(error) => {
            tracing::warn!("no line editor: {error}");
            return Box::new(plain);
        }
    };
    let history = PathBuf::from(HISTORY);
    // At the first start there is none.
    drop(editor.load_history(&history));
    Box::new(move || match editor.readline(&prompt) {
        Ok(line) => {
            keep(&mut editor, &history);
            Line::Text(line)
        }
        Err(ReadlineError::Interrupted) => Line::Interrupted,
        Err(ReadlineError::Eof) => Line::End,
        Err(error) => {
            tracing::error!("the terminal cannot be read: {error}");
            Line::End
        }
    })
}

fn keep(editor: &mut DefaultEditor, history: &Path) {
    let folder = history.parent().unwrap_or(history);
    let kept = std::fs::create_dir_all(folder)
        .map_err(ReadlineError::from)
        .and_then(|()| editor.append_history(history));
    if let Err(error) = kept {
        tracing::debug!("the history cannot be kept: {error}");
    }
}
