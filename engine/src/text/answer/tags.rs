//! Finding tags in text that is only more or less XML.

use std::collections::HashMap;

/// A tag in the text.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// Where its `<` is.
    pub(super) start: usize,
    /// Behind its `>`.
    pub(super) end: usize,
    pub(super) name: &'a str,
    /// What stands between name and `>`.
    pub(super) attributes: &'a str,
    pub(super) kind: Kind,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Opens an element; holds the position of the closing tag in the list, if there is one.
    Open(Option<usize>),
    Close,
    /// `<name/>`
    Empty,
}

impl Tag<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn closing(&self) -> Option<usize> {
        match self.kind {
            Kind::Open(closing) => closing,
            _ => None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, Kind::Open(_))
    }

    /// The value of `name="…"` or `name='…'`.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let (_, rest) = self.attributes.split_once(name)?;
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, _) = rest[1..].split_once(quote)?;
        Some(unescape(value))
    }
}

/// All tags of a text, opening ones paired with closing ones of the same name.
/// Comments and CDATA are skipped.
pub(super) fn scan(text: &str) -> Vec<Tag<'_>> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut open: HashMap<String, Vec<usize>> = HashMap::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let rest = &text[start..];
        if let Some(length) = skipped(rest) {
            at = start + length;
            continue;
        }
        let Some(mut tag) = read(rest) else {
            at = start + 1;
            continue;
        };
        tag.start += start;
        tag.end += start;
        at = tag.end;
        let position = tags.len();
        let same_name = open.entry(tag.name.to_ascii_lowercase()).or_default();
        match tag.kind {
            Kind::Open(_) => same_name.push(position),
            Kind::Close => {
                if let Some(opening) = same_name.pop().and_then(|at| tags.get_mut(at)) {
                    opening.kind = Kind::Open(Some(position));
                }
            }
            Kind::Empty => {}
        }
        tags.push(tag);
    }
    tags
}

/// The length of a closed comment or CDATA section at the start of `rest`.
fn skipped(rest: &str) -> Option<usize> {
    let end = match rest {
        _ if rest.starts_with("<!--") => "-->",
        _ if rest.starts_with("<![CDATA[") => "]]>",
        _ => return None,
    };
    rest.find(end).map(|at| at + end.len())
}

/// The tag at the start of `rest`, with positions relative to it.
pub(super) fn read(rest: &str) -> Option<Tag<'_>> {
    let body = rest.strip_prefix('<')?;
    let closes = body.starts_with('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    if !body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    let name = &body[..body.find(|c| !is_name(c)).unwrap_or(body.len())];
    let tail = &body[name.len()..];
    let close = tail.find(['>', '<'])?;
    let attributes = &tail[..close];
    let well_formed =
        attributes.is_empty() || attributes.starts_with(|c: char| c == '/' || c.is_whitespace());
    if !tail[close..].starts_with('>') || !well_formed {
        return None;
    }
    let kind = match (closes, attributes.ends_with('/')) {
        (true, _) => Kind::Close,
        (false, true) => Kind::Empty,
        (false, false) => Kind::Open(None),
    };
    Some(Tag {
        start: 0,
        end: rest.len() - tail.len() + close + 1,
        name,
        attributes: attributes.trim_end_matches('/'),
        kind,
    })
}

/// Replaces entities, once: `&amp;lt;` becomes `&lt;`.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((c, length)) => {
                plain.push(c);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The longest entity, `&#x10FFFF;`.
pub(super) const LONGEST_ENTITY: usize = 10;

/// The entity at the start of `rest` and its length.
pub(super) fn entity(rest: &str) -> Option<(char, usize)> {
    let head = rest.as_bytes().get(..LONGEST_ENTITY.min(rest.len()))?;
    let semicolon = head.iter().position(|byte| *byte == b';')?;
    let name = rest.get(1..semicolon)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let code = name.strip_prefix('#')?;
            let code = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => code.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| *c != '\0')?
        }
    };
    Some((c, semicolon + 1))
}
