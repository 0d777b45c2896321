//! Why a call was not made: it might have exceeded a budget.

use super::Money;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who spends. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The agent, in all that it does.
    Agent,
    /// Each person, by what their messages cost.
    User,
    /// Each room.
    Room,
}

/// For how long a budget lasts. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// One turn.
    Turn,
    /// An hour, from the full hour on.
    Hour,
    /// A day, from midnight on in UTC.
    Day,
}

/// What is counted. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Tokens of requests and answers.
    Tokens,
    /// US dollars; counted in billionths of one.
    Money,
}

/// A budget that a call might have exceeded; the call was not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OverBudget {
    /// Whose budget it is.
    pub holder: Holder,
    /// For how long it lasts.
    pub period: Period,
    /// What it is of.
    pub unit: Unit,
    /// What the character allows: tokens, or billionths of a US dollar.
    pub limit: u64,
    /// What is used or set aside for calls that run, of the same.
    pub used: u64,
    /// What the call might have used, of the same.
    pub wanted: u64,
    /// When it begins anew; `None` for that of a turn.
    pub renews: Option<Timestamp>,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.holder {
            Holder::Agent => "the agent's budget",
            Holder::User => "your budget",
            Holder::Room => "this room's budget",
        };
        let per = match self.period {
            Period::Turn => "a turn",
            Period::Hour => "an hour",
            Period::Day => "a day",
        };
        let amount = |amount: u64| match self.unit {
            Unit::Tokens => format!("{amount} tokens"),
            Unit::Money => Money::from_nanos(amount).to_string(),
        };
        let (limit, used, wanted) = (amount(self.limit), amount(self.used), amount(self.wanted));
        write!(f, "{of} of {limit} {per} does not allow it: {used} are used, and this may take {wanted}")?;
        match self.renews {
            Some(renews) => write!(f, "; there is more from {} on", renews.strftime("%Y-%m-%d %H:%M UTC")),
            None => Ok(()),
        }
    }
}
