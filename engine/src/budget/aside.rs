//! Setting aside what a call may need before it is made, and giving back what it did not.

use super::{Budget, Holder, OverBudget, Period, Price, Unit, allowance::Spender, estimated_tokens};
use crate::{
    agent::Agent,
    model::{ModelError, TextSink, Usage},
    store::{Account, Exceeded, Spending, StoreError},
    turn::TurnContext,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, time::Instant};

/// How long an answer may become where nobody said so and a budget counts: what is set aside for it, and what the model
/// is told.
const ANSWER: u64 = 1_024;

/// A shorter answer than that is not worth a call.
const LEAST_ANSWER: u64 = 16;

/// Accounts that began longer ago are forgotten.
const KEPT_DAYS: i64 = 32;

/// What a call may need, in tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    pub(crate) prompt: u64,
    /// The longest answer; `None`: as long as the budget lets it be.
    pub(crate) answer: Option<u64>,
}

/// What is set aside for a call. Dropped without a [`settle`](Self::settle), as when a turn is cancelled, it counts what
/// the request is believed to have and what was streamed.
pub(crate) struct SetAside {
    agent: Agent,
    turn: Option<Arc<TurnContext>>,
    accounts: Vec<(Account, u64)>,
    tokens: u64,
    nanos: u64,
    prompt: u64,
    price: Option<Price>,
    sink: TextSink,
    /// Nothing is set aside, not yet or no more.
    settled: bool,
    /// How long the answer may become.
    pub(crate) answer: u64,
}

/// What was spent of the accounts when it was looked, and what it is about.
struct View<'a> {
    accounts: &'a [(Account, u64)],
    spent: Vec<u64>,
    turn: Option<&'a Arc<TurnContext>>,
    turn_limits: Vec<(Unit, u64)>,
}

impl View<'_> {
    /// What is left of a unit, in the tightest account; `None` where nothing limits it.
    fn left(&self, wanted: Unit) -> Option<u64> {
        let accounts = self.accounts.iter().zip(&self.spent);
        let accounts = accounts
            .filter(|((account, _), _)| account.unit == wanted)
            .map(|((_, limit), spent)| limit.saturating_sub(*spent));
        let turn = self.turn.map(|turn| &turn.spending);
        let of_turn = self
            .turn_limits
            .iter()
            .filter(|(unit, _)| *unit == wanted)
            .filter_map(|(unit, limit)| Some(limit.saturating_sub(turn?.spent(*unit))));
        accounts.chain(of_turn).min()
    }

    /// How long an answer may become: as long as was asked for, else as there is left for it.
    fn answer(&self, need: Need, price: Option<&Price>) -> u64 {
        let Some(asked) = need.answer else {
            let tokens = self.left(Unit::Tokens).map(|left| left.saturating_sub(need.prompt));
            let money = self.left(Unit::Money).zip(price).and_then(|(left, price)| {
                let request = price.of(&Usage::new(need.prompt, 0)).nanos();
                let thousand = price.of(&Usage::new(0, 1_000)).nanos();
                let Some(left) = left.checked_sub(request) else { return Some(0) };
                left.saturating_mul(1_000).checked_div(thousand)
            });
            let least = [tokens, money, Some(ANSWER)].into_iter().flatten().min();
            return least.unwrap_or(ANSWER).max(LEAST_ANSWER);
        };
        asked
    }

    /// Takes from what the turn may spend.
    fn take_of_turn(&self, budget: &Budget, wanted: Wanted) -> Result<(), ModelError> {
        let Some(turn) = self.turn else { return Ok(()) };
        turn.spending.add(&budget.turn, (wanted.tokens, wanted.nanos)).map_err(|(unit, used)| {
            let limit = self.turn_limits.iter().find(|(of, _)| *of == unit).map_or(0, |(_, limit)| *limit);
            over_turn(unit, limit, used, wanted.of(unit))
        })
    }

    fn give_back_to_turn(&self, wanted: Wanted) {
        if let Some(turn) = self.turn {
            turn.spending.settle((wanted.tokens, wanted.nanos), (0, 0));
        }
    }
}

/// What is set aside for one call.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    answer: u64,
    tokens: u64,
    nanos: u64,
}

impl Wanted {
    fn new(need: Need, answer: u64, price: Option<&Price>) -> Self {
        let usage = Usage::new(need.prompt, answer);
        Self { answer, tokens: usage.tokens(), nanos: price.map_or(0, |price| price.of(&usage).nanos()) }
    }

    const fn of(self, unit: Unit) -> u64 {
        match unit {
            Unit::Tokens => self.tokens,
            Unit::Money => self.nanos,
        }
    }
}

