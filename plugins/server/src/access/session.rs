//! Sessions of browsers: a cookie instead of a token, so that no script has a token in its hands.

use super::identify::Proof;
use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite};
use galatea::clock::Clock;
use galatea::token;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The name of the cookie.
pub(crate) const COOKIE: &str = "galatea-session";

/// A session ends so long after it was used last.
const IDLE: SignedDuration = SignedDuration::from_hours(12);

/// So many sessions there are at most; who comes then takes the place of the one that was used longest ago.
const MOST: usize = 1000;

/// How many random bytes a session and its CSRF token have.
const RANDOM: usize = 32;

/// The hash of what the cookie says.
pub(crate) type Key = [u8; 32];

/// The sessions of a listener. They end with it.
pub(crate) struct Sessions {
    clock: Clock,
    all: Mutex<BTreeMap<Key, Session>>,
}

#[derive(Clone)]
struct Session {
    proof: Proof,
    csrf: String,
    used: Timestamp,
}

/// What a session knows.
pub(crate) struct Ticket {
    pub(crate) key: Key,
    pub(crate) proof: Proof,
    pub(crate) csrf: String,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("count", &self.lock().len()).finish_non_exhaustive()
    }
}

impl Sessions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, all: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Session>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a session; gives what the cookie says and the CSRF token. An identifier that a browser shows is never taken up:
    /// each session has one that nobody knew before.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub(crate) fn begin(&self, proof: Proof) -> Result<(String, String), getrandom::Error> {
        let (secret, csrf) = (random()?, random()?);
        let now = self.clock.now();
        let mut all = self.lock();
        all.retain(|_, session| now.duration_since(session.used) < IDLE);
        while all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, session)| session.used).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            all.remove(&oldest);
        }
        all.insert(token::hash(&secret), Session { proof, csrf: csrf.clone(), used: now });
        Ok((secret, csrf))
    }

    /// The session of a cookie, which is used by this; `None` if there is none or it is over.
    pub(crate) fn find(&self, secret: &str) -> Option<Ticket> {
        let (key, now) = (token::hash(secret), self.clock.now());
        let mut all = self.lock();
        let session = all.get_mut(&key)?;
        if now.duration_since(session.used) >= IDLE {
            all.remove(&key);
            return None;
        }
        session.used = now;
        Some(Ticket { key, proof: session.proof.clone(), csrf: session.csrf.clone() })
    }

    /// It is used, unless it is over.
    pub(crate) fn touch(&self, key: &Key) {
        let now = self.clock.now();
        if let Some(session) =
            self.lock().get_mut(key).filter(|session| now.duration_since(session.used) < IDLE)
        {
            session.used = now;
        }
    }

    /// Whether a session goes on.
    pub(crate) fn has(&self, key: &Key) -> bool {
        let now = self.clock.now();
        self.lock().get(key).is_some_and(|session| now.duration_since(session.used) < IDLE)
    }

    /// Ends a session.
    pub(crate) fn end(&self, key: &Key) {
        self.lock().remove(key);
    }
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What the cookie of a request says.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The header that makes a browser keep a session, or forget it.
pub(crate) fn set_cookie(secret: Option<&str>, is_tls: bool) -> String {
    let cookie = Cookie::build((COOKIE, secret.unwrap_or_default().to_owned()))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_tls)
        .path("/");
    match secret {
        Some(_) => cookie.build().to_string(),
        None => cookie.removal().build().to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_when_they_are_idle_and_are_bounded() {
        let clock = Clock::fixed("2026-01-01T12:00:00Z".parse().unwrap());
        let sessions = Sessions::new(clock.clone());
        let proof = || Proof::Setting([1; 32]);
        let (first, csrf) = sessions.begin(proof()).unwrap();
        assert_eq!(sessions.find(&first).map(|ticket| ticket.csrf), Some(csrf));
        clock.advance(std::time::Duration::from_secs(11 * 3600));
        assert!(sessions.find(&first).is_some(), "it was used");
        clock.advance(std::time::Duration::from_secs(11 * 3600));
        assert!(sessions.find(&first).is_some(), "that counts anew");
        clock.advance(std::time::Duration::from_secs(12 * 3600));
        assert!(sessions.find(&first).is_none(), "it is over");

        let (oldest, _) = sessions.begin(proof()).unwrap();
        clock.advance(std::time::Duration::from_secs(1));
        let newest = (0..MOST).map(|_| sessions.begin(proof()).unwrap().0).last().unwrap();
        assert_eq!(sessions.lock().len(), MOST);
        assert!(sessions.find(&oldest).is_none() && sessions.find(&newest).is_some());
    }

    #[test]
    fn cookies_are_read_and_written() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers), None);
        headers.append(header::COOKIE, "a=b; galatea-session=s3cret; c=d".parse().unwrap());
        assert_eq!(cookie(&headers).as_deref(), Some("s3cret"));
        assert_eq!(set_cookie(Some("x"), false), "galatea-session=x; HttpOnly; SameSite=Strict; Path=/");
        assert_eq!(
            set_cookie(Some("x"), true),
            "galatea-session=x; HttpOnly; SameSite=Strict; Secure; Path=/"
        );
        assert!(set_cookie(None, false).contains("Max-Age=0"));
    }
}
