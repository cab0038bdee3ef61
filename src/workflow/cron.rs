//! Schedules as GitHub reads them: five fields of POSIX cron, with names of months and days; no `@daily`.

/// A field: its name, lowest and highest value, and names that stand for values.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day of the month", min: 1, max: 31, names: &[] },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    },
    Field {
        name: "day of the week",
        min: 0,
        max: 6,
        names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    },
];

/// GitHub starts a schedule at most this often, in minutes.
pub const SHORTEST_INTERVAL: u32 = 5;

/// A schedule, as the values of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    fields: [Vec<u32>; 5],
}

impl Cron {
    /// Parses five fields; says what is wrong otherwise.
    pub fn parse(text: &str) -> Result<Cron, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        if text.trim_start().starts_with('@') {
            return Err(format!("GitHub knows no `{}`; write five fields, such as `0 5 * * *`", text.trim()));
        }
        if parts.len() != 5 {
            return Err(format!(
                "a schedule has five fields (minute hour day month weekday), not {}",
                parts.len()
            ));
        }
        let mut fields: [Vec<u32>; 5] = Default::default();
        for ((part, field), values) in parts.iter().zip(&FIELDS).zip(&mut fields) {
            *values = field.values(part)?;
        }
        Ok(Cron { fields })
    }

    /// The shortest time between two starts within an hour, in minutes, if there are several in an hour.
    pub fn shortest_interval(&self) -> Option<u32> {
        let minutes = &self.fields[0];
        let around = minutes.first().map(|first| first + 60).filter(|_| self.fields[1].len() > 1);
        let next = minutes.iter().copied().skip(1).chain(around);
        minutes.iter().zip(next).map(|(minute, next)| next - minute).min()
    }

    /// True if no date fits: the 31st of February.
    pub fn never_comes(&self) -> bool {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        // With both days restricted, either is enough.
        if self.fields[4].len() < 7 {
            return false;
        }
        let first_day = self.fields[2].iter().min().copied().unwrap_or(1);
        self.fields[3].iter().all(|month| first_day > LONGEST[(*month as usize - 1) % 12])
    }
}

impl Field {
    fn values(&self, text: &str) -> Result<Vec<u32>, String> {
        let mut values = Vec::new();
        for item in text.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (item, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.min, self.max),
                Some((from, to)) => (self.value(from)?, self.value(to)?),
                None => {
                    let value = self.value(range)?;
                    (value, if step.is_some() { self.max } else { value })
                }
            };
            if from > to {
                return Err(format!("`{range}` in the {} runs backwards", self.name));
            }
            let step = match step {
                None => 1,
                Some(step) => step
                    .parse()
                    .ok()
                    .filter(|step| *step > 0)
                    .ok_or_else(|| format!("`{step}` is no step in the {}", self.name))?,
            };
            values.extend((from..=to).step_by(step));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => Some(index as u32 + self.min),
            None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())),
        };
        value
            .filter(|value| (self.min..=self.max).contains(value))
            .ok_or_else(|| format!("`{text}` is no {}: it goes from {} to {}", self.name, self.min, self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        for good in
            ["0 5 * * *", "*/15 0-6,12 1 JAN-mar MON", "5/10 * * * 0", "0,30 * * * *", "59 23 31 12 6"]
        {
            assert!(Cron::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "@daily",
            "0 5 * *",
            "0 5 * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "1,,2 * * * *",
            "+1 * * * *",
            "-1 * * * *",
        ] {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn intervals_and_dates() {
        let interval = |text: &str| Cron::parse(text).unwrap().shortest_interval();
        assert_eq!(interval("* * * * *"), Some(1));
        assert_eq!(interval("*/5 * * * *"), Some(5));
        assert_eq!(interval("0 * * * *"), Some(60));
        assert_eq!(interval("0 5 * * *"), None);
        assert_eq!(interval("58,1 * * * *"), Some(3));
        assert!(Cron::parse("0 0 31 2 *").unwrap().never_comes());
        assert!(Cron::parse("0 0 30 2 *").unwrap().never_comes());
        assert!(!Cron::parse("0 0 29 2 *").unwrap().never_comes());
        assert!(!Cron::parse("0 0 31 2 MON").unwrap().never_comes());
    }
}
