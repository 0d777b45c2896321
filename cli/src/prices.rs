//! The file of prices that a character names.

use galatea::{
    budget::{Prices, PricesError},
    character::Document,
    diagnostic::{Code, Diagnostic},
};
use std::path::Path;

/// What is wrong with the prices of a character whose paths are relative to a folder. A file that is not there is a warning:
/// the engine's own prices count then.
pub(crate) fn fault(document: &Document, base: &Path) -> Option<Diagnostic> {
    let file = document.json.get("budget")?.get("prices")?.as_str()?;
    let error = Prices::with_file(&base.join(file)).err()?;
    let place = document.value_span(&["budget", "prices"]).unwrap_or(0..0);
    let fault = Diagnostic::error(Code::WrongValue, "the prices of `budget.prices` cannot be used");
    Some(match error {
        PricesError::Unreadable { error, .. } => fault
            .warning()
            .at(place, format!("it cannot be read: {error}"))
            .help("the prices that come with the engine count until it is there"),
        PricesError::Wrong { why, .. } => fault
            .at(place, "it says something that is no price")
            .help(why.trim_end().to_owned())
            .help("each model is a table: `[openai.\"gpt-5\"]` with `input`, `output`, `date` and `source`"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use galatea::diagnostic::{Severity, Source};
    use std::fs;

    #[test]
    fn prices_are_looked_at_where_the_character_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("good.toml", "[a.b]\ninput = 1.0\noutput = 2.0\ndate = \"2026-01-01\"\nsource = \"x\"\n");
        write("text.toml", "not TOML");
        write("minus.toml", "[a.b]\ninput = -1.0\ndate = \"2026-01-01\"\nsource = \"x\"\n");
        for (prices, wanted) in [
            ("", None),
            ("[budget]\nprices = \"good.toml\"", None),
            ("[budget]\nprices = \"none.toml\"", Some(Severity::Warning)),
            ("[budget]\nprices = \"text.toml\"", Some(Severity::Error)),
            ("[budget]\nprices = \"minus.toml\"", Some(Severity::Error)),
        ] {
            let text = format!("name = \"Ada\"\n{prices}\n");
            let (document, _) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
            let found = fault(&document, folder.path());
            assert_eq!(found.as_ref().map(|found| found.severity), wanted, "{prices}");
            if let Some(span) = found.and_then(|found| found.span) {
                assert!(document.source.text[span].ends_with(".toml\""), "{prices}");
            }
        }
    }
}