impl Agent {
    /// Sets aside what a call may need of every budget that counts for it; waits for calls of this process whose end may
    /// leave enough. `None` where there is no budget. `until` is when it must be known.
    pub(crate) async fn set_aside(
        &self,
        turn: Option<&Arc<TurnContext>>,
        need: Need,
        price: Option<Price>,
        until: Instant,
    ) -> Result<Option<SetAside>, ModelError> {
        let character = self.character();
        let budget = &character.budget;
        let turn_id = turn.map(|turn| (turn.message.entity, turn.message.room));
        let spender = Spender { agent: self.id(), turn: turn_id };
        loop {
            let mut freed = self.shared().ledger.freed.subscribe();
            let accounts = budget.accounts(spender, self.clock().now());
            if accounts.is_empty() && (turn.is_none() || budget.turn.is_unlimited()) {
                return Ok(None);
            }
            self.forget_old_spending(&accounts).await;
            let view = self.view(&accounts, turn, budget).await.map_err(unknown)?;
            let wanted = Wanted::new(need, view.answer(need, price.as_ref()), price.as_ref());
            view.take_of_turn(budget, wanted)?;
            let amounts: Vec<(Account, u64)> =
                accounts.iter().map(|(account, _)| (*account, wanted.of(account.unit))).collect();
            let limits = accounts.iter().map(|(_, limit)| *limit).collect();
            let aside = SetAside::new(self, turn, amounts, wanted, need, price.clone());
            let refused = match aside.reserve(limits).await {
                Ok(Ok(aside)) => return Ok(Some(aside)),
                Ok(Err(exceeded)) => Ok(exceeded),
                Err(error) => Err(unknown(error)),
            };
            view.give_back_to_turn(wanted);
            let Exceeded { index, spent } = refused?;
            // How long the answer may become was reckoned from what somebody else has spent meanwhile.
            let was_reckoned = need.answer.is_none() && wanted.answer > LEAST_ANSWER;
            let Some(&(account, limit)) = accounts.get(index).filter(|_| !was_reckoned) else { continue };
            let aside = self.shared().ledger.aside_of(&account);
            let may_fit = aside > 0 && spent.saturating_sub(aside) + wanted.of(account.unit) <= limit;
            if !may_fit || tokio::time::timeout_at(until, freed.changed()).await.is_err() {
                return Err(over(account, limit, spent, wanted.of(account.unit)));
            }
        }
    }

    /// What is spent of accounts now.
    async fn view<'a>(
        &self,
        accounts: &'a [(Account, u64)],
        turn: Option<&'a Arc<TurnContext>>,
        budget: &Budget,
    ) -> Result<View<'a>, StoreError> {
        let keys: Vec<Account> = accounts.iter().map(|(account, _)| *account).collect();
        let spent = if keys.is_empty() { Vec::new() } else { self.store().spent(&keys).await? };
        Ok(View { accounts, spent, turn, turn_limits: budget.turn.limits().collect() })
    }

    /// Once a day, the accounts of long ago go.
    async fn forget_old_spending(&self, accounts: &[(Account, u64)]) {
        let day = Period::Day.begin(self.clock().now());
        if accounts.is_empty() || !self.shared().ledger.is_new_day(day) {
            return;
        }
        let kept = Duration::from_secs(86_400) * u32::try_from(KEPT_DAYS).unwrap_or(0);
        let Ok(before) = day.checked_sub(kept) else { return };
        if let Err(error) = self.store().delete_spending(before).await {
            tracing::warn!("what was spent long ago cannot be forgotten, trying again: {error}");
            self.shared().ledger.not_swept();
        }
    }
}

fn over(account: Account, limit: u64, used: u64, wanted: u64) -> ModelError {
    let Account { holder, period, unit, begins, .. } = account;
    ModelError::OverBudget(Box::new(OverBudget {
        holder,
        period,
        unit,
        limit,
        used,
        wanted,
        renews: period.end(begins),
    }))
}

fn over_turn(unit: Unit, limit: u64, used: u64, wanted: u64) -> ModelError {
    let (holder, period) = (Holder::Agent, Period::Turn);
    ModelError::OverBudget(Box::new(OverBudget { holder, period, unit, limit, used, wanted, renews: None }))
}

/// Without knowing what was spent nothing more is.
fn unknown(error: StoreError) -> ModelError {
    let why = format!("what was spent of the budget cannot be known: {error}");
    ModelError::Extract(crate::extract::ExtractError::Other(why))
}

