//! Tokens: texts with which callers show who they are, known to the agent by their hash only.
//!
//! A text is `gal_`, the agent's id and a secret; [`issue`] makes one, [`agent_of`] tells whose it is, [`hash`] is what the
//! storage keeps of it.

use crate::memory::Role;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How every token begins, so that people and scanners of leaks know one.
const MARK: &str = "gal_";

/// How many characters the agent's id is, in base64url.
const ID: usize = 22;

/// How many random bytes the secret is.
const SECRET: usize = 32;

/// How many characters the secret is, in base64url.
const SECRET_TEXT: usize = 43;

/// The most characters of a name.
const NAME: usize = 64;

/// Names that stand for those who have no token of their own.
const TAKEN: [&str; 3] = ["loopback", "nobody", "owner"];

/// What tokens can be for, in the words of [`Token::scopes`]: look at things, send messages and read one's rooms, change and
/// delete, figures, routes of plugins.
pub const SCOPES: [&str; 5] = ["read", "chat", "manage", "metrics", "routes"];

/// A token, as the agent knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Token {
    /// Identifies it.
    pub id: Uuid,
    /// The agent it is for.
    pub agent: Uuid,
    /// What it is called, and who uses it, for the agent; unique.
    pub name: String,
    /// The hash of its text.
    #[serde(skip)]
    pub hash: [u8; 32],
    /// What who has it may do.
    pub role: Role,
    /// What it is for, e.g. `chat`; `None` for everything.
    pub scopes: Option<BTreeSet<String>>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; `None` for never.
    pub expires: Option<Timestamp>,
    /// When it was used last, to a minute; `None` if it never was.
    pub used: Option<Timestamp>,
}

impl Token {
    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// What a new token shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is called: 1 to 64 characters, no control characters, none around it that cannot be seen.
    pub name: String,
    /// What who has it may do.
    pub role: Role,
    /// What it is for; `None` for everything.
    pub scopes: Option<BTreeSet<String>>,
    /// When it ends; `None` for never.
    pub expires: Option<Timestamp>,
}

/// Why a token is not made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Its name is none.
    #[error("`{0}` is no name of a token; write 1 to 64 characters, e.g. `phone`")]
    Name(String),
    /// Its name stands for somebody.
    #[error("a token cannot be called `{0}`: that is the name of those who have none")]
    Taken(String),
    /// It would be for nothing.
    #[error("a token without a scope is for nothing; name one at least")]
    NoScope,
    /// Its time would be over.
    #[error("its time would be over already")]
    Over,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

/// Makes a token for an agent. The text is told this once: nobody can find it out from what is stored.
///
/// # Errors
/// What is wrong with what is wanted, or that the system gives no random bytes.
pub fn issue(agent: Uuid, wanted: Wanted, now: Timestamp) -> Result<(Token, Zeroizing<String>), IssueError> {
    let Wanted { name, role, scopes, expires } = wanted;
    let is_name = name.trim() == name && (1..=NAME).contains(&name.chars().count());
    if !is_name || name.chars().any(char::is_control) {
        return Err(IssueError::Name(name));
    }
    if TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(&name)) {
        return Err(IssueError::Taken(name));
    }
    if scopes.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(IssueError::NoScope);
    }
    if expires.is_some_and(|expires| expires <= now) {
        return Err(IssueError::Over);
    }
    let mut secret = Zeroizing::new([0; SECRET]);
    getrandom::fill(&mut *secret).map_err(|error| IssueError::Random(error.to_string()))?;
    let id = URL_SAFE_NO_PAD.encode(agent.as_bytes());
    let text = Zeroizing::new(format!("{MARK}{id}{}", *Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret))));
    let hash = hash(&text);
    Ok((
        Token { id: Uuid::now_v7(), agent, name, hash, role, scopes, created: now, expires, used: None },
        text,
    ))
}

/// The agent that a text is a token of; `None` if it is no token.
#[must_use]
pub fn agent_of(text: &str) -> Option<Uuid> {
    let rest = text.strip_prefix(MARK).filter(|rest| rest.len() == ID + SECRET_TEXT && rest.is_ascii())?;
    let (id, secret) = rest.split_at(ID);
    URL_SAFE_NO_PAD.decode(secret).ok().filter(|secret| secret.len() == SECRET)?;
    Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()
}

/// What is stored of a text: its SHA-256. A secret of 256 random bits needs no slower hash.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    fn wanted(name: &str) -> Wanted {
        Wanted { name: name.to_owned(), role: Role::Member, scopes: None, expires: None }
    }

    #[test]
    fn a_token_names_its_agent_and_is_known_by_its_hash() {
        let agent = Uuid::from_u128(0xA6E7);
        let (token, text) = issue(agent, wanted("phone"), Timestamp::UNIX_EPOCH).unwrap();
        let (_, other) = issue(agent, wanted("phone"), Timestamp::UNIX_EPOCH).unwrap();
        assert_ne!(*text, *other);
        assert_eq!((text.len(), agent_of(&text), token.hash), (69, Some(agent), hash(&text)));
        let shown = serde_json::to_string(&token).unwrap() + &format!("{token:?}");
        assert!(!shown.contains(&text[26..]), "{shown}");
        let cut = &text[..68];
        for wrong in [
            "",
            "gal_",
            cut,
            "sk_x",
            &text.replace("gal_", "gul_"),
            &format!("{}=", cut),
            &format!("{}é", &text[..67]),
        ] {
            assert_eq!(agent_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_a_token_is_refused() {
        let now = Timestamp::UNIX_EPOCH;
        let refused = |wanted: Wanted| issue(Uuid::nil(), wanted, now).unwrap_err().to_string();
        for name in ["", " phone", "a\nb", &"x".repeat(65)] {
            assert!(refused(wanted(name)).contains("no name"), "{name}");
        }
        assert!(refused(wanted("Loopback")).contains("those who have none"));
        assert!(refused(Wanted { scopes: Some(BTreeSet::new()), ..wanted("a") }).contains("for nothing"));
        assert!(refused(Wanted { expires: Some(now), ..wanted("a") }).contains("over already"));
    }
}
