//! What a character lets be spent.

use super::{Holder, Money, Period, Unit};
use crate::store::Account;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What may be spent on models. What is not named is not limited.
///
/// ```toml
/// [budget]
/// turn = { tokens = 20000 }
/// agent.day = { tokens = 1000000, dollars = 5.0 }
/// user.day = { dollars = 0.5 }
/// room.hour = { tokens = 50000 }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Budget {
    /// By one turn, whatever it does.
    #[serde(skip_serializing_if = "Allowance::is_unlimited")]
    pub turn: Allowance,
    /// By the agent, in all that it does.
    #[serde(skip_serializing_if = "Allowances::is_unlimited")]
    pub agent: Allowances,
    /// By the turns about the messages of each person.
    #[serde(skip_serializing_if = "Allowances::is_unlimited")]
    pub user: Allowances,
    /// By the turns in each room.
    #[serde(skip_serializing_if = "Allowances::is_unlimited")]
    pub room: Allowances,
    /// A file of prices that goes before the list that comes with the engine, line by line; relative to the character file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prices: Option<String>,
}

/// What may be spent in an hour and in a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Allowances {
    /// In an hour, from the full hour on.
    #[serde(skip_serializing_if = "Allowance::is_unlimited")]
    pub hour: Allowance,
    /// In a day, from midnight on in UTC.
    #[serde(skip_serializing_if = "Allowance::is_unlimited")]
    pub day: Allowance,
}

/// What may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Allowance {
    /// Tokens of requests and answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// US dollars. Calls of models whose price is not known count as nothing.
    #[schemars(with = "Option<f64>", range(min = 0))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars: Option<Money>,
}

impl Allowance {
    /// Whether nothing limits it.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.tokens.is_none() && self.dollars.is_none()
    }

    /// What may be spent, by unit.
    pub(super) fn limits(&self) -> impl Iterator<Item = (Unit, u64)> + use<> {
        let tokens = self.tokens.map(|tokens| (Unit::Tokens, tokens));
        let money = self.dollars.map(|dollars| (Unit::Money, dollars.nanos()));
        tokens.into_iter().chain(money)
    }
}

impl Allowances {
    /// Whether nothing limits it.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.hour.is_unlimited() && self.day.is_unlimited()
    }
}

/// Who spends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spender {
    pub(super) agent: Uuid,
    /// The sender and the room of the message that a turn is about.
    pub(super) turn: Option<(Uuid, Uuid)>,
}

impl Budget {
    /// Whether nothing limits it.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.turn.is_unlimited()
            && self.agent.is_unlimited()
            && self.user.is_unlimited()
            && self.room.is_unlimited()
    }

    /// Whether it says nothing at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.is_unlimited() && self.prices.is_none()
    }

    /// The accounts that have a limit at this moment, each with it.
    pub(super) fn accounts(&self, spender: Spender, now: Timestamp) -> Vec<(Account, u64)> {
        let (user, room) = spender.turn.unzip();
        let holders = [
            (Holder::Agent, Some(spender.agent), self.agent),
            (Holder::User, user, self.user),
            (Holder::Room, room, self.room),
        ];
        let mut all = Vec::new();
        for (holder, id, allowances) in holders {
            let Some(id) = id else { continue };
            for (period, allowance) in [(Period::Hour, allowances.hour), (Period::Day, allowances.day)] {
                let begins = period.begin(now);
                all.extend(
                    allowance
                        .limits()
                        .map(|(unit, limit)| (Account { holder, id, period, begins, unit }, limit)),
                );
            }
        }
        all
    }
}

impl Period {
    /// How long it is, in seconds; that of a turn is not known.
    const fn seconds(self) -> Option<i64> {
        match self {
            Self::Turn => None,
            Self::Hour => Some(3_600),
            Self::Day => Some(86_400),
        }
    }

    /// When the one of this moment began.
    #[must_use]
    pub fn begin(self, now: Timestamp) -> Timestamp {
        let Some(seconds) = self.seconds() else { return now };
        let begin = now.as_second().div_euclid(seconds) * seconds;
        Timestamp::from_second(begin).unwrap_or(now)
    }

    /// When the one that began at this moment ends; `None` for that of a turn.
    #[must_use]
    pub fn end(self, begins: Timestamp) -> Option<Timestamp> {
        Timestamp::from_second(begins.as_second().checked_add(self.seconds()?)?).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_written_in_a_few_lines() {
        let text = "turn = { tokens = 20000 }\nagent.day = { tokens = 1000, dollars = 5 }\nuser.hour = { dollars = 0.5 }\n";
        let budget: Budget = toml::from_str(text).unwrap();
        let ids = [1, 2, 3].map(Uuid::from_u128);
        let now: Timestamp = "2026-11-22T13:14:15Z".parse().unwrap();
        let told = |spender: Spender| {
            let accounts = budget.accounts(spender, now);
            let tell = |(account, limit): (Account, u64)| {
                let end = account.period.end(account.begins).unwrap();
                format!(
                    "{:?} {} {:?} {limit} {} {end}",
                    account.holder,
                    account.id.as_u128(),
                    account.unit,
                    account.begins
                )
            };
            accounts.into_iter().map(tell).collect::<Vec<_>>()
        };
        let of_agent = [
            "Agent 1 Tokens 1000 2026-11-22T00:00:00Z 2026-11-23T00:00:00Z",
            "Agent 1 Money 5000000000 2026-11-22T00:00:00Z 2026-11-23T00:00:00Z",
        ];
        assert_eq!(told(Spender { agent: ids[0], turn: None }), of_agent);
        let of_user = "User 2 Money 500000000 2026-11-22T13:00:00Z 2026-11-22T14:00:00Z";
        assert_eq!(
            told(Spender { agent: ids[0], turn: Some((ids[1], ids[2])) }),
            [of_agent[0], of_agent[1], of_user]
        );
        assert!(Budget::default().is_unlimited() && !budget.is_unlimited());
        for wrong in
            ["agent.day = { dollars = -1 }", "agent.week = { tokens = 1 }", "agent.day = { token = 1 }"]
        {
            assert!(toml::from_str::<Budget>(wrong).is_err(), "{wrong}");
        }
    }
}
