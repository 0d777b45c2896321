//! What models cost.

use super::Money;
use crate::model::Usage;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

/// What a model costs, in US dollars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Price {
    /// A million tokens of requests.
    #[serde(default)]
    pub input: f64,
    /// A million tokens of requests that the provider knew; `None`: as much as others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// A million tokens of requests that the provider keeps; `None`: as much as others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<f64>,
    /// A million tokens of answers, thoughts among them.
    #[serde(default)]
    pub output: f64,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<f64>,
    /// A minute of sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<f64>,
    /// A million characters spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<f64>,
    /// The day on which that was so.
    pub date: jiff::civil::Date,
    /// Where it is written.
    pub source: String,
}

impl Price {
    /// What a call costs. Pictures, sound and characters without a price cost nothing beside their tokens.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no call has 2^53 tokens")]
    pub fn of(&self, usage: &Usage) -> Money {
        let plain = usage.prompt.saturating_sub(usage.cached).saturating_sub(usage.stored);
        let millions = plain as f64 * self.input
            + usage.cached as f64 * self.cached.unwrap_or(self.input)
            + usage.stored as f64 * self.stored.unwrap_or(self.input)
            + usage.completion as f64 * self.output
            + usage.characters as f64 * self.characters.unwrap_or(0.0);
        let others = usage.pictures as f64 * self.picture.unwrap_or(0.0)
            + usage.sound as f64 / 60_000.0 * self.minute.unwrap_or(0.0);
        Money::from_dollars(millions / 1_000_000.0 + others).unwrap_or_default()
    }
}

/// Why a file of prices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It cannot be read.
    #[error("the prices `{path}` cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It says something that is no price.
    #[error("the prices `{path}` cannot be used: {why}")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        why: String,
    },
}

/// What models cost, by plugin and model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices(BTreeMap<String, BTreeMap<String, Price>>);

/// The list that comes with the engine.
static SHIPPED: LazyLock<Arc<Prices>> = LazyLock::new(|| {
    // A test reads it, so it can be read.
    Arc::new(Prices::parse(include_str!("prices.toml"), Path::new("prices.toml")).unwrap_or_default())
});

impl Prices {
    /// The list that comes with the engine.
    #[must_use]
    pub fn shipped() -> Arc<Self> {
        Arc::clone(&SHIPPED)
    }

    /// The list that comes with the engine, with the lines of a file before its own.
    ///
    /// # Errors
    /// If the file cannot be read, or says something that is no price.
    pub fn with_file(path: &Path) -> Result<Self, PricesError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| PricesError::Unreadable { path: path.to_owned(), error })?;
        let mut all = Self::clone(&SHIPPED);
        for (plugin, models) in Self::parse(&text, path)?.0 {
            all.0.entry(plugin).or_default().extend(models);
        }
        Ok(all)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, PricesError> {
        let wrong = |why: String| PricesError::Wrong { path: path.to_owned(), why };
        let all: BTreeMap<String, BTreeMap<String, Price>> =
            toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for (model, price) in all.values().flatten() {
            let optional = [price.cached, price.stored, price.picture, price.minute, price.characters];
            let numbers = optional.into_iter().flatten().chain([price.input, price.output]);
            if numbers.into_iter().any(|number| Money::from_dollars(number).is_none()) {
                return Err(wrong(format!("a price of `{model}` is no amount of money")));
            }
        }
        Ok(Self(all))
    }

    /// What a model of a plugin costs; `None` if that is not known.
    #[must_use]
    pub fn find(&self, plugin: &str, model: &str) -> Option<&Price> {
        let models = self.0.get(plugin)?;
        models.get(model).or_else(|| models.get(without_date(model))).or_else(|| models.get("*"))
    }

    /// Every price, by plugin and model.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Price)> {
        let each = self.0.iter().map(|(plugin, models)| (plugin.as_str(), models));
        each.flat_map(|(plugin, models)| {
            models.iter().map(move |(model, price)| (plugin, model.as_str(), price))
        })
    }
}

