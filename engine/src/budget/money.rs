//! Amounts of money.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign},
};

/// An amount of US dollars, exact to a billionth of one. Serialised as a number of dollars. Displayed with two places or
/// more: `$0.00042`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u64);

/// Billionths in one.
const NANOS: u64 = 1_000_000_000;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many billionths of a dollar.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// How many billionths of a dollar.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// So many dollars, to the next billionth above; `None` of what is below 0, not finite or beyond nine billion.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let nanos = dollars * NANOS as f64;
        if !(0.0..9e18).contains(&nanos) {
            return None;
        }
        // What a float cannot tell exactly is not more.
        let nearest = nanos.round();
        let nanos = if (nanos - nearest).abs() < 1e-3 { nearest } else { nanos.ceil() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number in its range"
        )]
        Some(Self(nanos as u64))
    }

    /// How many dollars.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "for people and JSON; nine billion dollars are not needed"
    )]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / NANOS as f64
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = format!("{:09}", self.0 % NANOS);
        let shown = places.trim_end_matches('0').len().max(2);
        write!(f, "${}.{}", self.0 / NANOS, &places[..shown])
    }
}

impl schemars::JsonSchema for Money {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "description": "US dollars." })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.dollars())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        Self::from_dollars(dollars)
            .ok_or_else(|| D::Error::custom(format!("{dollars} is no amount of money")))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn money_is_told_with_two_places_or_more_and_comes_back_from_json() {
        let rows = [
            (0, "$0.00"),
            (1, "$0.000000001"),
            (4_200_000, "$0.0042"),
            (12_500_000_000, "$12.50"),
            (300_000_000_000, "$300.00"),
            (123_456_789_123, "$123.456789123"),
        ];
        for (nanos, wanted) in rows {
            let money = Money::from_nanos(nanos);
            assert_eq!(money.to_string(), wanted);
            let json = serde_json::to_string(&money).unwrap();
            assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money, "{json}");
        }
        assert_eq!(Money::from_dollars(0.1 + 0.2), Some(Money::from_nanos(300_000_000)));
        for none in [-0.1, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(Money::from_dollars(none), None);
        }
    }
}
