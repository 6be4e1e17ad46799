//! arXiv's calendar: which submissions are announced when (`availability.md` of arXiv's help).
//!
//! An announcement has the date that feeds and list pages print. It is mailed on the evening
//! before, and a holiday defers what would be mailed on its own evening: on 2026-11-26 nothing is
//! mailed, so 2026-11-27 has no announcement. A holiday on a Friday changes nothing, since nothing
//! is mailed on Fridays.

use jiff::civil::{Date, Time, Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Days of 2026 on whose evening nothing is mailed.
const HOLIDAYS: [Date; 9] = [
    date(2026, 1, 1),
    date(2026, 1, 19),
    date(2026, 6, 19),
    date(2026, 7, 3),
    date(2026, 9, 7),
    date(2026, 11, 26),
    date(2026, 12, 25),
    date(2026, 12, 29),
    date(2026, 12, 31),
];

/// Eastern US time with daylight saving.
pub(crate) fn eastern() -> TimeZone {
    TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a fixed and valid rule")
}

/// The day `days` after `day` (before it, if negative).
pub(crate) fn shift(day: Date, days: i64) -> Date {
    day.checked_add(Span::new().days(days))
        .expect("worlds lie within jiff's range")
}

/// `day` at `at` in Eastern time.
pub(crate) fn eastern_moment(day: Date, at: Time) -> Timestamp {
    day.to_datetime(at)
        .to_zoned(eastern())
        .expect("worlds lie within jiff's range")
        .timestamp()
}

/// The day of `now` in Eastern time.
pub(crate) fn eastern_day(now: Timestamp) -> Date {
    eastern().to_datetime(now).date()
}

/// The day of `now` in UTC, which is that of datestamps.
pub(crate) fn utc_day(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

/// Midnight in Eastern time that begins `day`.
pub(crate) fn midnight(day: Date) -> Timestamp {
    eastern_moment(day, time(0, 0, 0, 0))
}

/// Whether `day` has an announcement.
pub(crate) fn is_announcement_day(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    !weekend && !HOLIDAYS.contains(&shift(day, -1))
}

/// When OAI-PMH shows the announcement of `day`: 22:30 ET of the evening before.
pub(crate) fn published(day: Date) -> Timestamp {
    eastern_moment(shift(day, -1), time(22, 30, 0, 0))
}

/// When submissions for the announcement of `day` ended: 14:00 ET, for Mondays of the Friday
/// before, else of the day before.
pub(crate) fn cutoff(day: Date) -> Timestamp {
    let back = if day.weekday() == Weekday::Monday {
        -3
    } else {
        -1
    };
    eastern_moment(shift(day, back), time(14, 0, 0, 0))
}

/// The last announcement day before `day`.
pub(crate) fn previous(day: Date) -> Date {
    let mut earlier = shift(day, -1);
    while !is_announcement_day(earlier) {
        earlier = shift(earlier, -1);
    }
    earlier
}

/// The first announcement day on `day` or after it.
pub(crate) fn next_from(day: Date) -> Date {
    let mut later = day;
    while !is_announcement_day(later) {
        later = shift(later, 1);
    }
    later
}

/// The announcement day of what is submitted at `submitted` and not held.
pub(crate) fn announcement_of(submitted: Timestamp) -> Date {
    let mut day = next_from(eastern_day(submitted));
    while cutoff(day) <= submitted {
        day = next_from(shift(day, 1));
    }
    day
}

/// The newest announcement that OAI-PMH shows at `now`.
pub(crate) fn newest_published(now: Timestamp) -> Date {
    let mut day = next_from(shift(eastern_day(now), 1));
    while published(day) > now {
        day = previous(day);
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn windows_of_the_week_lead_to_their_days() {
        // 2026-11-02 is a Monday, in winter time: 14:00 ET is 19:00 UTC.
        for (submitted, announced) in [
            ("2026-11-02T19:00:00Z", date(2026, 11, 4)),
            ("2026-11-02T18:59:59Z", date(2026, 11, 3)),
            ("2026-11-03T20:00:00Z", date(2026, 11, 5)),
            ("2026-11-04T20:00:00Z", date(2026, 11, 6)),
            ("2026-11-05T18:00:00Z", date(2026, 11, 6)),
            ("2026-11-05T19:00:00Z", date(2026, 11, 9)),
            ("2026-11-06T18:59:59Z", date(2026, 11, 9)),
            ("2026-11-06T19:00:00Z", date(2026, 11, 10)),
            ("2026-11-08T12:00:00Z", date(2026, 11, 10)),
        ] {
            assert_eq!(announcement_of(at(submitted)), announced, "{submitted}");
        }
    }

    #[test]
    fn thanksgiving_defers_the_mailing_of_its_evening() {
        assert!(is_announcement_day(date(2026, 11, 26)));
        assert!(!is_announcement_day(date(2026, 11, 27)));
        assert!(!is_announcement_day(date(2026, 11, 28)));
        assert!(!is_announcement_day(date(2026, 11, 29)));
        // Wednesday 14:00 to Thursday 14:00 joins the window of Monday.
        assert_eq!(
            announcement_of(at("2026-11-26T12:00:00Z")),
            date(2026, 11, 30)
        );
        assert_eq!(previous(date(2026, 11, 30)), date(2026, 11, 26));
    }

    #[test]
    fn evenings_follow_daylight_saving() {
        // Clocks go back on 2026-11-01 at 02:00.
        assert_eq!(published(date(2026, 10, 30)), at("2026-10-30T02:30:00Z"));
        assert_eq!(published(date(2026, 11, 2)), at("2026-11-02T03:30:00Z"));
        assert_eq!(midnight(date(2026, 11, 1)), at("2026-11-01T04:00:00Z"));
        assert_eq!(midnight(date(2026, 11, 2)), at("2026-11-02T05:00:00Z"));
        assert_eq!(cutoff(date(2026, 11, 2)), at("2026-10-30T18:00:00Z"));
        for day in [date(2026, 3, 9), date(2026, 11, 2), date(2026, 7, 6)] {
            assert_eq!(utc_day(published(day)), day);
        }
    }

    #[test]
    fn newest_announcement_turns_at_half_past_ten() {
        assert_eq!(
            newest_published(at("2026-11-03T03:29:59Z")),
            date(2026, 11, 2)
        );
        assert_eq!(
            newest_published(at("2026-11-03T03:30:00Z")),
            date(2026, 11, 3)
        );
        assert_eq!(
            newest_published(at("2026-11-07T12:00:00Z")),
            date(2026, 11, 6)
        );
    }
}
