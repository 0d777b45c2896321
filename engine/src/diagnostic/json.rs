//! Diagnostics for programs.

use super::{Diagnostic, Report, Source, mask::Masked};
use serde_json::{Value, json};
use std::ops::Range;

/// Every diagnostic of every report as a JSON array of objects: `code`, `severity`, `title`, `file`, `line`,
/// `column`, `end_line`, `end_column`, `label`, `help`, `related`, and `source`, the first line of the place
/// with secrets covered.
///
/// Lines and columns count from 1, columns in characters, the end is behind the last character. Where a
/// diagnostic is about no place, they are `null`.
#[must_use]
pub fn to_json(reports: &[Report]) -> Value {
    let each = reports.iter().flat_map(|report| {
        let masked = Masked::new(&report.source.text, &report.diagnostics);
        report.diagnostics.iter().map(move |diagnostic| one(diagnostic, report, &masked)).collect::<Vec<_>>()
    });
    Value::Array(each.collect())
}

fn one(diagnostic: &Diagnostic, report: &Report, masked: &Masked) -> Value {
    let source = &report.source;
    let place = diagnostic.span.as_ref().map(|span| Place::of(source, span));
    let related: Vec<Value> = (diagnostic.related.iter())
        .map(|(span, label)| {
            let place = Place::of(source, span);
            json!({
                "line": place.line, "column": place.column,
                "end_line": place.end_line, "end_column": place.end_column, "label": label
            })
        })
        .collect();
    let line = place.as_ref().and_then(|place| masked.text.lines().nth(place.line - 1));
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "title": diagnostic.title,
        "file": source.path,
        "line": place.as_ref().map(|place| place.line),
        "column": place.as_ref().map(|place| place.column),
        "end_line": place.as_ref().map(|place| place.end_line),
        "end_column": place.as_ref().map(|place| place.end_column),
        "label": diagnostic.label,
        "help": diagnostic.help,
        "related": related,
        "source": line,
    })
}

struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Place {
    fn of(source: &Source, span: &Range<usize>) -> Self {
        let (text, span) = (&source.text, source.shown(span));
        let ((line, column), (end_line, end_column)) = (position(text, span.start), position(text, span.end));
        Self { line, column, end_line, end_column }
    }
}

/// Line and column of an offset, from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (before.matches('\n').count() + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn places_count_from_one_and_secrets_are_covered() {
        let source = Source { path: "x.toml".to_owned(), text: "a = 1\r\nü = 'hush'".into() };
        let diagnostics = vec![
            Diagnostic::error(Code::SecretInClear, "t").at(12..18, "l").related(0..1, "first").help("h"),
            Diagnostic::error(Code::Capability, "nothing").warning(),
        ];
        let json = to_json(&[Report { source, diagnostics }]);
        assert_eq!(
            json,
            json!([
                {
                    "code": "GAL0012", "severity": "error", "title": "t", "file": "x.toml",
                    "line": 2, "column": 5, "end_line": 2, "end_column": 11, "label": "l", "help": ["h"],
                    "related": [{ "line": 1, "column": 1, "end_line": 1, "end_column": 2, "label": "first" }],
                    "source": "ü = '••••'"
                },
                {
                    "code": "GAL0013", "severity": "warning", "title": "nothing", "file": "x.toml",
                    "line": null, "column": null, "end_line": null, "end_column": null, "label": "", "help": [],
                    "related": [], "source": null
                }
            ])
        );
    }
}
