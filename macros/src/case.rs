//! The spellings of names.

/// `get_weather` becomes `GET_WEATHER`.
pub(crate) fn screaming(name: &str) -> String {
    name.trim_start_matches("r#").to_uppercase()
}

/// `WeatherApi` becomes `weather-api`.
pub(crate) fn kebab(name: &str) -> String {
    words(name).join("-")
}

/// `WeatherApi` becomes `weather_api`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// Lower-case words of a name in any spelling; a run of capitals is one word (`HTTPClient` is `http client`).
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.trim_start_matches("r#").chars().collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|b| !b.is_uppercase() || after.is_some_and(|a| a.is_lowercase()));
        if matches!(letter, '_' | '-' | ' ') || starts_word {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `weather-api`: lower-case letters, digits and single hyphens, a letter first.
pub(crate) fn is_kebab(name: &str) -> bool {
    is_spelled(name, '-', |c| c.is_ascii_lowercase())
}

/// `GET_WEATHER`: upper-case letters, digits and single underscores, a letter first.
pub(crate) fn is_screaming(name: &str) -> bool {
    is_spelled(name, '_', |c| c.is_ascii_uppercase())
}

fn is_spelled(name: &str, separator: char, letter: fn(&char) -> bool) -> bool {
    name.chars().next().is_some_and(|first| letter(&first))
        && name
            .split(separator)
            .all(|word| !word.is_empty() && word.chars().all(|c| letter(&c) || c.is_ascii_digit()))
}

/// What serde makes of a field's name under a `rename_all` rule; an unknown rule leaves it.
pub(crate) fn serde_field(rule: &str, field: &str) -> String {
    let pascal = || {
        let mut upper = true;
        let mut name = String::new();
        for letter in field.chars() {
            if letter == '_' {
                upper = true;
            } else if std::mem::take(&mut upper) {
                name.push(letter.to_ascii_uppercase());
            } else {
                name.push(letter);
            }
        }
        name
    };
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => {
            let pascal = pascal();
            let mut letters = pascal.chars();
            letters
                .next()
                .map(|first| format!("{}{}", first.to_ascii_lowercase(), letters.as_str()))
                .unwrap_or_default()
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_they_should() {
        for (name, expected) in [
            ("WeatherApi", "weather-api"),
            ("HTTPClient", "http-client"),
            ("Db2Pool", "db2-pool"),
            ("r#Type", "type"),
        ] {
            assert_eq!(kebab(name), expected);
        }
        assert_eq!(screaming("get_weather"), "GET_WEATHER");
    }

    #[test]
    fn spellings_are_told_apart() {
        for (name, kebab, screaming) in [
            ("weather-2", true, false),
            ("Weather", false, false),
            ("a--b", false, false),
            ("-a", false, false),
            ("2a", false, false),
            ("", false, false),
            ("GET_WEATHER", false, true),
            ("GET__WEATHER", false, false),
        ] {
            assert_eq!((is_kebab(name), is_screaming(name)), (kebab, screaming), "{name}");
        }
    }

    #[test]
    fn fields_are_renamed_as_serde_does() {
        for (rule, expected) in [
            ("kebab-case", "api-key"),
            ("camelCase", "apiKey"),
            ("PascalCase", "ApiKey"),
            ("SCREAMING_SNAKE_CASE", "API_KEY"),
            ("lowercase", "api_key"),
        ] {
            assert_eq!(serde_field(rule, "api_key"), expected);
        }
    }
}
