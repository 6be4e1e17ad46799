//! When arXiv announces papers (arXiv help, "Availability of submissions").
//!
//! Announcements are made at 20:00 US Eastern time from Sunday to Thursday; lists and feeds print
//! the day after, so an announcement day is a Monday to Friday. Submissions close at 14:00 Eastern:
//! those of Friday 14:00 to Monday 14:00 are announced on Monday evening, those of Thursday 14:00 to
//! Friday 14:00 on Sunday evening. Nothing is announced on some holidays of the United States;
//! whether the evening or the day is meant differs between arXiv's own pages, so both count as days
//! on which nothing needs to come.

use jiff::civil::{Date, Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Days of 2026 without announcements, by arXiv's own list.
const HOLIDAYS_2026: [(i8, i8); 9] = [
    (1, 1),
    (1, 19),
    (6, 19),
    (7, 3),
    (9, 7),
    (11, 26),
    (12, 25),
    (12, 29),
    (12, 31),
];

/// What to expect of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Papers are announced.
    Announcement,
    /// A Saturday or Sunday: none are.
    Weekend,
    /// A holiday, or the day after its evening: none need to be, some may.
    Holiday,
}

/// What to expect of a day, as lists and feeds date it.
pub fn expectation(day: Date) -> Expectation {
    if is_weekend(day) {
        Expectation::Weekend
    } else if is_holiday(day) || is_holiday(day.saturating_sub(1.day())) {
        Expectation::Holiday
    } else {
        Expectation::Announcement
    }
}

/// When the records of an announcement day are in OAI-PMH: an hour after the update of 22:30
/// Eastern time on the evening before, which takes its time.
pub fn available_from(day: Date) -> Timestamp {
    eastern_moment(day.saturating_sub(1.day()), 23)
}

/// The announcement day of a moment: the date, Eastern time, of the midnight that follows the
/// last 20:00. It may be a weekend or a holiday.
pub fn announcement_day(now: Timestamp) -> Date {
    let later = now
        .saturating_add(SignedDuration::from_hours(4))
        .unwrap_or(now);
    later.to_zoned(eastern()).date()
}

