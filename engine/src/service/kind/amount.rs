//! Money without floating point.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{cmp::Ordering, fmt, str::FromStr};

/// Why a text is no amount or no decimal number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is no decimal number.
    #[error("`{0}` is no decimal number; write digits with at most one point, e.g. `12.5`")]
    NoNumber(String),
    /// It has more places than the asset.
    #[error("`{text}` has more than the {decimals} decimal places of the asset")]
    TooFine {
        /// The text.
        text: String,
        /// The places of the asset.
        decimals: u8,
    },
    /// It is too great.
    #[error("`{0}` is too great for an amount")]
    TooGreat(String),
}

/// An amount of an asset in its base units (cents, wei, lamports), which are whole; and how many of them make one:
/// 1.5 with 6 decimals is 1 500 000 units. In JSON: `{"units": "1500000", "decimals": 6}`, since numbers there are
/// too small for wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// Base units.
    pub units: u128,
    /// Decimal places: ten to this power base units are one. At most 38.
    pub decimals: u8,
}

impl Amount {
    /// Nothing, of an asset with these decimal places.
    #[must_use]
    pub const fn zero(decimals: u8) -> Self {
        Self { units: 0, decimals }
    }

    /// The amount of a text such as `1.5`.
    ///
    /// # Errors
    /// [`AmountError`]; a text that is finer than the asset is not rounded.
    pub fn parse(text: &str, decimals: u8) -> Result<Self, AmountError> {
        let (whole, fraction) = digits(text).ok_or_else(|| AmountError::NoNumber(text.to_owned()))?;
        let fraction = fraction.trim_end_matches('0');
        let Some(missing) = usize::from(decimals).checked_sub(fraction.len()) else {
            return Err(AmountError::TooFine { text: text.to_owned(), decimals });
        };
        let all = format!("{whole}{fraction}{}", "0".repeat(missing));
        let units = all.parse().map_err(|_| AmountError::TooGreat(text.to_owned()))?;
        Ok(Self { units, decimals })
    }

    /// The sum; `None` if it is too great or the two are of different places, which are different assets.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let units = self.units.checked_add(other.units).filter(|_| self.decimals == other.decimals)?;
        Some(Self { units, ..self })
    }

    /// The difference; `None` if it is below zero or the two are of different places.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let units = self.units.checked_sub(other.units).filter(|_| self.decimals == other.decimals)?;
        Some(Self { units, ..self })
    }
}

/// As decimal text without needless zeros.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.decimals);
        let all = format!("{:0>width$}", self.units, width = places + 1);
        let (whole, fraction) = all.split_at(all.len() - places);
        match fraction.trim_end_matches('0') {
            "" => f.write_str(whole),
            fraction => write!(f, "{whole}.{fraction}"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AmountText {
    units: String,
    decimals: u8,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AmountText { units: self.units.to_string(), decimals: self.decimals }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = AmountText::deserialize(deserializer)?;
        let units = text.units.parse().map_err(|_| de::Error::custom("`units` is no whole number"))?;
        Ok(Self { units, decimals: text.decimals })
    }
}

/// A decimal number as text, not below zero: a price, a rate, a percentage. Compared by value: `1.50` equals `1.5`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Decimal(String);

impl Decimal {
    /// The text, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, &str) {
        let (whole, fraction) = digits(&self.0).unwrap_or_default();
        (whole.trim_start_matches('0'), fraction.trim_end_matches('0'))
    }
}

impl FromStr for Decimal {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        digits(text).map(|_| Self(text.to_owned())).ok_or_else(|| AmountError::NoNumber(text.to_owned()))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((whole, fraction), (other_whole, other_fraction)) = (self.parts(), other.parts());
        whole.len().cmp(&other_whole.len()).then(whole.cmp(other_whole)).then(fraction.cmp(other_fraction))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

/// The digits before and after the point; `None` if it is no plain decimal number.
fn digits(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let ends_in_point = text.contains('.') && fraction.is_empty();
    (!whole.is_empty() && !ends_in_point && all_digits(whole) && all_digits(fraction))
        .then_some((whole, fraction))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, decimals, units, shown) in [
            ("1.5", 6, 1_500_000, "1.5"),
            ("0", 2, 0, "0"),
            ("0.01", 2, 1, "0.01"),
            ("0.10", 1, 1, "0.1"),
            ("007", 0, 7, "7"),
            (
                "340282366920938463463.374607431768211455",
                18,
                u128::MAX,
                "340282366920938463463.374607431768211455",
            ),
        ] {
            let amount = Amount::parse(text, decimals).unwrap();
            assert_eq!((amount.units, amount.to_string().as_str()), (units, shown), "{text}");
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount, "{json}");
        }
        for (text, decimals) in
            [("1.005", 2), ("", 2), (".5", 2), ("5.", 2), ("-1", 2), ("1e3", 2), ("1,5", 2), ("9", 38 + 1)]
        {
            assert!(Amount::parse(text, decimals).is_err(), "{text}");
        }
        let (one, two) = (Amount { units: 1, decimals: 2 }, Amount { units: 2, decimals: 2 });
        assert_eq!(two.checked_sub(one), Some(one));
        assert_eq!((one.checked_sub(two), one.checked_add(Amount::zero(3))), (None, None));
    }

    #[test]
    fn decimals_are_compared_by_value() {
        for (less, more) in
            [("1.5", "1.51"), ("9.9", "10"), ("0.00001", "0.0001"), ("2", "10"), ("01.2", "1.3")]
        {
            let (less, more): (Decimal, Decimal) = (less.parse().unwrap(), more.parse().unwrap());
            assert!(less < more, "{less} {more}");
        }
        assert_eq!("1.50".parse::<Decimal>(), "01.5".parse());
        assert!("1e5".parse::<Decimal>().is_err() && serde_json::from_str::<Decimal>("\"x\"").is_err());
    }
}
