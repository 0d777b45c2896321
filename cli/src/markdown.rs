//! Markdown as a terminal can show it: headings bold, code coloured, fences gone.

use crate::output::{CODE, DIM, STRONG, styled};

/// Draws a text. Lines stay as they are broken.
pub(crate) fn draw(markdown: &str) -> String {
    let mut drawn = String::new();
    let mut is_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let line = match line {
            line if is_code && line.is_empty() => String::new(),
            line if is_code => format!("    {}", styled(CODE, line)),
            line if line.starts_with('#') => styled(STRONG, line.trim_start_matches('#').trim()),
            line if line.starts_with("> ") => styled(DIM, line),
            line => inline(line),
        };
        drawn.push_str(&line);
        drawn.push('\n');
    }
    drawn
}

/// Colours what stands between backticks; they stay, for readers without colours.
fn inline(line: &str) -> String {
    let mut parts = line.split('`');
    let mut drawn = parts.next().unwrap_or_default().to_owned();
    while let Some(code) = parts.next() {
        match parts.next() {
            Some(after) => {
                drawn.push_str(&styled(CODE, &format!("`{code}`")));
                drawn.push_str(after);
            }
            None => {
                drawn.push('`');
                drawn.push_str(code);
            }
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_lost_but_fences_and_hashes() {
        let drawn = super::draw("# Title\n\nA `b` c ` d.\n\n```toml\nx = 1\n```\n");
        let plain = anstream::adapter::strip_str(&drawn).to_string();
        assert_eq!(plain, "Title\n\nA `b` c ` d.\n\n    x = 1\n");
    }
}
