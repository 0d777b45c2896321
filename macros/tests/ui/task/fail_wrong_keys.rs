use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Two schedules.
#[task(every = "5m", cron = "0 9 * * *", after = "1s")]
async fn twice() {}

/// A time zone of nothing.
#[task(every = "5m", timezone = "Europe/Paris")]
async fn zone() {}

/// No expression, no duration.
#[task(cron = "0 9 * *")]
async fn cron() {}

/// No duration.
#[task(every = "5 minutes", timeout = "soon")]
async fn every() {}

/// Words.
#[task(retries = -1, missed = catchup, idempotent = true, evry = "5m")]
async fn words() {}

#[task]
async fn without_words() {}

fn main() {}
