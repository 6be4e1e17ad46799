//! On which day a record that was harvested counts as an arrival.
//!
//! OAI-PMH tells when a record last changed, not when it was announced. A paper that the library
//! does not know arrives on the day of its record, which for what is harvested every day is the
//! announcement, papers held up by moderators included. Where that day cannot be the announcement
//! (the paper was revised since, it was edited on a weekend, the harvest catches up), it is the
//! day that arXiv's schedule gives for its submission. Where the feed of the day was read, it
//! decides which of the two it is.

use jiff::ToSpan;
use jiff::civil::Date;
use kindred_core::{
    Announcement, AnnouncementKind, Expectation, Paper, PaperDate, Version, expectation,
    expected_day,
};

/// Days between the announcement that a submission can expect and the day of its record beyond
/// which the record is old and only edited. Moderators hold few papers longer.
const LONGEST_HOLD_DAYS: i32 = 30;

/// What is known before a record is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Newest version that the library has; `None` if it does not know the paper.
    pub(super) version: Option<u16>,
    /// The first announcement day that is followed.
    pub(super) since: Date,
    /// The present day, universal time.
    pub(super) today: Date,
    /// Whether the announcement feed of the record's day lists it; `None` where that feed was not
    /// read.
    pub(super) listed: Option<bool>,
}

/// Returns as what, and when, a record counts.
pub(super) fn announcement_of(
    paper: &Paper,
    datestamp: Date,
    before: Before,
) -> Option<Announcement> {
    let announced = |kind, day| Some(Announcement { kind, day });
    if let Some(known) = before.version {
        let is_newer = paper.version() > known && paper.version() != Version::UNKNOWN;
        return if is_newer {
            announced(AnnouncementKind::Replace, datestamp)
        } else {
            None
        };
    }
    let first = day_of(paper.first_date()?);
    let is_revised = paper.version() > 1;
    let age = days_between(first, datestamp);
    if is_revised {
        if first >= before.since {
            return announced(AnnouncementKind::New, first);
        }
        let last = paper.versions.last().and_then(|version| version.date);
        let age = days_between(day_of(last?), datestamp);
        return if age <= LONGEST_HOLD_DAYS {
            announced(AnnouncementKind::Replace, datestamp)
        } else {
            None
        };
    }
    if age > LONGEST_HOLD_DAYS {
        return None;
    }
    let is_fresh = days_between(datestamp, before.today) <= 1;
    let is_quiet = expectation(datestamp) == Expectation::Weekend;
    let is_later = datestamp > first;
    let can_be_edited = match before.listed {
        Some(listed) => is_later && !listed,
        None => is_later && (is_quiet || (!is_fresh && first >= before.since)),
    };
    let day = if can_be_edited { first } else { datestamp };
    announced(AnnouncementKind::New, day)
}

/// The announcement day that a submission can expect.
fn day_of(date: PaperDate) -> Date {
    date.moment().map_or_else(|| date.first_day(), expected_day)
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// The first day of change to ask for, so that what the last harvest missed through a shift of its
/// pages is asked for once more.
pub(super) fn overlapped(until: Date) -> Date {
    const OVERLAP_DAYS: i64 = 2;
    until.saturating_sub(OVERLAP_DAYS.days())
}

#[cfg(test)]
mod tests {
    use kindred_core::SourceKind;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn paper(versions: &[&str]) -> Paper {
        let versions = (1..).zip(versions).map(|(number, date)| Version {
            number,
            date: Some(date.parse().unwrap()),
        });
        Paper {
            id: "2611.00001".parse().unwrap(),
            title: "A title".to_owned(),
            abstract_text: String::new(),
            authors: Vec::new(),
            categories: Vec::new(),
            versions: versions.collect(),
            comments: None,
            journal_ref: None,
            doi: None,
            license: None,
            venue: None,
            keywords: Vec::new(),
            withdrawn: false,
            source: SourceKind::OaiArxivRaw,
        }
    }

    fn arrival(
        versions: &[&str],
        datestamp: &str,
        known: Option<u16>,
        today: &str,
    ) -> Option<(AnnouncementKind, String)> {
        let before = Before {
            version: known,
            since: day("2026-10-12"),
            today: day(today),
            listed: None,
        };
        announcement_of(&paper(versions), day(datestamp), before)
            .map(|announcement| (announcement.kind, announcement.day.to_string()))
    }

    #[test]
    fn a_new_paper_arrives_on_the_day_of_its_record() {
        let new = |day: &str| Some((AnnouncementKind::New, day.to_owned()));
        let submitted = "2026-11-09T15:00:00Z";
        assert_eq!(
            arrival(&[submitted], "2026-11-10", None, "2026-11-10"),
            new("2026-11-10")
        );
        // Held up by moderators for a week.
        assert_eq!(
            arrival(&[submitted], "2026-11-17", None, "2026-11-17"),
            new("2026-11-17")
        );
        // Edited on a Saturday, or long before a harvest that catches up.
        assert_eq!(
            arrival(&[submitted], "2026-11-14", None, "2026-11-15"),
            new("2026-11-10")
        );
        assert_eq!(
            arrival(&[submitted], "2026-11-13", None, "2026-11-24"),
            new("2026-11-10")
        );
    }

    #[test]
    fn the_feed_of_the_day_decides_between_a_hold_and_an_edit() {
        let submitted = ["2026-11-09T15:00:00Z"];
        for (listed, arrived) in [(true, "2026-11-12"), (false, "2026-11-10")] {
            let before = Before {
                version: None,
                since: day("2026-10-12"),
                today: day("2026-11-12"),
                listed: Some(listed),
            };
            let found = announcement_of(&paper(&submitted), day("2026-11-12"), before);
            assert_eq!(found.map(|found| found.day), Some(day(arrived)), "{listed}");
        }
    }

    #[test]
    fn old_papers_that_are_edited_do_not_arrive() {
        assert_eq!(
            arrival(&["2020-01-06T15:00:00Z"], "2026-11-10", None, "2026-11-10"),
            None
        );
        let old = ["2020-01-06T15:00:00Z", "2021-01-06T15:00:00Z"];
        assert_eq!(arrival(&old, "2026-11-10", None, "2026-11-10"), None);
        assert_eq!(arrival(&old, "2026-11-10", Some(2), "2026-11-10"), None);
    }

    #[test]
    fn new_versions_are_replacements() {
        let replaced = Some((AnnouncementKind::Replace, "2026-11-10".to_owned()));
        let versions = ["2020-01-06T15:00:00Z", "2026-11-09T15:00:00Z"];
        assert_eq!(
            arrival(&versions, "2026-11-10", None, "2026-11-10"),
            replaced
        );
        assert_eq!(
            arrival(&versions, "2026-11-10", Some(1), "2026-11-10"),
            replaced
        );
        // New within the harvest and revised since: it arrived when it was new.
        let versions = ["2026-11-02T15:00:00Z", "2026-11-09T15:00:00Z"];
        assert_eq!(
            arrival(&versions, "2026-11-10", None, "2026-11-10"),
            Some((AnnouncementKind::New, "2026-11-03".to_owned()))
        );
    }
}