impl SetAside {
    fn new(
        agent: &Agent,
        turn: Option<&Arc<TurnContext>>,
        accounts: Vec<(Account, u64)>,
        wanted: Wanted,
        need: Need,
        price: Option<Price>,
    ) -> Self {
        let Wanted { answer, tokens, nanos } = wanted;
        Self {
            agent: agent.lasting(),
            turn: turn.cloned(),
            accounts,
            tokens,
            nanos,
            prompt: need.prompt,
            price,
            sink: TextSink::default(),
            settled: true,
            answer,
        }
    }

    /// Takes it from the accounts, of each of which no more than its limit may be spent. It is done to its end, also if who
    /// asked is cancelled meanwhile: then it is given back.
    async fn reserve(mut self, limits: Vec<u64>) -> Result<Result<Self, Exceeded>, StoreError> {
        let (agent, (to, told)) = (self.agent.clone(), oneshot::channel());
        agent.clone().spawn(async move {
            let accounts = self.accounts.iter().zip(limits);
            let spending: Vec<Spending> = accounts
                .map(|((account, amount), limit)| Spending {
                    account: *account,
                    amount: i64::try_from(*amount).unwrap_or(i64::MAX),
                    limit: Some(limit),
                })
                .collect();
            let spent = if spending.is_empty() { Ok(Ok(())) } else { agent.store().spend(&spending).await };
            let taken = spent.map(|spent| {
                spent.map(|()| {
                    agent.shared().ledger.set_aside(&self.accounts);
                    self.settled = false;
                    self
                })
            });
            drop(to.send(taken));
        });
        told.await.unwrap_or_else(|_| Err(StoreError::Failed("the program ends".to_owned())))
    }

    /// Where the answer goes: what of it is streamed counts when the call is cut off.
    pub(crate) fn follow(&mut self, sink: &TextSink) {
        self.sink = sink.clone();
    }

    /// What a call that was cut off is believed to have used.
    pub(crate) fn believed(&self) -> Usage {
        Usage::new(self.prompt, self.sink.sent().div_ceil(3).min(self.answer))
    }

    /// The same of a call whose whole text is known.
    pub(crate) fn believed_of(&self, text: &str) -> Usage {
        Usage::new(self.prompt, estimated_tokens(text).min(self.answer))
    }

    /// Whether anything of the answer came.
    pub(crate) fn has_begun(&self) -> bool {
        self.sink.first_micros().is_some()
    }

    /// Counts what was used in place of what was set aside.
    pub(crate) async fn settle(mut self, used: Usage) {
        let (spending, aside) = self.take(used);
        let (agent, (done, told)) = (self.agent.clone(), oneshot::channel());
        // To its end, also if the turn is cancelled meanwhile.
        self.agent.spawn(async move {
            write_back(&agent, spending, &aside).await;
            // Who waited may be gone.
            let _ = done.send(());
        });
        drop(told.await);
    }

    /// What is to be added to each account, and what was set aside in it.
    fn take(&mut self, used: Usage) -> (Vec<Spending>, Vec<(Account, u64)>) {
        self.settled = true;
        let cost = used.cost.or_else(|| self.price.as_ref().map(|price| price.of(&used)));
        let (tokens, nanos) = (used.tokens(), cost.map_or(0, super::Money::nanos));
        if let Some(turn) = &self.turn {
            turn.spending.settle((self.tokens, self.nanos), (tokens, nanos));
        }
        let aside = std::mem::take(&mut self.accounts);
        let spending = aside.iter().map(|(account, amount)| {
            let used = if account.unit == Unit::Tokens { tokens } else { nanos };
            let difference = i128::from(used) - i128::from(*amount);
            Spending { account: *account, amount: i64::try_from(difference).unwrap_or(i64::MAX), limit: None }
        });
        (spending.collect(), aside)
    }
}

async fn write_back(agent: &Agent, spending: Vec<Spending>, aside: &[(Account, u64)]) {
    let spending: Vec<Spending> = spending.into_iter().filter(|one| one.amount != 0).collect();
    if !spending.is_empty()
        && let Err(error) = agent.store().spend(&spending).await
    {
        tracing::error!("what a call did not use stays set aside until its period ends: {error}");
    }
    agent.shared().ledger.give_back(aside);
}

impl Drop for SetAside {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let (spending, aside) = self.take(self.believed());
        let agent = self.agent.clone();
        // Outside of a runtime nobody calls models any more.
        if tokio::runtime::Handle::try_current().is_ok() {
            self.agent.spawn(async move { write_back(&agent, spending, &aside).await });
        }
    }
}
