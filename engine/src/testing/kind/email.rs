//! A mailbox in memory.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{Email, EmailQuery, IncomingEmail, KindFault, OutgoingEmail},
    store::without_case,
};
use async_trait::async_trait;
use std::sync::Mutex;

const FOLDERS: [&str; 3] = ["Archive", "INBOX", "Sent"];

/// Keeps what was sent, in `Sent`, and what a test [puts in](Self::receive).
#[derive(Debug, Default)]
pub struct MailboxInMemory {
    address: String,
    clock: Clock,
    letters: Mutex<Letters>,
}

#[derive(Debug, Default)]
struct Letters {
    count: u64,
    all: Vec<IncomingEmail>,
    sent: Vec<OutgoingEmail>,
}

impl Letters {
    fn add(&mut self, letter: IncomingEmail) -> String {
        self.count += 1;
        let id = self.count.to_string();
        self.all.push(IncomingEmail { id: id.clone(), ..letter });
        id
    }

    fn find(&mut self, id: &str) -> Result<&mut IncomingEmail, KindFault> {
        self.all.iter_mut().find(|letter| letter.id == id).ok_or_else(|| missing(id))
    }
}

impl MailboxInMemory {
    /// The empty mailbox of an address, with the times of this clock.
    #[must_use]
    pub fn new(address: impl Into<String>, clock: Clock) -> Self {
        Self { address: address.into(), clock, letters: Mutex::default() }
    }

    /// Somebody sent a letter; its `id` is made, its folder is `INBOX`. Gives the id.
    pub fn receive(&self, letter: IncomingEmail) -> String {
        lock(&self.letters).add(IncomingEmail { folder: "INBOX".to_owned(), ..letter })
    }

    /// What was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<OutgoingEmail> {
        lock(&self.letters).sent.clone()
    }
}

fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !text.contains(char::is_whitespace)
}

#[async_trait]
impl Email for MailboxInMemory {
    async fn send(&self, email: &OutgoingEmail) -> Result<String, KindFault> {
        let mut all = email.to.iter().chain(&email.cc).chain(&email.bcc).peekable();
        if all.peek().is_none() {
            return refuse("there is nobody to send it to");
        }
        if let Some(wrong) = all.find(|address| !is_address(address)) {
            return refuse(format!("`{wrong}` is no address"));
        }
        if email.subject.contains(['\n', '\r']) {
            return refuse("the subject has several lines");
        }
        let mut letters = lock(&self.letters);
        letters.sent.push(email.clone());
        Ok(letters.add(IncomingEmail {
            id: String::new(),
            folder: "Sent".to_owned(),
            from: self.address.clone(),
            to: email.to.clone(),
            subject: email.subject.clone(),
            text: email.text.clone(),
            at: self.clock.now(),
            read: true,
            attachments: email.attachments.clone(),
        }))
    }

    async fn fetch(&self, query: &EmailQuery) -> Result<Vec<IncomingEmail>, KindFault> {
        if !FOLDERS.contains(&query.folder.as_str()) {
            return Err(missing(&query.folder));
        }
        let contains = |letter: &IncomingEmail, text: &str| {
            let all = format!("{}\n{}\n{}", letter.subject, letter.text, letter.from);
            without_case(&all).contains(&without_case(text))
        };
        let fits = |letter: &&IncomingEmail| {
            letter.folder == query.folder
                && !(query.unread && letter.read)
                && query.since.is_none_or(|since| letter.at > since)
                && query.containing.as_ref().is_none_or(|text| contains(letter, text))
        };
        let mut found: Vec<IncomingEmail> = lock(&self.letters).all.iter().filter(fits).cloned().collect();
        // Of one moment, what came later is newer.
        found.reverse();
        found.sort_by_key(|letter| std::cmp::Reverse(letter.at));
        found.truncate(query.limit);
        Ok(found)
    }

    async fn mark_read(&self, id: &str, read: bool) -> Result<(), KindFault> {
        lock(&self.letters).find(id)?.read = read;
        Ok(())
    }

    async fn move_to(&self, id: &str, folder: &str) -> Result<(), KindFault> {
        if !FOLDERS.contains(&folder) {
            return Err(missing(folder));
        }
        folder.clone_into(&mut lock(&self.letters).find(id)?.folder);
        Ok(())
    }

    async fn delete(&self, id: &str) -> Result<bool, KindFault> {
        let mut letters = lock(&self.letters);
        let before = letters.all.len();
        letters.all.retain(|letter| letter.id != id);
        Ok(letters.all.len() < before)
    }

    async fn folders(&self) -> Result<Vec<String>, KindFault> {
        Ok(FOLDERS.map(str::to_owned).to_vec())
    }
}

/// Checks a mailbox: sends a letter to `address`, and works on a letter that is in `INBOX`, which it deletes in the end.
///
/// # Errors
/// What it did and should have done.
pub async fn check_email(service: &dyn Email, address: &str) -> Outcome {
    let to = |to: &[&str]| OutgoingEmail {
        to: to.iter().map(|&address| address.to_owned()).collect(),
        subject: "A check".to_owned(),
        text: "Nothing to see.".to_owned(),
        ..OutgoingEmail::default()
    };
    demand(!given(service.send(&to(&[address])).await, "send")?.is_empty(), "what was sent has an id")?;
    refused(service.send(&to(&[])).await, "sending to nobody")?;
    refused(service.send(&to(&[address, "nobody"])).await, "sending to what is no address")?;
    let lines = OutgoingEmail { subject: "A\nBcc: x@example.com".to_owned(), ..to(&[address]) };
    refused(service.send(&lines).await, "a subject of two lines")?;

    let folders = given(service.folders().await, "folders")?;
    demand(
        folders.is_sorted() && folders.iter().any(|folder| folder == "INBOX"),
        "INBOX is among the folders",
    )?;
    let nowhere = EmailQuery { folder: "no such folder".to_owned(), ..EmailQuery::default() };
    not_found(service.fetch(&nowhere).await, "an unknown folder")?;
    let inbox = given(service.fetch(&EmailQuery::default()).await, "fetch")?;
    let letter = inbox.first().ok_or("INBOX is empty: the check needs a letter there")?;
    demand(inbox.is_sorted_by_key(|letter| std::cmp::Reverse(letter.at)), "the newest letter comes first")?;
    let unread = EmailQuery { unread: true, ..EmailQuery::default() };
    for read in [true, false, true] {
        given(service.mark_read(&letter.id, read).await, "mark_read")?;
        let found = given(service.fetch(&unread).await, "fetch unread")?;
        demand(found.iter().any(|other| other.id == letter.id) != read, "what is read is not unread")?;
    }
    let found = EmailQuery { containing: Some(letter.subject.to_uppercase()), ..EmailQuery::default() };
    let found = given(service.fetch(&found).await, "fetch by text")?;
    demand(found.iter().any(|other| other.id == letter.id), "letters are found by their text in any case")?;
    not_found(service.move_to(&letter.id, "no such folder").await, "moving to an unknown folder")?;
    not_found(service.mark_read("no such letter", true).await, "marking no letter")?;
    demand(given(service.delete(&letter.id).await, "delete")?, "what is there can be deleted")?;
    demand(!given(service.delete(&letter.id).await, "delete")?, "deleting nothing is told")
}
