//! What a character lets be spent on models, what that is in money, and what was spent.
//!
//! [`Budget`] is what the character says, `price` and `money` what calls cost, `over` the error of a call that is not
//! made. Before a call `aside` sets aside what it may need, in the turn and in the storage, by the guess of `estimate`;
//! after it the difference is given back. `ledger` is what an agent keeps of all that, `spent` what it tells of it.

mod allowance;
mod aside;
mod estimate;
mod ledger;
mod money;
mod over;
mod price;
mod spent;

pub use allowance::{Allowance, Allowances, Budget};
pub use estimate::{estimated_prompt, estimated_tokens};
pub use money::Money;
pub use over::{Holder, OverBudget, Period, Unit};
pub use price::{Price, Prices, PricesError};
pub use spent::{BudgetStatus, ModelSpent, spent_by_turns};

pub(crate) use aside::{Need, SetAside};
pub(crate) use ledger::{Ledger, TurnSpending};
