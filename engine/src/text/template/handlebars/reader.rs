//! Reads a Handlebars source tag by tag and writes the template for minijinja.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::super::TemplateError;
use super::path::{literal, quote, segments};
use super::tag::Tag;
use super::{ROOT, Translated};

/// Translates a Handlebars source.
pub(in super::super) fn translate(source: &str) -> Result<Translated, TemplateError> {
    let mut reader = Reader {
        source,
        at: 0,
        out: String::with_capacity(source.len() * 2),
        blocks: Vec::new(),
        names: HashSet::new(),
        whole: false,
    };
    reader.read()?;
    Ok(Translated { source: reader.out, names: (!reader.whole).then_some(reader.names) })
}

/// An open block.
struct Block<'a> {
    word: &'a str,
    line: usize,
    /// Whether the block, in the part being read, is a level of its own.
    scoped: bool,
    /// The name given with `as |name|`.
    alias: Option<&'a str>,
    had_else: bool,
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    out: String,
    blocks: Vec<Block<'a>>,
    names: HashSet<String>,
    whole: bool,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), TemplateError> {
        while let Some(found) = self.source[self.at..].find("{{") {
            let open = self.at + found;
            let text = &self.source[self.at..open];
            if let Some(before) = text.strip_suffix('\\') {
                self.escaped(before, open);
                continue;
            }
            let Some(tag) = Tag::read(self.source, open) else {
                return Err(self.error(
                    open,
                    "`{{` is not closed".to_owned(),
                    "close the tag with `}}`, or write `\\{{` for braces in the text",
                ));
            };
            self.text_before(text, open, &tag);
            self.at = self.end_of(open, &tag);
            self.write_tag(&tag, open)?;
        }
        self.text(&self.source[self.at..]);
        match self.blocks.last() {
            Some(block) => Err(TemplateError::Syntax {
                line: block.line,
                problem: format!("`{{{{#{}}}}}` is not closed", block.word),
                fix: format!("write `{{{{/{}}}}}` where it ends", block.word),
            }),
            None => Ok(()),
        }
    }

    /// `\{{x}}` prints `{{x}}`; `\\{{x}}` prints a backslash and the value.
    fn escaped(&mut self, before: &str, open: usize) {
        if let Some(before) = before.strip_suffix('\\') {
            self.text(before);
            self.text("\\");
            self.at = open;
            return;
        }
        self.text(before);
        let close = self.source[open..].find("}}").map(|at| open + at + 2);
        let end = close.unwrap_or(self.source.len());
        self.text(&self.source[open..end]);
        self.at = end;
    }

    /// Writes the text in front of a tag, less the blanks that the tag takes away.
    fn text_before(&mut self, text: &'a str, open: usize, tag: &Tag<'_>) {
        if tag.strip_before {
            self.text(text.trim_end());
        } else if tag.stands_alone(self.source, open) {
            self.text(text.trim_end_matches([' ', '\t']));
        } else {
            self.text(text);
        }
    }

    /// Where the text behind a tag begins.
    fn end_of(&self, open: usize, tag: &Tag<'_>) -> usize {
        let rest = &self.source[tag.end..];
        if tag.strip_after {
            return self.source.len() - rest.trim_start().len();
        }
        if tag.stands_alone(self.source, open) {
            return tag.end + rest.find('\n').map_or(rest.len(), |at| at + 1);
        }
        tag.end
    }

    fn write_tag(&mut self, tag: &Tag<'a>, open: usize) -> Result<(), TemplateError> {
        let inner = tag.inner;
        if tag.is_comment {
            return Ok(());
        }
        if tag.is_raw {
            return self.value(inner, open);
        }
        if let Some(block) = inner.strip_prefix('#') {
            return self.open_block(block.trim(), open);
        }
        if let Some(word) = inner.strip_prefix('/') {
            return self.close_block(word.trim(), open);
        }
        if let Some(condition) = inner.strip_prefix('^') {
            let condition = condition.trim();
            if condition.is_empty() {
                return self.otherwise("", open);
            }
            return Err(self.error(
                open,
                format!("`{{{{^{condition}}}}}` is not known here"),
                &format!("write `{{{{#unless {condition}}}}}…{{{{/unless}}}}`"),
            ));
        }
        if let Some(partial) = inner.strip_prefix('>') {
            return Err(self.error(
                open,
                format!("`{{{{>{partial}}}}}`: there are no partials"),
                "write the text of the partial here, or hand it over as a value",
            ));
        }
        match inner.strip_prefix("else") {
            Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
                self.otherwise(rest.trim(), open)
            }
            _ => self.value(inner, open),
        }
    }

    fn value(&mut self, inner: &str, open: usize) -> Result<(), TemplateError> {
        let expression = self.expression(inner, open)?;
        self.push(format_args!("{{{{ {expression} }}}}"));
        Ok(())
    }

    fn open_block(&mut self, block: &'a str, open: usize) -> Result<(), TemplateError> {
        let (word, argument) = block.split_once(char::is_whitespace).unwrap_or((block, ""));
        let (argument, alias) = match argument.split_once(" as |") {
            Some((argument, names)) => (argument, names.trim_end_matches('|').split(' ').next()),
            None => (argument, None),
        };
        if !matches!(word, "if" | "unless" | "each" | "with") {
            return Err(self.error(
                open,
                format!("`{{{{#{word}}}}}` is not a known block"),
                &format!("write `{{{{#if {word}}}}}` or `{{{{#each {word}}}}}`; `#if`, `#unless`, `#each` and `#with` are known"),
            ));
        }
        let expression = self.expression(argument.trim(), open)?;
        let level = self.level() + 1;
        match word {
            "if" => self.push(format_args!("{{% if {expression} is _filled %}}")),
            "unless" => self.push(format_args!("{{% if {expression} is not _filled %}}")),
            "each" => self.push(format_args!("{{% for _key{level}, _{level} in _pairs({expression}) %}}")),
            _ => self
                .push(format_args!("{{% if {expression} is _filled %}}{{% with _{level} = {expression} %}}")),
        }
        self.blocks.push(Block {
            word,
            line: self.line(open),
            scoped: matches!(word, "each" | "with"),
            alias,
            had_else: false,
        });
        Ok(())
    }

    fn close_block(&mut self, word: &str, open: usize) -> Result<(), TemplateError> {
        let Some(block) = self.blocks.pop_if(|block| block.word == word) else {
            let fix = match self.blocks.last() {
                Some(block) => format!(
                    "close `{{{{#{0}}}}}` of line {1} first, with `{{{{/{0}}}}}`",
                    block.word, block.line
                ),
                None => format!("remove it, or open the block with `{{{{#{word} …}}}}`"),
            };
            let problem = format!("`{{{{/{word}}}}}` closes nothing");
            return Err(self.error(open, problem, &fix));
        };
        match block.word {
            "each" => self.push(format_args!("{{% endfor %}}")),
            "with" if block.scoped => self.push(format_args!("{{% endwith %}}{{% endif %}}")),
            _ => self.push(format_args!("{{% endif %}}")),
        }
        Ok(())
    }

    fn otherwise(&mut self, rest: &str, open: usize) -> Result<(), TemplateError> {
        let (word, had_else) = match self.blocks.last() {
            Some(block) => (block.word, block.had_else),
            None => ("", true),
        };
        if had_else {
            let problem = "`{{else}}` belongs to no block".to_owned();
            return Err(self.error(
                open,
                problem,
                "remove it, or open a block with `{{#if name}}` before it",
            ));
        }
        if let Some(condition) = rest.strip_prefix("if ").filter(|_| word == "if") {
            let expression = self.expression(condition.trim(), open)?;
            self.push(format_args!("{{% elif {expression} is _filled %}}"));
            return Ok(());
        }
        if !rest.is_empty() {
            let problem = format!("`{{{{else {rest}}}}}` is not known here");
            return Err(self.error(open, problem, "write `{{else}}` and a block of its own inside"));
        }
        if word == "with" {
            self.push(format_args!("{{% endwith %}}"));
        }
        self.push(format_args!("{{% else %}}"));
        if let Some(block) = self.blocks.last_mut() {
            block.scoped = false;
            block.had_else = true;
        }
        Ok(())
    }

    /// A path or literal as an expression of minijinja.
    fn expression(&mut self, text: &str, open: usize) -> Result<String, TemplateError> {
        if let Some(literal) = literal(text) {
            return Ok(literal);
        }
        let mut rest = text;
        let is_data = rest.starts_with('@');
        rest = rest.strip_prefix('@').unwrap_or(rest);
        let mut level = self.level();
        while let Some(above) = rest.strip_prefix("..") {
            level = level.saturating_sub(1);
            rest = above.strip_prefix('/').unwrap_or(above);
        }
        rest = rest.strip_prefix("./").unwrap_or(rest);
        let keys = if rest.is_empty() && text.ends_with(['.', '/']) {
            Vec::new()
        } else {
            segments(rest).ok_or_else(|| self.not_a_path(text, open))?
        };
        if is_data {
            return self.data(&keys, level, text, open);
        }
        Ok(match keys.split_first() {
            Some((&"this", keys)) => self.at_level(level, keys),
            Some((first, keys)) if !text.starts_with('.') => match self.alias(first) {
                Some(level) => self.at_level(level, keys),
                None => self.at_level(level, &[&[*first], keys].concat()),
            },
            _ => self.at_level(level, &keys),
        })
    }

    /// `@index`, `@key`, `@first`, `@last`, `@root`.
    fn data(
        &mut self,
        keys: &[&str],
        level: usize,
        text: &str,
        open: usize,
    ) -> Result<String, TemplateError> {
        match keys {
            ["root", keys @ ..] => Ok(self.at_level(0, keys)),
            ["index" | "key"] => match self.each_level(level) {
                Some(level) => Ok(format!("_key{level}")),
                None => Ok("none".to_owned()),
            },
            ["first"] => Ok("loop.first".to_owned()),
            ["last"] => Ok("loop.last".to_owned()),
            _ => Err(self.not_a_path(text, open)),
        }
    }

    fn at_level(&mut self, level: usize, keys: &[&str]) -> String {
        if level == 0 {
            match keys.first() {
                Some(first) => drop(self.names.insert((*first).to_owned())),
                None => self.whole = true,
            }
        }
        if keys.is_empty() {
            return format!("_{level}");
        }
        let keys: Vec<_> = keys.iter().map(|key| quote(key)).collect();
        match level {
            0 => format!("_at({ROOT}, {})", keys.join(", ")),
            _ => format!("_at(_{level}, {})", keys.join(", ")),
        }
    }

    /// How many levels of `#each` and `#with` are open.
    fn level(&self) -> usize {
        self.blocks.iter().filter(|block| block.scoped).count()
    }

    /// The levels with their blocks, innermost first.
    fn scopes(&self) -> impl Iterator<Item = (usize, &Block<'a>)> {
        let top = self.level();
        let scoped = self.blocks.iter().rev().filter(|block| block.scoped);
        scoped.enumerate().map(move |(depth, block)| (top - depth, block))
    }

    fn alias(&self, name: &str) -> Option<usize> {
        self.scopes().find(|(_, block)| block.alias == Some(name)).map(|(level, _)| level)
    }

    fn each_level(&self, upto: usize) -> Option<usize> {
        self.scopes().find(|(level, block)| *level <= upto && block.word == "each").map(|(level, _)| level)
    }

    /// Literal text. No brace of it may mean anything to minijinja.
    fn text(&mut self, text: &str) {
        self.out.push_str(&text.replace('{', "{{ '{' }}"));
    }

    fn push(&mut self, tag: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(tag);
    }

    fn line(&self, at: usize) -> usize {
        self.source[..at].matches('\n').count() + 1
    }

    fn error(&self, at: usize, problem: String, fix: &str) -> TemplateError {
        TemplateError::Syntax { line: self.line(at), problem, fix: fix.to_owned() }
    }

    fn not_a_path(&self, text: &str, open: usize) -> TemplateError {
        self.error(
            open,
            format!("`{text}` is not the name of a value; helpers are not known here"),
            "write a path such as `{{user.name}}`, or write the template for Jinja: `{% if a == b %}…{% endif %}`",
        )
    }
}
