//! The metrics of the process, under the names that Prometheus's own libraries use. Memory, time and files are known on Linux only.

use super::family::{Page, Value};
use std::fs;

/// The kernel counts processor time in hundredths of a second, whatever it does inside.
const TICKS: f64 = 100.0;

pub(super) fn collect(page: &mut Page) {
    let version = vec![("version", crate::VERSION.to_owned())];
    page.put(("galatea_build", "The version of the engine", None), version, Value::Info);
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let runtime = runtime.metrics();
        level(page, "galatea_runtime_workers", "Threads that run agents", None, runtime.num_workers() as u64);
        level(
            page,
            "galatea_runtime_tasks",
            "Asynchronous tasks that are alive",
            None,
            runtime.num_alive_tasks() as u64,
        );
        let queued = runtime.global_queue_depth() as u64;
        level(page, "galatea_runtime_queue", "Asynchronous tasks that wait for a thread", None, queued);
    }
    if let Some(stat) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Stat::read) {
        stat.tell(page);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // One of them is the folder itself.
        let open = (files.count() as u64).saturating_sub(1);
        level(page, "process_open_fds", "Files that are open", None, open);
    }
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(most) = most_files(&limits) {
        level(page, "process_max_fds", "Files that may be open", None, most);
    }
}

#[allow(clippy::cast_precision_loss, reason = "what is measured is below 2^53")]
fn level(page: &mut Page, name: &'static str, help: &'static str, unit: Option<&'static str>, value: u64) {
    page.put((name, help, unit), Vec::new(), Value::Level(value as f64));
}

/// What the kernel says of a process.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    /// Processor time of user and system, in hundredths of a second.
    ticks: u64,
    threads: u64,
    /// Since the machine was started, in hundredths of a second.
    started: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

impl Stat {
    /// Reads `/proc/self/stat`. The second field, the program's name, may hold spaces and brackets.
    fn read(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
        // The first one here is the third of the page proc_pid_stat(5).
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u64>().ok();
        Some(Self {
            ticks: field(14)? + field(15)?,
            threads: field(20)?,
            started: field(22)?,
            virtual_bytes: field(23)?,
            resident_pages: field(24)?,
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "centuries of hundredths are below 2^53")]
    fn tell(&self, page: &mut Page) {
        let cpu = ("process_cpu", "Processor time that was used", Some("seconds"));
        page.put(cpu, Vec::new(), Value::Sum(self.ticks as f64 / TICKS));
        level(page, "process_threads", "Threads of the process", None, self.threads);
        level(page, "process_virtual_memory", "Memory that is addressed", Some("bytes"), self.virtual_bytes);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident =
            kilobytes(&status, "VmRSS:").map_or(self.resident_pages * 4096, |kilobytes| kilobytes * 1024);
        level(page, "process_resident_memory", "Memory that is in use", Some("bytes"), resident);
        let boot = fs::read_to_string("/proc/stat").ok().and_then(|text| boot_time(&text));
        if let Some(boot) = boot {
            let started = boot as f64 + self.started as f64 / TICKS;
            let name = ("process_start_time", "When the process began, as Unix time", Some("seconds"));
            page.put(name, Vec::new(), Value::Level(started));
        }
    }
}

fn kilobytes(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn boot_time(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The limit that counts now; `None` where there is none.
fn most_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        let text = "4711 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 7 0 12345 1000000 300 18446744073709551615";
        let expected =
            Stat { ticks: 300, threads: 7, started: 12345, virtual_bytes: 1_000_000, resident_pages: 300 };
        assert_eq!(Stat::read(text), Some(expected));
        assert_eq!(Stat::read("4711 (x"), None);
        assert_eq!(kilobytes("VmPeak:\t 9 kB\nVmRSS:\t  5120 kB\n", "VmRSS:"), Some(5120));
        assert_eq!(boot_time("cpu 1\nbtime 1760000000\n"), Some(1_760_000_000));
        assert_eq!(
            most_files("Max open files            1024                 4096                 files"),
            Some(1024)
        );
        assert_eq!(
            most_files("Max open files            unlimited            unlimited            files"),
            None
        );
    }
}