/// A model's name without the date or the `latest` behind it.
fn without_date(model: &str) -> &str {
    let is_number =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(name) = model.strip_suffix("-latest") {
        return name;
    }
    let mut parts = model.rsplitn(4, '-');
    let (last, month, year) = (parts.next(), parts.next(), parts.next());
    if last.is_some_and(|last| is_number(last, 8)) {
        return model.rsplit_once('-').map_or(model, |(name, _)| name);
    }
    match (last, month, year) {
        (Some(day), Some(month), Some(year))
            if is_number(day, 2) && is_number(month, 2) && is_number(year, 4) =>
        {
            parts.next().unwrap_or(model)
        }
        _ => model,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_prices_can_be_read_and_say_when_and_where() {
        let prices = Prices::parse(include_str!("prices.toml"), Path::new("prices.toml")).unwrap();
        assert!(prices.all().count() > 25);
        for (plugin, model, price) in prices.all() {
            assert!(!price.source.is_empty() && price.date.year() >= 2025, "{plugin} {model}");
        }
    }

    #[test]
    fn a_model_is_found_by_its_name_with_and_without_a_date() {
        let prices = Prices::shipped();
        let rows = [
            ("openai", "gpt-5-mini", Some(0.25)),
            ("openai", "gpt-5-mini-2025-08-07", Some(0.25)),
            ("openai", "gpt-5-mini-turbo", None),
            ("openai", "gpt-17", None),
            ("openai", "2025-08-07", None),
            ("anthropic", "claude-haiku-4-5-20251001", Some(1.0)),
            ("anthropic", "claude-haiku-4-5-latest", Some(1.0)),
            ("ollama", "anything:7b", Some(0.0)),
            ("nobody", "gpt-5-mini", None),
        ];
        for (plugin, model, wanted) in rows {
            assert_eq!(prices.find(plugin, model).map(|price| price.input), wanted, "{plugin} {model}");
        }
    }

    #[test]
    fn each_part_of_a_call_has_its_price() {
        let price = Price {
            input: 2.0,
            cached: Some(0.5),
            stored: Some(2.5),
            output: 10.0,
            picture: Some(0.04),
            minute: Some(0.006),
            characters: Some(15.0),
            ..Price::default()
        };
        let usage = Usage {
            prompt: 1000,
            cached: 400,
            stored: 100,
            completion: 200,
            reasoning: 150,
            ..Usage::default()
        };
        // 500 * 2 + 400 * 0.5 + 100 * 2.5 + 200 * 10 = 3450 millionths
        assert_eq!(price.of(&usage).to_string(), "$0.00345");
        let others = Usage { pictures: 2, sound: 90_000, characters: 1000, ..Usage::default() };
        assert_eq!(price.of(&others).to_string(), "$0.104");
    }

    #[test]
    fn a_file_goes_before_the_shipped_list_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.toml");
        let own =
            "[openai]\n\"gpt-5\" = { input = 1, output = 2, date = \"2027-01-01\", source = \"contract\" }\n";
        std::fs::write(&path, own).unwrap();
        let prices = Prices::with_file(&path).unwrap();
        assert_eq!(prices.find("openai", "gpt-5").unwrap().input, 1.0);
        assert_eq!(prices.find("openai", "gpt-5-mini").unwrap().input, 0.25);
        for (wrong, why) in [
            ("[openai]\n\"a\" = { input = -1, date = \"2027-01-01\", source = \"\" }", "no amount of money"),
            ("[openai]\n\"a\" = { input = 1, source = \"\" }", "missing field `date`"),
            ("[openai]\n\"a\" = { inputs = 1 }", "unknown field `inputs`"),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let error = Prices::with_file(&path).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(Prices::with_file(&folder.path().join("none.toml")).is_err());
    }
}
