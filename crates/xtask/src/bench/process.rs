//! What the kernel knows about a process.

use anyhow::{Context, Result};

/// Ticks of a process's CPU clock in a second, on every Linux.
const TICKS: f64 = 100.0;

/// CPU seconds used so far, by all threads.
pub(crate) fn cpu_seconds(id: u32) -> Result<f64> {
    let stat = read(id, "stat")?;
    // The name in parentheses may hold blanks.
    let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat is not as expected")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("/proc/PID/stat is not as expected")?;
    Ok((user + system) / TICKS)
}

/// Bytes sent to the disk.
pub(crate) fn written_bytes(id: u32) -> Result<f64> {
    number(&read(id, "io")?, "write_bytes:")
}

pub(crate) fn resident_mebibytes(id: u32) -> Result<f64> {
    Ok(number(&read(id, "status")?, "VmRSS:")? / 1024.0)
}

fn read(id: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{id}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

fn number(text: &str, name: &str) -> Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.with_context(|| format!("/proc says no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_can_be_measured() {
        let id = std::process::id();
        assert!(resident_mebibytes(id).unwrap() > 0.5);
        assert!(cpu_seconds(id).unwrap() >= 0.0);
        assert!(number("a: 1\nb: 22 kB\n", "b:").unwrap() > 21.0);
    }
}
