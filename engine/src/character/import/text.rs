//! Names in kebab-case, and TOML strings as a person would write them.

use toml_edit::Value;

/// `messageHandler` → `message-handler`, `HTTPServer` → `http-server`, `Dr. Ada L.` → `dr-ada-l`.
pub(super) fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (position, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            continue;
        }
        let before = position.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(position + 1);
        let word_begins = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase() || b.is_uppercase() && after.is_some_and(|a| a.is_lowercase())
            });
        if word_begins && !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out.trim_end_matches('-').to_owned()
}

/// `message-handler` → `messageHandler`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.chars() {
        if c == '-' {
            upper = !out.is_empty();
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// The file name, without ending, for a character of this name.
pub(super) fn file_stem(name: &str) -> String {
    let stem = kebab(name);
    if stem.is_empty() { "character".to_owned() } else { stem }
}

/// A TOML string on one line, with escapes.
pub(super) fn line(text: &str) -> Value {
    let repr = format!("\"{}\"", escaped(text, false));
    spelled(&repr, |value| value.as_str() == Some(text)).unwrap_or_else(|| Value::from(text))
}

/// A TOML string; text of several lines is written as several lines.
pub(super) fn block(text: &str) -> Value {
    if !text.contains('\n') {
        return line(text);
    }
    let repr = format!("\"\"\"\n{}\"\"\"", escaped(text, true));
    spelled(&repr, |value| value.as_str() == Some(text)).unwrap_or_else(|| line(text))
}

/// A TOML number; very large and very small ones with an exponent instead of hundreds of digits.
pub(super) fn float(number: f64) -> Value {
    let plain = number == 0.0 || (1e-6..1e16).contains(&number.abs());
    let short =
        (!plain).then(|| spelled(&format!("{number:e}"), |value| value.as_float() == Some(number))).flatten();
    short.unwrap_or_else(|| Value::from(number))
}

/// The value that `repr` spells; none should it not be the one that is meant.
fn spelled(repr: &str, is_meant: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut value: Value = repr.parse().ok().filter(is_meant)?;
    value.decor_mut().clear();
    Some(value)
}

/// `text` escaped for a basic string; over several lines newlines, tabs and lone quotes stay as they are.
fn escaped(text: &str, several_lines: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut quotes = 0;
    for (position, c) in text.char_indices() {
        quotes = if c == '"' { quotes + 1 } else { 0 };
        match c {
            '"' => {
                // Three quotes in a row, or one before the closing ones, would end the string.
                let last = position + 1 == text.len();
                if !several_lines || quotes % 3 == 0 || last {
                    out.push('\\');
                }
                out.push('"');
            }
            '\\' => out.push_str("\\\\"),
            '\n' if several_lines => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\t' if several_lines => out.push('\t'),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // What no editor shows is easier to find as an escape.
            c if c.is_control() || c == '\u{feff}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}
