//! Shares and times as bars that a table can hold.

/// Characters of a whole bar.
const WIDTH: usize = 10;

/// A bar for a share from 0 to 1, in eighths of a character.
pub fn bar(share: f64) -> String {
    const PARTS: [char; 8] = ['·', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    // Never full and never empty unless it is exactly that.
    let all = (WIDTH * 8) as f64;
    let eighths = (share * all).floor().max(if share > 0.0 { 1.0 } else { 0.0 }) as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut bar: String = "█".repeat(full);
    if full < WIDTH {
        bar.push(PARTS[rest]);
        bar.push_str(&"·".repeat(WIDTH - full - 1));
    }
    bar
}

/// `61.2 %`, rounded down: what is not reached is not shown as reached.
pub fn percent(percent: f64) -> String {
    format!("{:.1} %", (percent * 10.0).floor() / 10.0)
}

/// `12.3 s`, `80 ms`, `2 min 5 s`.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.0005 => "0 ms".to_owned(),
        s if s < 1.0 => format!("{:.0} ms", s * 1_000.0),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_shares_are_large() {
        assert_eq!(bar(0.0), "··········");
        assert_eq!(bar(1.0), "██████████");
        assert_eq!(bar(0.999), "█████████▉");
        assert_eq!(bar(0.0001), "▏·········");
        assert_eq!(bar(0.5), "█████·····");
        assert!([f64::NAN, -1.0, 7.0].iter().all(|&share| bar(share).chars().count() == WIDTH));
    }

    #[test]
    fn numbers_are_not_embellished() {
        assert_eq!(percent(79.99), "79.9 %");
        assert_eq!([0.0, 0.08, 12.34, 125.0].map(seconds), ["0 ms", "80 ms", "12.3 s", "2 min 5 s"]);
    }
}