/// The day on which a submission is announced if nothing holds it up.
///
/// Holidays push it on by as many days as nothing is announced for sure; where that is not
/// certain the earlier day is returned.
pub fn expected_day(submitted: Timestamp) -> Date {
    let local = submitted.to_zoned(eastern());
    let closes = |date: Date| date.to_datetime(time(14, 0, 0, 0));
    // The evening after the next 14:00 of a working day.
    let mut evening = local.date();
    if local.datetime() >= closes(evening) {
        evening = evening.saturating_add(1.day());
    }
    let evening = match evening.weekday() {
        // Thursday 14:00 to Friday 14:00 is announced on Sunday evening, the next three days on
        // Monday evening.
        Weekday::Friday | Weekday::Saturday => evening.saturating_add(2.days()),
        Weekday::Sunday => evening.saturating_add(1.day()),
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => evening,
    };
    evening.saturating_add(1.day())
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether nothing is announced on the evening of a day. Years without a list of their own follow
/// the federal holidays that arXiv keeps, and the days around the turn of the year.
fn is_holiday(day: Date) -> bool {
    let (month, number) = (day.month(), day.day());
    if day.year() == 2026 {
        return HOLIDAYS_2026.contains(&(month, number));
    }
    let nth = |nth: i8, weekday: Weekday| {
        date(day.year(), month, 1)
            .nth_weekday_of_month(nth, weekday)
            .is_ok_and(|found| found == day)
    };
    match month {
        1 => number == 1 || nth(3, Weekday::Monday),
        6 => number == 19,
        7 => is_observed(day, date(day.year(), 7, 4)),
        9 => nth(1, Weekday::Monday),
        11 => nth(4, Weekday::Thursday),
        12 => number >= 24,
        _ => false,
    }
}

/// Whether a holiday is kept on a day: on itself, or on the working day beside a weekend.
fn is_observed(day: Date, holiday: Date) -> bool {
    let observed = match holiday.weekday() {
        Weekday::Saturday => holiday.saturating_sub(1.day()),
        Weekday::Sunday => holiday.saturating_add(1.day()),
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => holiday,
    };
    day == observed || day == holiday
}

fn eastern_moment(day: Date, hour: i8) -> Timestamp {
    day.to_datetime(time(hour, 30, 0, 0))
        .to_zoned(eastern())
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// US Eastern time by its present rule, without a time zone database.
fn eastern() -> TimeZone {
    TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("the rule is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn submissions_are_announced_by_the_table_of_arxiv() {
        // Eastern daylight time is four hours behind.
        for (submitted, day) in [
            ("2026-04-06T17:59:00Z", date(2026, 4, 7)),
            ("2026-04-06T18:00:00Z", date(2026, 4, 8)),
            ("2026-04-09T17:59:00Z", date(2026, 4, 10)),
            ("2026-04-09T18:00:00Z", date(2026, 4, 13)),
            ("2026-04-10T17:59:00Z", date(2026, 4, 13)),
            ("2026-04-10T18:00:00Z", date(2026, 4, 14)),
            ("2026-04-12T12:00:00Z", date(2026, 4, 14)),
            ("2026-04-13T17:59:00Z", date(2026, 4, 14)),
            // Standard time is five hours behind.
            ("2026-01-06T18:59:00Z", date(2026, 1, 7)),
            ("2026-01-06T19:00:00Z", date(2026, 1, 8)),
        ] {
            assert_eq!(expected_day(moment(submitted)), day, "{submitted}");
        }
    }

    #[test]
    fn the_day_turns_at_eight_in_the_evening() {
        assert_eq!(
            announcement_day(moment("2026-04-06T23:59:00Z")),
            date(2026, 4, 6)
        );
        assert_eq!(
            announcement_day(moment("2026-04-07T00:00:00Z")),
            date(2026, 4, 7)
        );
        assert_eq!(
            announcement_day(moment("2026-01-07T00:59:00Z")),
            date(2026, 1, 6)
        );
        assert_eq!(
            announcement_day(moment("2026-01-07T01:00:00Z")),
            date(2026, 1, 7)
        );
    }

    #[test]
    fn records_are_there_in_the_night_also_when_clocks_change() {
        assert_eq!(
            available_from(date(2026, 4, 7)),
            moment("2026-04-07T03:30:00Z")
        );
        assert_eq!(
            available_from(date(2026, 1, 7)),
            moment("2026-01-07T04:30:00Z")
        );
        // Clocks went forward on 8 March, back on 1 November.
        assert_eq!(
            available_from(date(2026, 3, 9)),
            moment("2026-03-09T03:30:00Z")
        );
        assert_eq!(
            available_from(date(2026, 11, 2)),
            moment("2026-11-02T04:30:00Z")
        );
    }

    #[test]
    fn quiet_days_are_known() {
        assert_eq!(expectation(date(2026, 4, 7)), Expectation::Announcement);
        assert_eq!(expectation(date(2026, 4, 11)), Expectation::Weekend);
        // Thanksgiving: the evening of Thursday, the list of Friday.
        assert_eq!(expectation(date(2026, 11, 25)), Expectation::Announcement);
        assert_eq!(expectation(date(2026, 11, 26)), Expectation::Holiday);
        assert_eq!(expectation(date(2026, 11, 27)), Expectation::Holiday);
        assert_eq!(expectation(date(2026, 11, 30)), Expectation::Announcement);
        assert_eq!(expectation(date(2027, 11, 25)), Expectation::Holiday);
        assert_eq!(expectation(date(2027, 7, 5)), Expectation::Holiday);
        assert_eq!(expectation(date(2027, 1, 18)), Expectation::Holiday);
        assert_eq!(expectation(date(2027, 5, 31)), Expectation::Announcement);
    }
}
