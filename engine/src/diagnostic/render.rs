//! Diagnostics as text, as rustc shows its own.

use super::{Diagnostic, Report, Severity, Source, mask::Masked};
use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// Draws a diagnostic: ``error[GAL0002]: unknown plugin `wether` ``, the lines it is about, help. No line break
/// at the end.
///
/// Columns count characters. Secrets are covered: what the diagnostic hides, and what looks like a key anywhere.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &Source, color: bool) -> String {
    draw(diagnostic, source, &Masked::new(&source.text, [diagnostic]), color)
}

/// Draws every diagnostic of every report, and a last line that counts them: `error: 3 problems in
/// characters/x.toml`. Empty where there is none.
#[must_use]
pub fn render_all(reports: &[Report], color: bool) -> String {
    let mut parts = Vec::new();
    for report in reports {
        // What one diagnostic hides, none of the file shows.
        let masked = Masked::new(&report.source.text, &report.diagnostics);
        parts.extend(report.diagnostics.iter().map(|d| draw(d, &report.source, &masked, color)));
    }
    if let Some((severity, summary)) = summary(reports) {
        let none = Vec::<Snippet<'_, Annotation<'_>>>::new();
        parts.push(renderer(color).render(&[level(severity).primary_title(summary).elements(none)]));
    }
    if parts.is_empty() { String::new() } else { parts.join("\n\n") + "\n" }
}

fn draw(diagnostic: &Diagnostic, source: &Source, masked: &Masked, color: bool) -> String {
    let title = level(diagnostic.severity).primary_title(diagnostic.title.clone()).id(diagnostic.code.id());
    let mut group = match &diagnostic.span {
        None => title.element(Origin::path(source.path.clone())),
        Some(span) => {
            let primary =
                annotation(AnnotationKind::Primary, masked.span(&source.shown(span)), &diagnostic.label);
            let related = (diagnostic.related.iter()).map(|(span, label)| {
                annotation(AnnotationKind::Context, masked.span(&source.shown(span)), label)
            });
            title.element(
                Snippet::source(masked.text.as_str())
                    .path(source.path.as_str())
                    .annotation(primary)
                    .annotations(related),
            )
        }
    };
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.clone()));
    }
    let drawn = renderer(color).render(&[group]);
    drawn.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn annotation<'a>(kind: AnnotationKind, span: Range<usize>, label: &'a str) -> Annotation<'a> {
    let annotation = kind.span(span);
    if label.is_empty() { annotation } else { annotation.label(label) }
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

const fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }
}

/// How many there are, and where.
fn summary(reports: &[Report]) -> Option<(Severity, String)> {
    let with_any: Vec<&Report> = reports.iter().filter(|report| !report.diagnostics.is_empty()).collect();
    let place = match with_any.as_slice() {
        [] => return None,
        [report] => report.source.path.clone(),
        several => format!("{} files", several.len()),
    };
    let of =
        |severity| with_any.iter().flat_map(|r| &r.diagnostics).filter(|d| d.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    Some(match (errors, warnings) {
        (0, warnings) => (Severity::Warning, format!("{} in {place}", counted(warnings, "warning"))),
        (errors, 0) => (Severity::Error, format!("{} in {place}", counted(errors, "problem"))),
        _ => {
            let (errors, warnings) = (counted(errors, "problem"), counted(warnings, "warning"));
            (Severity::Error, format!("{errors} and {warnings} in {place}"))
        }
    })
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    fn source(text: &str) -> Source {
        Source { path: "x.toml".to_owned(), text: text.into() }
    }

    #[test]
    fn columns_count_characters_wherever_the_place_is() {
        for (text, span, place) in [
            ("a = 1", 4..5, "x.toml:1:5"),
            ("a = 1\r\nb = 2\r\n", 11..12, "x.toml:2:5"),
            ("\ta = 1", 5..6, "x.toml:1:6"),
            ("ü = '日本' # x", 13..14, "x.toml:1:9"),
            ("a = ", 4..4, "x.toml:1:5"),
            ("a = 1\n", 6..6, "x.toml:1:6"),
            ("", 0..0, "x.toml:1:1"),
            ("a = 1", 90..99, "x.toml:1:6"),
            ("ü", 1..1, "x.toml:1:1"),
        ] {
            let drawn =
                render(&Diagnostic::error(Code::WrongValue, "t").at(span.clone(), "l"), &source(text), false);
            assert!(drawn.contains(&format!("--> {place}\n")), "{text:?} {span:?}: {drawn}");
        }
    }

    #[test]
    fn what_one_diagnostic_hides_none_shows() {
        let text = "cache = { minutes = 'x', key = 'hush' }";
        let about = Diagnostic::error(Code::WrongType, "wrong").at(20..23, "expected a number");
        let hiding = Diagnostic::error(Code::SecretInClear, "secret").at(31..37, "in clear");
        let report = Report { source: source(text), diagnostics: vec![about.clone(), hiding] };
        assert!(!render_all(&[report], true).contains("hush"));
        assert!(!render(&about.hiding(31..37), &source(text), false).contains("hush"));
    }

    #[test]
    fn the_last_line_counts() {
        let error = || Diagnostic::error(Code::UnknownKey, "a");
        let report = |diagnostics| Report { source: source("a"), diagnostics };
        for (reports, last) in [
            (vec![report(vec![error(), error()])], "error: 2 problems in x.toml\n"),
            (vec![report(vec![error(), error().warning()])], "error: 1 problem and 1 warning in x.toml\n"),
            (vec![report(vec![error().warning()])], "warning: 1 warning in x.toml\n"),
            (
                vec![report(vec![error()]), report(vec![error()]), report(vec![])],
                "error: 2 problems in 2 files\n",
            ),
        ] {
            let drawn = render_all(&reports, false);
            assert!(drawn.ends_with(&format!("\n\n{last}")), "{drawn}");
        }
        assert_eq!(render_all(&[report(vec![])], false), "");
    }
}
