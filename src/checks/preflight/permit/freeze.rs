//! Times in which nothing is deployed. All of them are compared as a clock on the wall of their zone shows them, so
//! that a change to summer time needs no thought.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use crate::checks::Record;
use crate::finding::Finding;
use crate::location::Location;
use crate::rule::{Category, Rule, Severity};

/// Nothing is deployed now.
pub static CHANGE_FREEZE: Rule = Rule {
    id: "preflight/change-freeze",
    severity: Severity::Error,
    category: Category::Truth,
    summary: "the settings say that nothing is deployed to the environment at this time",
    allow: None,
};

/// A time in which nothing is deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Window {
    /// Its begin: `2026-12-20`, `2026-12-20T18:00`, every year `12-20`, every week `Fri 16:00`, every day `22:00`.
    pub from: String,
    /// Its end, in the same form; a day without a time is part of it.
    pub to: String,
    /// The zone of both: `Europe/Berlin`, `+02:00`, or a rule such as `CET-1CEST,M3.5.0,M10.5.0/3`; UTC if there is none.
    #[serde(default)]
    pub zone: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// From when to when. Minutes are those of a day or week, which begin at midnight and on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// Once: from one moment up to another.
    Once(DateTime, DateTime),
    /// Every year: from one day to another, both of them included.
    Years((i8, i8), (i8, i8)),
    /// Every week.
    Weeks(i32, i32),
    /// Every day.
    Days(i32, i32),
}

const FORMS: &str = "write both ends in one form: `2026-12-20`, `2026-12-20T18:00`, every year `12-20`, every week \
                     `Fri 16:00`, every day `22:00`";

/// Reads both ends; `Err` has what is wrong and what to write.
pub(super) fn span(from: &str, to: &str) -> Result<Span, (String, String)> {
    let wrong = |message: &str| Err((message.to_owned(), FORMS.to_owned()));
    let (from, to) = (from.trim(), to.trim());
    if let (Some((start, _)), Some((_, end))) = (moments(from), moments(to)) {
        return if start < end {
            Ok(Span::Once(start, end))
        } else {
            wrong("this time ends before it begins")
        };
    }
    if let (Some(start), Some(end)) = (of_year(from), of_year(to)) {
        return Ok(Span::Years(start, end));
    }
    if let (Some(start), Some(end)) = (of_week(from), of_week(to)) {
        return if start == end { wrong("this time has no length") } else { Ok(Span::Weeks(start, end)) };
    }
    match (of_day(from), of_day(to)) {
        (Some(start), Some(end)) if start != end => Ok(Span::Days(start, end)),
        (Some(_), Some(_)) => wrong("this time has no length"),
        _ => wrong("`from` and `to` cannot be read, or not together"),
    }
}

/// The first moment, and the first one after it.
fn moments(text: &str) -> Option<(DateTime, DateTime)> {
    let is_date = |text: &str| text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
    if is_date(text) {
        let day: Date = text.parse().ok()?;
        return Some((day.to_datetime(Time::midnight()), day.tomorrow().ok()?.to_datetime(Time::midnight())));
    }
    let (day, time) = text.split_once(['T', ' '])?;
    if !is_date(day) {
        return None;
    }
    let moment = day.parse::<Date>().ok()?.to_datetime(Time::midnight());
    let minutes = of_day(time)?;
    let moment = moment.checked_add(jiff::SignedDuration::from_mins(minutes.into())).ok()?;
    Some((moment, moment))
}

fn of_year(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-').filter(|(month, day)| month.len() == 2 && day.len() == 2)?;
    // 2000 had a 29th of February.
    let date = Date::new(2000, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some((date.month(), date.day()))
}

fn of_week(text: &str) -> Option<i32> {
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let (name, time) = text.split_once(' ')?;
    let name = name.to_ascii_lowercase();
    let index = NAMES.iter().position(|known| known.starts_with(&name) && name.len() >= 3)?;
    Some(i32::try_from(index).ok()? * 1440 + of_day(time.trim())?)
}

fn of_day(text: &str) -> Option<i32> {
    let (hour, minute) =
        text.split_once(':').filter(|(hour, minute)| hour.len() <= 2 && minute.len() == 2)?;
    let digits =
        |text: &str| text.parse::<i32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    let fits = (hour < 24 && minute < 60) || (hour == 24 && minute == 0);
    fits.then_some(hour * 60 + minute)
}

impl Span {
    /// True if a clock that shows this stands inside.
    fn holds(self, now: DateTime) -> bool {
        let inside = |start: i32, end: i32, at: i32| match start < end {
            true => (start..end).contains(&at),
            false => at >= start || at < end,
        };
        let of_day = i32::from(now.hour()) * 60 + i32::from(now.minute());
        match self {
            Span::Once(start, end) => start <= now && now < end,
            Span::Years(start, end) => {
                let today = (now.month(), now.day());
                if start <= end { start <= today && today <= end } else { today >= start || today <= end }
            }
            Span::Weeks(start, end) => {
                let day = i32::from(Weekday::to_monday_zero_offset(now.weekday()));
                inside(start, end, day * 1440 + of_day)
            }
            Span::Days(start, end) => inside(start, end, of_day),
        }
    }
}

/// The zone of this name; `None` if this machine does not know it.
fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() || name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Some(TimeZone::UTC);
    }
    if let Some(rest) = name.strip_prefix(['+', '-']) {
        let minutes = of_day(rest).filter(|minutes| *minutes <= 15 * 60)?;
        let seconds = if name.starts_with('-') { -minutes * 60 } else { minutes * 60 };
        return Offset::from_seconds(seconds).ok().map(TimeZone::fixed);
    }
    if let Ok(known) = TimeZone::get(name) {
        return Some(known);
    }
    // The rule of a zone, as POSIX writes it, needs no files. Without its changes it is left alone: `UTC+2` means two
    // hours behind there, and whoever writes it means two hours ahead.
    let is_rule = name.contains(',');
    is_rule.then(|| TimeZone::posix(name).ok()).flatten()
}

