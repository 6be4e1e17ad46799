//! How fast topics grow, by the days of their papers.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::answer::MonthCount;

/// Days of a quarter and of the nine months before it.
const RECENT_DAYS: i64 = 91;
const EARLIER_DAYS: i64 = 274;
/// Mean days of a month.
const MONTH_DAYS: f64 = 365.25 / 12.0;
/// Months that are counted one by one.
const MONTHS: i64 = 12;

/// Growth of a topic.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Growth {
    pub(super) per_month: f64,
    pub(super) per_month_before: f64,
    pub(super) months: Vec<MonthCount>,
}

impl Growth {
    /// Counts the days of a topic's papers up to `latest`, the latest day of all papers.
    pub(super) fn new(days: &[Date], latest: Option<Date>) -> Self {
        let Some(latest) = latest else {
            return Self {
                per_month: 0.0,
                per_month_before: 0.0,
                months: Vec::new(),
            };
        };
        let age = |day: &Date| i64::from((latest - *day).get_days());
        let recent = days.iter().filter(|day| age(day) < RECENT_DAYS).count();
        let earlier = days
            .iter()
            .filter(|day| (RECENT_DAYS..RECENT_DAYS + EARLIER_DAYS).contains(&age(day)));
        let months = (0..MONTHS).rev().filter_map(|back| {
            let month = latest.first_of_month().checked_sub(back.months()).ok()?;
            let papers = days.iter().filter(|day| day.first_of_month() == month);
            Some(MonthCount {
                month: month.strftime("%Y-%m").to_string(),
                papers: papers.count() as u64,
            })
        });
        Self {
            per_month: recent as f64 * MONTH_DAYS / RECENT_DAYS as f64,
            per_month_before: earlier.count() as f64 * MONTH_DAYS / EARLIER_DAYS as f64,
            months: months.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn papers_count_in_their_month_and_quarter() {
        let days = [
            date(2026, 4, 7),
            date(2026, 4, 1),
            date(2026, 1, 6),
            date(2026, 1, 5),
            date(2025, 5, 31),
            date(2024, 4, 7),
        ];
        let found = Growth::new(&days, Some(date(2026, 4, 7)));
        // 7 April less 91 days is 6 January, the first day of the nine months before.
        assert!((found.per_month - 2.0 * MONTH_DAYS / 91.0).abs() < 1e-9);
        assert!((found.per_month_before - 3.0 * MONTH_DAYS / 274.0).abs() < 1e-9);
        let months: Vec<(&str, u64)> = found
            .months
            .iter()
            .map(|month| (month.month.as_str(), month.papers))
            .collect();
        assert_eq!(months.first(), Some(&("2025-05", 1)));
        assert_eq!(months.last(), Some(&("2026-04", 2)));
        assert_eq!(months.len(), 12);
        assert_eq!(months[8], ("2026-01", 2));
    }

    #[test]
    fn papers_without_days_do_not_grow() {
        let found = Growth::new(&[], None);
        assert!(found.months.is_empty() && found.per_month.abs() < 1e-12);
    }
}
