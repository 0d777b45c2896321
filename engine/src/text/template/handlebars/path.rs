//! Paths (`a.b`, `../c`, `@index`) and the literals that may stand in their place.

/// Whether a text is a plain path such as `a.b` or `user-name`.
pub(super) fn is_path(text: &str) -> bool {
    segments(text).is_some()
}

/// The keys of a path: `a.b.[c d].0` has four. None if the text is no path.
pub(super) fn segments(text: &str) -> Option<Vec<&str>> {
    let mut keys = Vec::new();
    let mut rest = text;
    loop {
        let key;
        (key, rest) = match rest.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']')?,
            None => rest.split_at(rest.find(['.', '/', '[']).unwrap_or(rest.len())),
        };
        if key.is_empty() || (!text.contains('[') && !key.chars().all(is_name_char)) {
            return None;
        }
        keys.push(key);
        if rest.is_empty() {
            return Some(keys);
        }
        rest = rest.strip_prefix(['.', '/'])?;
    }
}

/// Handlebars forbids these in names; all else, also `-` and letters of any script, is a name.
fn is_name_char(c: char) -> bool {
    !c.is_whitespace() && !"!\"#%&'()*+,./;<=>@[\\]^`{|}~:".contains(c)
}

/// A literal where a path may stand: `true`, `12`, `"text"`. Written for minijinja.
pub(super) fn literal(text: &str) -> Option<String> {
    match text {
        "true" | "false" => return Some(text.to_owned()),
        "null" | "undefined" => return Some("none".to_owned()),
        _ => {}
    }
    if text.parse::<i64>().is_ok() {
        return Some(text.to_owned());
    }
    let quoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    quoted('"').or_else(|| quoted('\'')).map(quote)
}

/// A string literal of minijinja.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
