//! `galatea test`

use crate::{
    cli::Test,
    failure::Failure,
    output::{self, BAD, GOOD, STRONG, styled},
    start,
};
use galatea::{
    definition::TestDef,
    testing::{Chosen, TestOutcome, TestReport, choose, note_panics, run_tests},
};
use serde_json::{Value, json};
use std::{num::NonZeroUsize, process::ExitCode, thread, time::Instant};

pub(super) fn run(args: &Test) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    for name in &args.plugins {
        registry.get(name).ok_or_else(|| Failure::unknown("plugin", name, registry.names()))?;
    }
    let chosen = Chosen { plugins: args.plugins.clone(), containing: args.filter.clone() };
    let tests = choose(&registry, &chosen);
    if args.list {
        list(&tests, args.json);
        return Ok(ExitCode::SUCCESS);
    }
    let processors = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let side_by_side = args.jobs.unwrap_or_else(processors);
    let runtime = start::runtime()?;
    note_panics();
    if !args.json {
        let s = if tests.len() == 1 { "" } else { "s" };
        output::line(&format!("running {} test{s}", tests.len()));
    }
    let begun = Instant::now();
    let tell = |report: &TestReport| {
        if !args.json {
            output::line(&line(report));
        }
    };
    let reports = runtime.block_on(run_tests(&registry, &tests, side_by_side, tell));
    let seconds = begun.elapsed().as_secs_f64();
    // A test that hangs is not waited for.
    runtime.shutdown_background();
    let failed: Vec<&TestReport> = reports.iter().filter(|report| !report.has_passed()).collect();
    if args.json {
        output::json(&summary(&reports, failed.len()));
    } else {
        if !failed.is_empty() {
            output::line("\nfailures:");
        }
        failures(&failed).iter().for_each(|line| output::line(line));
        output::line(&result(reports.len() - failed.len(), failed.len(), seconds));
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(tests: &[&TestDef], as_json: bool) {
    if as_json {
        let all = tests
            .iter()
            .map(|test| json!({ "plugin": test.plugin, "name": test.name, "description": test.description }));
        output::json(&all.collect());
        return;
    }
    for test in tests {
        output::line(&styled(STRONG, &format!("{}::{}", test.plugin, test.name)));
        output::line(&format!("  {}", test.description.lines().next().unwrap_or_default()));
    }
}

fn line(report: &TestReport) -> String {
    let outcome = match report.outcome {
        TestOutcome::Passed => styled(GOOD, "ok"),
        TestOutcome::Failed(_) | TestOutcome::Timeout(_) => styled(BAD, "FAILED"),
    };
    let millis = report.micros / 1000;
    format!("test {}::{} ... {outcome} ({millis} ms)", report.plugin, report.name)
}

/// Why tests failed, line by line.
fn failures(failed: &[&TestReport]) -> Vec<String> {
    let mut lines = Vec::new();
    for report in failed {
        let why = match &report.outcome {
            TestOutcome::Failed(why) => why.clone(),
            TestOutcome::Timeout(limit) => format!("took longer than {limit:?}"),
            TestOutcome::Passed => String::new(),
        };
        lines.push(styled(STRONG, &format!("\n{}::{}", report.plugin, report.name)));
        lines.extend(why.lines().map(|line| format!("  {line}")));
    }
    lines
}

/// The last line.
fn result(passed: usize, failed: usize, seconds: f64) -> String {
    let result = if failed == 0 { styled(GOOD, "ok") } else { styled(BAD, "FAILED") };
    format!("\ntest result: {result}. {passed} passed; {failed} failed; finished in {seconds:.2}s")
}

fn summary(reports: &[TestReport], failed: usize) -> Value {
    json!({ "tests": reports, "passed": reports.len() - failed, "failed": failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn failures_tell_why() {
        let report = |name, outcome| TestReport { plugin: "tower", name, outcome, micros: 12_345 };
        let reports = [
            report("stands", TestOutcome::Passed),
            report("falls", TestOutcome::Failed("panicked at a.rs:1:2: it fell\nfar".to_owned())),
            report("leans", TestOutcome::Timeout(Duration::from_secs(60))),
        ];
        let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
        let lines: Vec<String> = reports.iter().map(|report| plain(&line(report))).collect();
        assert_eq!(
            lines,
            [
                "test tower::stands ... ok (12 ms)",
                "test tower::falls ... FAILED (12 ms)",
                "test tower::leans ... FAILED (12 ms)",
            ]
        );
        let failed: Vec<&TestReport> = reports.iter().filter(|report| !report.has_passed()).collect();
        assert_eq!(
            plain(&failures(&failed).join("\n")),
            "\ntower::falls\n  panicked at a.rs:1:2: it fell\n  far\n\ntower::leans\n  took longer than 60s"
        );
        assert_eq!(plain(&result(1, 2, 0.5)), "\ntest result: FAILED. 1 passed; 2 failed; finished in 0.50s");
        assert_eq!(summary(&reports, 2)["tests"][1]["why"], "panicked at a.rs:1:2: it fell\nfar");
    }
}
