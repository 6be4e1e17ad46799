//! `Retry-After` in both of its forms (RFC 9110, section 10.2.3).

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// Longest rest that a service can ask for: six hours. What lies beyond is a mistake or a cached
/// answer, and asking again after six hours harms nobody.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// Returns when the service wants to be asked again, at most [`LONGEST`] from now.
///
/// A date is measured against the service's own clock where it told the time (`Date`), since
/// ours may be wrong.
pub(crate) fn parse(
    text: &str,
    now: Timestamp,
    service_time: Option<Timestamp>,
) -> Option<Timestamp> {
    let text = text.trim();
    let rest = if let Ok(seconds) = text.parse::<u32>() {
        SignedDuration::from_secs(i64::from(seconds))
    } else {
        let until = http_date(text)?;
        until.duration_since(service_time.unwrap_or(now))
    };
    let rest = rest.clamp(SignedDuration::ZERO, LONGEST);
    now.checked_add(rest).ok()
}

/// Parses a date of HTTP; its preferred form is one of RFC 2822.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let text = text
        .strip_suffix("GMT")
        .map_or_else(|| text.to_owned(), |head| format!("{head}+0000"));
    rfc2822::parse(&text).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn both_forms_are_read() {
        let now = time("2026-11-03T10:00:00Z");
        assert_eq!(parse("120", now, None), Some(time("2026-11-03T10:02:00Z")));
        assert_eq!(
            parse("Tue, 03 Nov 2026 10:05:00 GMT", now, None),
            Some(time("2026-11-03T10:05:00Z"))
        );
        assert_eq!(parse("soon", now, None), None);
    }

    #[test]
    fn a_date_is_measured_by_the_clock_of_the_service() {
        let now = time("2026-11-03T10:00:00Z");
        let theirs = Some(time("2026-11-01T10:00:00Z"));
        let until = parse("Sun, 01 Nov 2026 10:01:00 GMT", now, theirs);
        assert_eq!(until, Some(time("2026-11-03T10:01:00Z")));
    }

    #[test]
    fn a_day_is_cut_to_six_hours_and_the_past_means_now() {
        let now = time("2026-11-03T10:00:00Z");
        assert_eq!(
            parse("86400", now, None),
            Some(time("2026-11-03T16:00:00Z"))
        );
        assert_eq!(parse("Tue, 03 Nov 2026 09:00:00 GMT", now, None), Some(now));
    }
}
