//! Words that ask for the same thing, so that a question finds an answer that is worded otherwise.

use crate::words::stem;
use std::{collections::BTreeMap, sync::LazyLock};

/// Each row is one thing; the first word stands for all of them.
const SAME: &[&str] = &[
    "cold coldest colder lowest minimum freezing chilliest coolest",
    "warm warmest hottest highest maximum hot warmer",
    "degree temperature celsius fahrenheit",
    "begin start started began commence begins beginning",
    "end finish ended",
    "open opened opening closed close shut closing",
    "visitor visit visiting guest tour",
    "password passcode",
    "wireless wifi wlan fi",
    "luggage baggage suitcase bag",
    "nearest closest next nearby",
    "leave depart departure departs leaving",
    "price cost pay fee ticket",
    "fix repair mend repaired fixed",
    "entry note record",
    "trail path track route",
    "chemist pharmacy drugstore",
    "pet dog",
    "write wrote written author",
    "invent invented inventor",
    "oil oiled lubricate",
    "hut cabin lodge",
];

static CANON: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut canon = BTreeMap::new();
    for row in SAME {
        let mut words = row.split(' ');
        let first = words.next().map(stem).unwrap_or_default();
        for word in words {
            canon.entry(stem(word)).or_insert_with(|| first.clone());
        }
    }
    canon
});

/// The stem that stands for this one and for those that mean the same.
pub(crate) fn canonical(stemmed: &str) -> &str {
    CANON.get(stemmed).map_or(stemmed, String::as_str)
}
