//! Letters.

use super::{KindFault, Media, kind};
use async_trait::async_trait;
use jiff::Timestamp;

/// A letter that shall be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutgoingEmail {
    /// To whom: addresses, at least one in all three lists together.
    pub to: Vec<String>,
    /// Who gets a copy.
    pub cc: Vec<String>,
    /// Who gets a copy that the others do not see.
    pub bcc: Vec<String>,
    /// The subject; one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML, if there is such.
    pub html: Option<String>,
    /// The [`id`](IncomingEmail::id) of the letter that it answers.
    pub in_reply_to: Option<String>,
    /// What goes with it.
    pub attachments: Vec<Media>,
}

/// A letter that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncomingEmail {
    /// Identifies it in its mailbox.
    pub id: String,
    /// The folder it is in.
    pub folder: String,
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it came or was sent.
    pub at: Timestamp,
    /// Somebody has read it.
    pub read: bool,
    /// What came with it.
    pub attachments: Vec<Media>,
}

/// Which letters; every field that is set must fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailQuery {
    /// Only in this folder.
    pub folder: String,
    /// Only those that nobody has read.
    pub unread: bool,
    /// Only those after this moment.
    pub since: Option<Timestamp>,
    /// Only whose subject, text or sender contains this, in any case.
    pub containing: Option<String>,
    /// At most so many, the newest.
    pub limit: usize,
}

impl Default for EmailQuery {
    fn default() -> Self {
        Self { folder: "INBOX".to_owned(), unread: false, since: None, containing: None, limit: 50 }
    }
}

/// Sends and reads letters of one mailbox.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Email`",
    label = "`Email` is not implemented",
    note = "write `#[async_trait] impl Email for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Email: Send + Sync {
    /// Sends a letter; gives the id of what was sent. It is sent once or not at all; only a call that was dropped or
    /// failed with [`KindFault::Unavailable`] leaves that open.
    ///
    /// # Errors
    /// [`KindFault::Refused`] without anybody to send it to, for an address that is none, or a subject of several lines.
    async fn send(&self, email: &OutgoingEmail) -> Result<String, KindFault>;

    /// The letters that fit, the newest first.
    ///
    /// # Errors
    /// [`KindFault::NotFound`] for an unknown folder.
    async fn fetch(&self, query: &EmailQuery) -> Result<Vec<IncomingEmail>, KindFault>;

    /// Marks a letter as read or not.
    ///
    /// # Errors
    /// [`KindFault::NotFound`].
    async fn mark_read(&self, id: &str, read: bool) -> Result<(), KindFault>;

    /// Moves a letter to another folder.
    ///
    /// # Errors
    /// [`KindFault::NotFound`] for an unknown letter or folder.
    async fn move_to(&self, id: &str, folder: &str) -> Result<(), KindFault>;

    /// Deletes a letter for good; whether there was one.
    ///
    /// # Errors
    /// If the mailbox cannot be reached.
    async fn delete(&self, id: &str) -> Result<bool, KindFault>;

    /// The folders, `INBOX` among them, sorted.
    ///
    /// # Errors
    /// If the mailbox cannot be reached.
    async fn folders(&self) -> Result<Vec<String>, KindFault>;
}

kind!(Email = "email");
