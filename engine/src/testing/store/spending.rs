//! What was spent.

use super::{AGENT, Outcome, USER, at, same};
use crate::{
    budget::{Holder, Period, Unit},
    store::{Account, Exceeded, Spending, Store},
};
use futures_util::future::join_all;
use std::sync::Arc;

pub(super) fn account() -> Account {
    Account { holder: Holder::Agent, id: AGENT, period: Period::Day, begins: at(0), unit: Unit::Tokens }
}

pub(super) fn spending(account: Account, amount: i64, limit: Option<u64>) -> Spending {
    Spending { account, amount, limit }
}

pub(super) async fn what_is_spent_is_added_up_by_account(store: Arc<dyn Store>) -> Outcome {
    let day = account();
    let accounts = [
        day,
        Account { holder: Holder::User, id: USER, ..day },
        Account { holder: Holder::Room, ..day },
        Account { period: Period::Hour, ..day },
        Account { begins: at(1), ..day },
        Account { unit: Unit::Money, ..day },
    ];
    same("nothing", &store.spent(&accounts).await?, &vec![0; 6])?;
    let each: Vec<Spending> =
        accounts.iter().zip(1..).map(|(account, amount)| spending(*account, amount, None)).collect();
    same("each its own", &store.spend(&each).await?, &Ok(()))?;
    same("all", &store.spent(&accounts).await?, &vec![1, 2, 3, 4, 5, 6])?;
    let twice = [spending(day, 5, Some(10)), spending(day, 4, Some(10))];
    same("one twice", &store.spend(&twice).await?, &Ok(()))?;
    let back = [spending(day, -3, Some(2)), spending(accounts[1], -100, None)];
    same("given back", &store.spend(&back).await?, &Ok(()))?;
    same("none below 0", &store.spent(&accounts[..2]).await?, &vec![7, 0])?;
    let much = i64::MAX / 2;
    same("a lot", &store.spend(&[spending(accounts[5], much, None)]).await?, &Ok(()))?;
    same("that lot", &store.spent(&accounts[5..]).await?, &vec![much.unsigned_abs() + 6])?;
    same("forgotten", &store.delete_spending(at(1)).await?, &5)?;
    same("the rest", &store.spent(&accounts).await?, &vec![0, 0, 0, 0, 5, 0])
}

pub(super) async fn what_would_exceed_a_limit_is_not_spent_at_all(store: Arc<dyn Store>) -> Outcome {
    let (day, hour) = (account(), Account { period: Period::Hour, ..account() });
    same("up to it", &store.spend(&[spending(day, 10, Some(10))]).await?, &Ok(()))?;
    let over = [spending(hour, 1, Some(1)), spending(day, 1, Some(10))];
    same("beyond it", &store.spend(&over).await?, &Err(Exceeded { index: 1, spent: 10 }))?;
    same("nothing of it", &store.spent(&[hour, day]).await?, &vec![0, 10])?;
    let twice = [spending(hour, 2, Some(3)), spending(hour, 2, Some(3))];
    same("beyond it together", &store.spend(&twice).await?, &Err(Exceeded { index: 1, spent: 2 }))?;
    let lowered = [spending(day, 0, Some(5)), spending(day, -1, Some(5))];
    same("a limit that was lowered", &store.spend(&lowered).await?, &Ok(()))?;
    same("at the end", &store.spent(&[hour, day]).await?, &vec![0, 9])
}

pub(super) async fn of_many_who_spend_none_exceeds_the_limit(store: Arc<dyn Store>) -> Outcome {
    let day = account();
    let calls = (0..40).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.spend(&[spending(day, 7, Some(100))]).await })
    });
    let mut spent = 0;
    for call in join_all(calls).await {
        spent += u64::from(call??.is_ok());
    }
    same("calls that fit", &spent, &14)?;
    same("their sum", &store.spent(&[day]).await?, &vec![98])
}
