//! TIME.

use galatea::prelude::*;
use jiff::tz::TimeZone;

/// The current date and time, in UTC.
#[provider(position = 120)]
async fn time(clock: Clock) -> Context {
    // To the minute: a prompt that changes every second is cached by nobody.
    let now = clock.now().to_zoned(TimeZone::UTC);
    let told = now.strftime("%A, %-d %B %Y, %H:%M UTC").to_string();
    Context::text(format!("The current date and time is {told}.")).with_value("time", told)
}
