//! The key under which an action may be repeated.

use super::{ExtractError, kind, kind::extract_for};
use crate::{text::id::stable_id_for, turn::key_of};
use std::{fmt, ops::Deref};
use uuid::Uuid;

/// The idempotency key of the step that an action runs in: the same however often the step is run, also after a restart,
/// and another one for every other step. Given to a service that takes such keys, a payment for instance, it makes an
/// effect happen once; its text is the 36 characters of a UUID.
///
/// ```ignore
/// #[action(idempotent)]
/// async fn pay(Args(bill): Args<Bill>, key: IdempotencyKey, bank: Service<Bank>) -> Result<String, BankError> {
///     bank.transfer(&bill, key.to_string()).await
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Uuid);

impl IdempotencyKey {
    /// An id made from the key and a name: for memories and other records that the action writes, so that a repeated action
    /// writes the same ones.
    #[must_use]
    pub fn id(&self, name: &str) -> Uuid {
        stable_id_for(self.0, name)
    }
}

impl Deref for IdempotencyKey {
    type Target = Uuid;

    fn deref(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

extract_for!(for IdempotencyKey in [kind::Action], |invocation| {
    let turn = invocation.turn("IdempotencyKey")?;
    let step = turn.running_step().ok_or(ExtractError::OutsideTurn("IdempotencyKey"))?;
    Ok::<_, ExtractError>(Self(key_of(turn.run, step)))
});
