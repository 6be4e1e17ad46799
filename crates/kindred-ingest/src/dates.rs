//! Dates in the spellings of the sources: ISO 8601, RFC 3339 and RFC 2822.

use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimeParser;
use kindred_core::PaperDate;

use crate::RecordError;
use crate::error::shorten;

/// The weekday is redundant, and services have been seen to get it wrong.
static RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// Parses a date of any spelling; a blank text is no date.
pub(crate) fn parse_date(
    field: &'static str,
    text: &str,
) -> Result<Option<PaperDate>, RecordError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(date) = text.parse::<PaperDate>() {
        return Ok(Some(date));
    }
    match RFC_2822.parse_timestamp(text) {
        Ok(time) => Ok(Some(time.into())),
        Err(_) => Err(RecordError::Date {
            field,
            found: shorten(text),
        }),
    }
}

/// Returns the calendar day that a text names in its own time zone.
///
/// An announcement at midnight Eastern time belongs to that day, whatever the day in UTC.
pub(crate) fn civil_day(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Some(Ok(day)) = text.get(..10).map(str::parse::<Date>) {
        return Some(day);
    }
    RFC_2822.parse_zoned(text).ok().map(|zoned| zoned.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Option<String> {
        parse_date("date", text)
            .unwrap()
            .map(|date| date.to_string())
    }

    #[test]
    fn mail_dates_and_iso_dates_are_read() {
        let mail = printed("Wed, 25 Jun 2008 15:29:38 GMT");
        assert_eq!(mail.as_deref(), Some("2008-06-25T15:29:38Z"));
        let short = printed("Mon, 2 Apr 2007 19:18:42 GMT");
        assert_eq!(short.as_deref(), Some("2007-04-02T19:18:42Z"));
        let fraction = printed("2025-08-20T04:00:19.899254+00:00");
        assert_eq!(fraction.as_deref(), Some("2025-08-20T04:00:19Z"));
        assert_eq!(printed("2021-05").as_deref(), Some("2021-05"));
        assert_eq!(printed("  "), None);
    }

    #[test]
    fn wrong_weekday_is_no_reason_to_lose_a_date() {
        let date = printed("Fri, 25 Jun 2008 15:29:38 GMT");
        assert_eq!(date.as_deref(), Some("2008-06-25T15:29:38Z"));
    }

    /// Trap 12: `2023-06-6`.
    #[test]
    fn date_without_leading_zero_is_refused() {
        assert!(parse_date("date", "2023-06-6").is_err());
    }

    #[test]
    fn day_of_announcement_is_the_day_in_its_own_zone() {
        let expected = jiff::civil::date(2025, 8, 20);
        for text in [
            "Wed, 20 Aug 2025 00:00:00 -0400",
            "2025-08-20T00:00:00-04:00",
            "2025-08-20",
        ] {
            assert_eq!(civil_day(text), Some(expected), "{text}");
        }
        assert_eq!(civil_day("today"), None);
        assert_eq!(civil_day("€€€€€€"), None);
    }
}
