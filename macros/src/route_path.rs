//! The path of a route: what can be seen to be wrong where it is written.

use crate::errors::Errors;
use syn::LitStr;

/// Reports everything that is wrong with a path.
pub(crate) fn check(path: &LitStr, is_folder: bool, errors: &mut Errors) {
    if let Err(why) = read(&path.value(), is_folder) {
        errors.at(path.span(), why);
    }
}

fn read(path: &str, is_folder: bool) -> Result<(), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("a path begins with `/`: write `\"/{path}\"`"));
    };
    if rest.is_empty() {
        return Ok(());
    }
    if let Some(bare) = path.strip_suffix('/') {
        return Err(format!("write the path without the `/` at its end: `\"{bare}\"`"));
    }
    let mut names = Vec::new();
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if let Some(name) = read_segment(segment, is_last)? {
            if is_folder {
                return Err(
                    "the path of a folder has no parameters; what stands after it names the file".to_owned()
                );
            }
            if names.contains(&name) {
                return Err(format!("the parameter `{name}` stands twice in the path; rename one of them"));
            }
            names.push(name);
        }
    }
    Ok(())
}

/// The name of a segment that is a parameter.
fn read_segment(segment: &str, is_last: bool) -> Result<Option<&str>, String> {
    if segment.is_empty() {
        return Err("there is nothing between two `/` of the path; remove one".to_owned());
    }
    if let Some(name) = segment.strip_prefix(':').or_else(|| segment.strip_prefix('*')) {
        let star = if segment.starts_with('*') { "*" } else { "" };
        return Err(format!("parameters stand in braces: write `{{{star}{name}}}` for `{segment}`"));
    }
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let (name, is_rest) = name.strip_prefix('*').map_or((name, false), |name| (name, true));
        if is_rest && !is_last {
            return Err(format!("`{segment}` takes all that follows, so it stands at the end of the path"));
        }
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return if is_name {
            Ok(Some(name))
        } else {
            Err(format!("`{name}` is not the name of a parameter; write letters, digits and `_`"))
        };
    }
    if segment.contains(['{', '}']) {
        return Err(format!(
            "a parameter is a whole part of the path: not `{segment}`, but `{{name}}` between two `/`"
        ));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    match segment.chars().find(|c| !is_plain(*c)) {
        Some(odd) => {
            Err(format!("`{odd}` cannot stand in a path; write letters, digits, `-`, `_`, `.` and `~`"))
        }
        None if segment.chars().all(|c| c == '.') => Err(format!("`{segment}` cannot be a part of a path")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        for (path, why) in [
            ("/", None),
            ("/hello/{name}/x.json", None),
            ("/files/{*rest}", None),
            ("", Some("begins with")),
            ("hello", Some("`\"/hello\"`")),
            ("/hello/", Some("without the `/`")),
            ("/a//b", Some("nothing between")),
            ("/:name", Some("write `{name}`")),
            ("/*rest", Some("write `{*rest}`")),
            ("/{*rest}/x", Some("at the end")),
            ("/{a}/{a}", Some("stands twice")),
            ("/{}", Some("not the name")),
            ("/{a b}", Some("not the name")),
            ("/{id}.json", Some("whole part")),
            ("/a?b=c", Some("`?` cannot stand")),
            ("/a b", Some("` ` cannot stand")),
            ("/a/../b", Some("cannot be a part")),
        ] {
            let read = read(path, false).err();
            match why {
                Some(why) => {
                    assert!(read.as_ref().is_some_and(|read| read.contains(why)), "{path}: {read:?}")
                }
                None => assert_eq!(read, None, "{path}"),
            }
        }
        assert!(read("/assets/{x}", true).is_err_and(|why| why.contains("folder")));
    }
}
