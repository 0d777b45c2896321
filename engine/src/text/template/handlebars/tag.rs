//! One tag: where it ends, of what kind it is, whether it has a line to itself.

/// One `{{…}}`.
pub(super) struct Tag<'a> {
    /// Between the braces, without `~`.
    pub(super) inner: &'a str,
    /// Behind the last brace.
    pub(super) end: usize,
    /// `{{~`: blanks in front of the tag go.
    pub(super) strip_before: bool,
    /// `~}}`: blanks behind it go.
    pub(super) strip_after: bool,
    pub(super) is_comment: bool,
    /// `{{{…}}}` or `{{&…}}`, always a value.
    pub(super) is_raw: bool,
}

impl<'a> Tag<'a> {
    /// Reads the tag whose braces are at `open`. None if it is not closed.
    pub(super) fn read(source: &'a str, open: usize) -> Option<Self> {
        let rest = &source[open + 2..];
        let strip_before = rest.starts_with('~');
        let body = rest.trim_start_matches('~');
        let (close, skip) = match body {
            comment if comment.starts_with("!--") => ("--", 3),
            comment if comment.starts_with('!') => ("}}", 1),
            raw if raw.starts_with('{') => ("}}}", 1),
            raw if raw.starts_with('&') => ("}}", 1),
            _ => ("}}", 0),
        };
        let start = source.len() - body.len() + skip;
        let length = closing(&source[start..], close)?;
        let inner = &source[start..start + length];
        let mut end = start + length + close.len();
        if close == "--" {
            end += source[end..].find("}}").map_or(0, |at| at + 2);
        }
        let is_comment = body.starts_with('!');
        Some(Self {
            inner: inner.trim_end_matches('~').trim(),
            end,
            strip_before,
            strip_after: source[..end].trim_end_matches('}').ends_with('~'),
            is_comment,
            is_raw: !is_comment && skip == 1,
        })
    }

    /// Whether a block tag or comment has a line to itself; then the line goes with it.
    pub(super) fn stands_alone(&self, source: &str, open: usize) -> bool {
        let is_block = self.is_comment || (!self.is_raw && is_block_tag(self.inner));
        let before = source[..open].rsplit('\n').next().unwrap_or_default();
        let behind = source[self.end..].split('\n').next().unwrap_or_default();
        is_block && before.trim().is_empty() && behind.trim().is_empty()
    }
}

/// Where a tag closes. A comment with dashes closes only with its braces behind the dashes.
fn closing(rest: &str, close: &str) -> Option<usize> {
    if close != "--" {
        return rest.find(close);
    }
    rest.match_indices("--")
        .map(|(at, _)| at)
        .find(|at| rest[at + 2..].trim_start_matches('~').starts_with("}}"))
}

fn is_block_tag(inner: &str) -> bool {
    inner.starts_with(['#', '/', '^']) || inner == "else" || inner.starts_with("else ")
}
