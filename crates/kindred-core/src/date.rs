//! Dates as sources give them: to the year, the month, the day or the second.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date, expected YYYY, YYYY-MM, YYYY-MM-DD or an RFC 3339 time")]
pub struct DateError {
    /// The text found.
    pub text: String,
}

/// A date in UTC, as precise as its source was.
///
/// Prints as ISO 8601 cut to its precision (`2023`, `2023-05`, `2023-05-14`,
/// `2023-05-14T09:59:48Z`); the order of values is the order of these texts, so a vaguer date
/// comes before the sharper ones within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaperDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    /// Seconds since midnight.
    second: Option<i32>,
}

impl PaperDate {
    /// Returns the first day that the date can mean.
    pub fn first_day(self) -> Date {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Date::ZERO)
    }

    /// Returns the moment, where the date is precise to the second.
    pub fn moment(self) -> Option<Timestamp> {
        let second = self.second?;
        let midnight = self.first_day().to_zoned(TimeZone::UTC).ok()?.timestamp();
        midnight
            .checked_add(SignedDuration::from_secs(i64::from(second)))
            .ok()
    }

    /// Whether the day is known, not only the month or year.
    pub fn is_to_the_day(self) -> bool {
        self.day.is_some()
    }
}

impl From<Date> for PaperDate {
    fn from(date: Date) -> Self {
        Self {
            year: date.year(),
            month: Some(date.month()),
            day: Some(date.day()),
            second: None,
        }
    }
}

impl From<Timestamp> for PaperDate {
    /// Keeps whole seconds.
    fn from(time: Timestamp) -> Self {
        let utc = time.to_zoned(TimeZone::UTC);
        let second =
            i32::from(utc.hour()) * 3600 + i32::from(utc.minute()) * 60 + i32::from(utc.second());
        Self {
            second: Some(second),
            ..Self::from(utc.date())
        }
    }
}

impl fmt::Display for PaperDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(formatter, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(formatter, "-{day:02}")?;
        }
        if let Some(second) = self.second {
            let (hour, minute) = (second / 3600, second / 60 % 60);
            write!(formatter, "T{hour:02}:{minute:02}:{:02}Z", second % 60)?;
        }
        Ok(())
    }
}

impl FromStr for PaperDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError {
            text: text.chars().take(80).collect(),
        };
        let text = text.trim();
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let known_shape = text.is_ascii() && text.get(..4).is_some_and(digits);
        if !known_shape {
            return Err(error());
        }
        let date = match text.len() {
            4 => Self {
                year: part(text).ok_or_else(error)?,
                month: None,
                day: None,
                second: None,
            },
            7 => {
                let day: Date = format!("{text}-01").parse().ok().ok_or_else(error)?;
                Self {
                    day: None,
                    ..Self::from(day)
                }
            }
            10 => Self::from(text.parse::<Date>().ok().ok_or_else(error)?),
            _ => Self::from(text.parse::<Timestamp>().ok().ok_or_else(error)?),
        };
        if date.year < 1 {
            Err(error())
        } else {
            Ok(date)
        }
    }
}

fn part(text: &str) -> Option<i16> {
    text.parse().ok()
}

impl Serialize for PaperDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PaperDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_precision_prints_back() {
        for text in ["2023", "2023-05", "2023-05-14", "2023-05-14T09:59:48Z"] {
            assert_eq!(text.parse::<PaperDate>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn offsets_become_utc() {
        let date: PaperDate = "2007-10-31T20:59:48-04:00".parse().unwrap();
        assert_eq!(date.to_string(), "2007-11-01T00:59:48Z");
    }

    #[test]
    fn order_is_order_of_text() {
        let texts = [
            "2022-12-31T23:59:59Z",
            "2023",
            "2023-05",
            "2023-05-14",
            "2023-05-14T00:00:00Z",
            "2023-05-15",
        ];
        let dates: Vec<PaperDate> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assert!(dates.is_sorted());
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-30",
            "2023-13",
            "2023-06-6",
            "0000",
            "yesterday",
            "",
            "20230514",
        ] {
            assert!(text.parse::<PaperDate>().is_err(), "{text}");
        }
    }
}
