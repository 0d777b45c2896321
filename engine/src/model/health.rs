//! Which providers are left alone because they failed, and how many of their calls run.
//!
//! A circuit for each plugin and kind: closed while it answers, open after it failed too often in a row or said when to come
//! back, half open when that time is over: then one call probes, and the others wait for what becomes of it.

use super::{ModelError, ModelKind};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// So many failures in a row open a circuit.
const FAILURES: u32 = 5;
/// How long it is open for the first time; twice as long after each probe that fails.
const REST: Duration = Duration::from_secs(30);
/// The longest time.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// How long a provider rests that refused the key; a plugin that is loaded anew is asked at once.
const REFUSED_REST: Duration = Duration::from_secs(600);
/// What a provider says that wants to be left alone for longer is believed no further.
const LONGEST_WISH: Duration = Duration::from_secs(86_400);
/// How many calls of a plugin run at once where the character says nothing.
pub(super) const CALLS: u32 = 32;

/// A plugin and a kind of model; without a kind, all that it serves.
pub(super) type Place = (&'static str, Option<ModelKind>);

/// How the providers of an agent are.
#[derive(Debug, Default)]
pub(crate) struct Health {
    circuits: Mutex<BTreeMap<Place, Circuit>>,
    lanes: Mutex<BTreeMap<&'static str, (u32, Arc<Semaphore>)>>,
}

/// How a provider is, that failed lately.
#[derive(Clone, Debug)]
pub(super) struct Circuit {
    /// The loading of the plugin that failed.
    load: u64,
    /// How often in a row.
    pub(super) failures: u32,
    /// How often it was opened since it answered last.
    opened: u32,
    /// Until when it is open; `None`: it is closed still.
    pub(super) until: Option<Timestamp>,
    /// A call is finding out whether it can be closed.
    pub(super) probing: bool,
    /// Why it failed last.
    pub(super) why: String,
}

/// Who is asked: a plugin as it was loaded, for a kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider<'a> {
    pub(crate) plugin: &'static str,
    pub(crate) load: u64,
    pub(crate) kind: &'a ModelKind,
}

impl Provider<'_> {
    fn places(&self) -> [Place; 2] {
        [(self.plugin, None), (self.plugin, Some(self.kind.clone()))]
    }
}

/// A call that was let through. Dropped without an outcome, as when it is cancelled, it says nothing about the provider.
pub(crate) struct Admitted<'a> {
    health: &'a Health,
    provider: Provider<'a>,
}

impl Health {
    pub(super) fn circuits(&self) -> MutexGuard<'_, BTreeMap<Place, Circuit>> {
        self.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call through, unless the provider is to be left alone. Where no other one could answer, one that refused
    /// the key is asked all the same: it is told at once, and as soon as the key is accepted it answers.
    pub(crate) fn admit<'a>(
        &'a self,
        provider: Provider<'a>,
        is_only: bool,
        now: Timestamp,
    ) -> Result<Admitted<'a>, ModelError> {
        let mut circuits = self.circuits();
        for place in provider.places() {
            if is_only && place.1.is_none() {
                continue;
            }
            if circuits.get(&place).is_some_and(|circuit| circuit.load != provider.load) {
                circuits.remove(&place);
            }
            if let Some(circuit) = circuits.get(&place)
                && let Some(until) = circuit.until
            {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                if !left.is_zero() || circuit.probing {
                    // In whole seconds, as it is told to people; who probes will know in one.
                    let whole = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                    let left = Duration::from_secs(whole.max(1));
                    return Err(ModelError::Resting { left, why: circuit.why.clone() });
                }
            }
        }
        for place in provider.places() {
            if let Some(circuit) = circuits.get_mut(&place) {
                // The end of a pause that it had wished for is no probe: everybody may go on.
                circuit.probing = circuit.until.is_some() && (circuit.opened > 0 || place.1.is_none());
            }
        }
        Ok(Admitted { health: self, provider })
    }

    /// The places of a plugin's calls, so many at a time.
    pub(crate) fn lane(&self, plugin: &'static str, calls: Option<u32>) -> Arc<Semaphore> {
        let calls = calls.unwrap_or(CALLS).max(1);
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(plugin).or_insert_with(|| (calls, Arc::new(Semaphore::new(calls as usize))));
        if lane.0 != calls {
            // Those that run keep their places of before.
            *lane = (calls, Arc::new(Semaphore::new(calls as usize)));
        }
        Arc::clone(&lane.1)
    }

    /// How many calls of a plugin run, and how many may.
    pub(super) fn running(&self, plugin: &str) -> (u32, u32) {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((calls, lane)) = lanes.get(plugin) else { return (0, CALLS) };
        let free = u32::try_from(lane.available_permits()).unwrap_or(*calls);
        (calls.saturating_sub(free), *calls)
    }
}

