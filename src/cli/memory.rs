//! Free memory.

/// Assumed where the system does not report it.
const UNKNOWN: usize = 4 << 30;

/// Bytes of free memory: of the machine, or of the control group if that has less.
pub fn free() -> usize {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let group = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?.trim().parse().ok();
    let confined = group("max").zip(group("current")).map(|(most, used): (usize, usize)| most.saturating_sub(used));
    [machine, confined].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

/// The line `MemAvailable:  1234 kB`.
fn available(meminfo: &str) -> Option<usize> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernels_figure_is_read() {
        assert_eq!(super::available("MemFree: 1 kB\nMemAvailable:    2048 kB\nBuffers: 3 kB\n"), Some(2 << 20));
        assert_eq!(super::available("MemFree: 1 kB\n"), None);
    }
}