pub(super) fn examine(windows: &[Window], environment: &str, now: Timestamp, record: &mut Record) {
    for window in windows {
        let Ok(span) = span(&window.from, &window.to) else { continue };
        let name = window.zone.as_deref().unwrap_or("UTC").trim();
        let Some(zone) = zone(name) else {
            record.not_verified(format!(
                "this machine does not know the time zone `{name}`, so whether `{environment}` is frozen was not \
                 looked at; if the name is right, write an offset such as `+01:00`, or the zone's rule such as \
                 `CET-1CEST,M3.5.0,M10.5.0/3`, which need no zone files"
            ));
            continue;
        };
        if span.holds(zone.to_datetime(now)) {
            let why = match window.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()) {
                Some(reason) => format!(": {reason}"),
                None => String::new(),
            };
            let Window { from, to, .. } = window;
            let message = format!(
                "nothing is deployed to `{environment}` from {} to {} ({name}){why}",
                from.trim(),
                to.trim()
            );
            let help = "deploy when it is over; for an emergency, change `freeze` in the settings in a pull request that \
                        somebody approves";
            let finding = Finding::new(&CHANGE_FREEZE, Location::Repository, message);
            record.push(finding.help(help).subject(format!("{from} {to}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen(from: &str, to: &str, zone_name: &str, now: &str) -> bool {
        let now: Timestamp = now.parse().unwrap();
        span(from, to).unwrap().holds(zone(zone_name).unwrap().to_datetime(now))
    }

    #[test]
    fn each_form_has_its_inside_and_outside() {
        for (from, to, zone, inside, outside) in [
            ("2026-12-20", "2027-01-03", "UTC", "2027-01-03T23:59:59Z", "2027-01-04T00:00:00Z"),
            ("2026-12-20T18:00", "2026-12-21 06:00", "UTC", "2026-12-20T18:00:00Z", "2026-12-21T06:00:00Z"),
            ("12-20", "01-03", "UTC", "2031-01-01T12:00:00Z", "2031-01-04T00:00:00Z"),
            ("02-01", "02-28", "UTC", "2031-02-28T23:00:00Z", "2032-02-29T00:00:00Z"),
            ("Fri 16:00", "Mon 08:00", "UTC", "2026-11-28T12:00:00Z", "2026-11-30T08:00:00Z"),
            ("mon 09:00", "Monday 17:00", "UTC", "2026-11-30T09:00:00Z", "2026-11-30T08:59:00Z"),
            ("22:00", "06:00", "UTC", "2026-11-28T23:00:00Z", "2026-11-28T06:00:00Z"),
            ("08:00", "24:00", "UTC", "2026-11-28T23:59:59Z", "2026-11-28T07:59:00Z"),
            ("22:00", "06:00", "+05:30", "2026-11-28T16:30:00Z", "2026-11-28T16:29:00Z"),
            ("22:00", "06:00", "-03:00", "2026-11-28T01:00:00Z", "2026-11-28T00:59:00Z"),
        ] {
            assert!(frozen(from, to, zone, inside), "{from} {to} {zone}: {inside}");
            assert!(!frozen(from, to, zone, outside), "{from} {to} {zone}: {outside}");
        }
    }

    #[test]
    fn summer_time_moves_the_window_and_not_its_clock() {
        if zone("Europe/Berlin").is_none() {
            return println!("skipped: this machine has no time zones");
        }
        // 16:00 in Berlin is 14:00 UTC in summer, and 15:00 in winter.
        assert!(frozen("16:00", "17:00", "Europe/Berlin", "2026-07-01T14:30:00Z"));
        assert!(!frozen("16:00", "17:00", "Europe/Berlin", "2026-12-01T14:30:00Z"));
        assert!(frozen("16:00", "17:00", "Europe/Berlin", "2026-12-01T15:30:00Z"));
        assert!(zone("Europe/Berln").is_none());
    }

    #[test]
    fn a_zone_can_be_written_as_its_rule() {
        for rule in ["CET-1CEST,M3.5.0,M10.5.0/3", "<+01>-1<+02>,M3.5.0,M10.5.0/3"] {
            assert!(frozen("16:00", "17:00", rule, "2026-07-01T14:30:00Z"), "{rule}");
            assert!(!frozen("16:00", "17:00", rule, "2026-12-01T14:30:00Z"), "{rule}");
            assert!(frozen("16:00", "17:00", rule, "2026-12-01T15:30:00Z"), "{rule}");
        }
        for unknown in ["UTC+2", "Nowhere/Town", "CET-1CEST,", "a,b", "+25:00", "Europe/Berlin,"] {
            assert!(zone(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (from, to) in [
            ("", ""),
            ("2026-12-20", "Fri 16:00"),
            ("2026-13-01", "2026-14-01"),
            ("2026-12-20", "2026-12-19"),
            ("02-30", "03-01"),
            ("Fri", "Mon"),
            ("25:00", "26:00"),
            ("24:01", "06:00"),
            ("08:00", "08:00"),
            ("Xyz 08:00", "Mon 08:00"),
        ] {
            assert!(span(from, to).is_err(), "{from} {to}");
        }
    }
}
