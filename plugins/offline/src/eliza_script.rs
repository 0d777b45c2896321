//! Reads `eliza.script`: keywords, patterns and answers.

use std::sync::LazyLock;

/// The script of this program.
pub(crate) static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::read(include_str!("eliza.script")));

/// What the conversation is made of.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Groups of words that a pattern names with `@`.
    pub(crate) groups: Vec<(&'static str, Vec<&'static str>)>,
    /// Keywords with their rules.
    pub(crate) keywords: Vec<Keyword>,
    /// For when nothing fits and the speaker spoke of something of their own before.
    pub(crate) memories: Vec<&'static str>,
    /// The same for a thing they spoke of, rather than a sentence about it.
    pub(crate) things: Vec<&'static str>,
    /// For when nothing fits at all.
    pub(crate) fallbacks: Vec<&'static str>,
    /// For a text that says nothing to go on about.
    pub(crate) puzzled: Vec<&'static str>,
}

/// A keyword and the ways to answer it.
#[derive(Debug)]
pub(crate) struct Keyword {
    /// Any of these words.
    pub(crate) words: Vec<&'static str>,
    /// Of several keywords in a text the highest is answered.
    pub(crate) rank: u8,
    /// Tried in order.
    pub(crate) rules: Vec<Rule>,
}

/// A pattern and its answers.
#[derive(Debug)]
pub(crate) struct Rule {
    /// E.g. `* i am *`.
    pub(crate) pattern: &'static str,
    /// Used in rotation.
    pub(crate) replies: Vec<&'static str>,
}

impl Script {
    /// Reads a script; the meaning of its lines stands at its top. Lines of no meaning are left out.
    fn read(text: &'static str) -> Self {
        let mut script = Self::default();
        for line in text.lines() {
            let Some((mark, rest)) = line.split_once(' ') else {
                continue;
            };
            let keyword = script.keywords.last_mut();
            match mark {
                "~" => script
                    .groups
                    .extend(rest.split_once(' ').map(|(name, words)| (name, words.split(' ').collect()))),
                "=" => script.keywords.extend(Keyword::read(rest)),
                "?" => {
                    if let Some(keyword) = keyword {
                        keyword.rules.push(Rule { pattern: rest, replies: Vec::new() });
                    }
                }
                "-" => {
                    if let Some(rule) = keyword.and_then(|keyword| keyword.rules.last_mut()) {
                        rule.replies.push(rest);
                    }
                }
                "<" => script.memories.push(rest),
                "<-" => script.things.push(rest),
                ">" => script.fallbacks.push(rest),
                ">?" => script.puzzled.push(rest),
                _ => {}
            }
        }
        script
    }
}

impl Keyword {
    fn read(line: &'static str) -> Option<Self> {
        let (rank, words) = line.split_once(' ')?;
        Some(Self { words: words.split(' ').collect(), rank: rank.parse().ok()?, rules: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_whole() {
        let script = &*SCRIPT;
        assert!(script.keywords.len() >= 45, "{}", script.keywords.len());
        assert!(
            script.memories.len() >= 2
                && script.things.len() >= 2
                && script.fallbacks.len() >= 5
                && script.puzzled.len() >= 5
        );
        for rule in script.keywords.iter().flat_map(|keyword| &keyword.rules) {
            assert!(!rule.replies.is_empty(), "{}", rule.pattern);
            let parts = rule.pattern.split(' ').filter(|part| *part == "*" || part.starts_with('@')).count();
            for reply in &rule.replies {
                let highest =
                    (1..10).filter(|number| reply.contains(&format!("{{{number}}}"))).max().unwrap_or(0);
                assert!(highest <= parts, "{} {reply}", rule.pattern);
            }
            let known = |part: &str| script.groups.iter().any(|(name, _)| *name == part);
            assert!(
                rule.pattern.split(' ').filter_map(|part| part.strip_prefix('@')).all(known),
                "{}",
                rule.pattern
            );
        }
    }
}