impl Admitted<'_> {
    /// It answered.
    pub(crate) fn answered(self) {
        let mut circuits = self.health.circuits();
        for place in self.provider.places() {
            circuits.remove(&place);
        }
    }

    /// It failed.
    pub(crate) fn failed(self, error: &ModelError, now: Timestamp) {
        let [all, one] = self.provider.places();
        match error {
            ModelError::Unauthorized(_) => self.open(all, REFUSED_REST, error, now),
            ModelError::RateLimited { retry_after: Some(wait) } => {
                self.open(one, (*wait).min(LONGEST_WISH), error, now);
            }
            ModelError::RateLimited { retry_after: None }
            | ModelError::Unavailable(_)
            | ModelError::Timeout(_)
            | ModelError::Stalled(_) => self.count(one, error, now),
            // It is there, and says what it does not like about the request.
            _ => self.answered(),
        }
    }

    fn circuit<'c>(&self, circuits: &'c mut BTreeMap<Place, Circuit>, place: Place) -> &'c mut Circuit {
        circuits.entry(place).or_insert_with(|| Circuit {
            load: self.provider.load,
            failures: 0,
            opened: 0,
            until: None,
            probing: false,
            why: String::new(),
        })
    }

    fn open(&self, place: Place, rest: Duration, error: &ModelError, now: Timestamp) {
        let mut circuits = self.health.circuits();
        let circuit = self.circuit(&mut circuits, place);
        circuit.failures += 1;
        circuit.until = now.checked_add(rest).ok();
        circuit.why = error.to_string();
    }

    fn count(&self, place: Place, error: &ModelError, now: Timestamp) {
        let mut circuits = self.health.circuits();
        let circuit = self.circuit(&mut circuits, place);
        circuit.failures += 1;
        circuit.why = error.to_string();
        circuit.until = None;
        if circuit.opened > 0 || circuit.failures >= FAILURES {
            let rest = (REST * 2_u32.saturating_pow(circuit.opened)).min(LONGEST_REST);
            circuit.opened += 1;
            circuit.until = now.checked_add(rest).ok();
            tracing::warn!(plugin = self.provider.plugin, kind = %self.provider.kind, "left alone for {rest:?}: {error}");
        }
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        let mut circuits = self.health.circuits();
        for place in self.provider.places() {
            if let Some(circuit) = circuits.get_mut(&place) {
                circuit.probing = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap_or_default()
    }

    const LARGE: ModelKind = ModelKind::TextLarge;
    const SMALL: ModelKind = ModelKind::TextSmall;

    fn of(kind: &'static ModelKind, load: u64) -> Provider<'static> {
        Provider { plugin: "p", load, kind }
    }

    fn fail(health: &Health, provider: Provider<'_>, error: &ModelError, seconds: i64) -> bool {
        let Ok(admitted) = health.admit(provider, false, at(seconds)) else { return false };
        admitted.failed(error, at(seconds));
        true
    }

    /// How many seconds it is to be left alone; `None` if it is let through.
    fn left(health: &Health, provider: Provider<'_>, seconds: i64) -> Option<u64> {
        match health.admit(provider, false, at(seconds)) {
            Err(ModelError::Resting { left, .. }) => Some(left.as_secs()),
            _ => None,
        }
    }

    #[test]
    fn a_circuit_opens_after_five_failures_and_closes_after_a_probe() {
        let (health, down) = (Health::default(), ModelError::Unavailable("no line".to_owned()));
        let large = of(&LARGE, 1);
        assert!((0..5).all(|second| fail(&health, large, &down, second)));
        assert_eq!(left(&health, large, 4), Some(30));
        assert_eq!(left(&health, of(&SMALL, 1), 4), None, "another kind of the same plugin");
        assert_eq!(left(&health, of(&LARGE, 2), 4), None, "the plugin loaded anew");
        // One after the other: that loading began anew.
        assert!((0..5).all(|second| fail(&health, large, &down, second)));
        let probe = health.admit(large, false, at(40));
        assert!(probe.is_ok());
        assert_eq!(left(&health, large, 40), Some(1), "one probes, others wait");
        drop(probe);
        assert!(fail(&health, large, &down, 41), "a probe that was cancelled says nothing");
        assert_eq!(left(&health, large, 41), Some(60), "twice as long");
        assert!(health.admit(large, false, at(101)).map(Admitted::answered).is_ok());
        assert!(health.circuits().is_empty());
        assert!(fail(&health, large, &down, 102) && left(&health, large, 102).is_none());
    }

    #[test]
    fn what_a_failure_means_depends_on_it() {
        let wait = |seconds| ModelError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) };
        let rows = [
            (wait(7), Some(7), None),
            (wait(1_000_000), Some(86_400), None),
            (ModelError::RateLimited { retry_after: None }, None, None),
            (ModelError::Unauthorized("no key".to_owned()), Some(600), Some(600)),
            (ModelError::Rejected("no".to_owned()), None, None),
            (ModelError::Timeout(Duration::from_secs(1)), None, None),
            (ModelError::Cancelled, None, None),
        ];
        for (error, same, other) in rows {
            let health = Health::default();
            assert!(fail(&health, of(&LARGE, 1), &error, 0));
            assert_eq!(left(&health, of(&LARGE, 1), 0), same, "{error}");
            assert_eq!(left(&health, of(&SMALL, 1), 0), other, "{error}");
        }
    }
}
