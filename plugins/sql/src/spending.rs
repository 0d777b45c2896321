//! How accounts are written, in both storages.

use galatea::{
    budget::{Holder, Period, Unit},
    store::Account,
};

/// The period, the holder and the unit of an account.
pub(crate) const fn names(account: &Account) -> (&'static str, &'static str, &'static str) {
    let period = match account.period {
        Period::Turn => "turn",
        Period::Hour => "hour",
        Period::Day => "day",
    };
    let holder = match account.holder {
        Holder::Agent => "agent",
        Holder::User => "user",
        Holder::Room => "room",
    };
    let unit = match account.unit {
        Unit::Tokens => "tokens",
        Unit::Money => "money",
    };
    (period, holder, unit)
}
