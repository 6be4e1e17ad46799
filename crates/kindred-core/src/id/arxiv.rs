//! arXiv identifiers, old and new style, parsed by shape.
//!
//! Source: arXiv help, "Understanding the arXiv identifier". New style since April 2007:
//! `YYMM.NNNN`, from January 2015 `YYMM.NNNNN`. Old style until March 2007:
//! `archive[.XX]/YYMMNNN`, where the subject class is not part of the canonical form.

use std::fmt;
use std::ops::Range;

use super::IdError;

/// Archives that old-style identifiers were given in. The position is part of the packed key and
/// of stored order, so entries are never moved or removed.
const ARCHIVES: [&str; 40] = [
    "acc-phys",
    "adap-org",
    "alg-geom",
    "ao-sci",
    "astro-ph",
    "atom-ph",
    "bayes-an",
    "chao-dyn",
    "chem-ph",
    "cmp-lg",
    "comp-gas",
    "cond-mat",
    "cs",
    "dg-ga",
    "funct-an",
    "gr-qc",
    "hep-ex",
    "hep-lat",
    "hep-ph",
    "hep-th",
    "math",
    "math-ph",
    "mtrl-th",
    "nlin",
    "nucl-ex",
    "nucl-th",
    "patt-sol",
    "physics",
    "plasm-ph",
    "q-alg",
    "q-bio",
    "quant-ph",
    "solv-int",
    "supr-con",
    "econ",
    "eess",
    "q-fin",
    "stat",
    "test",
    "physics-ed",
];

/// First month of the old style, as months since year 0.
const OLD_STYLE_START: u32 = 1991 * 12 + 7;
/// First month of the new style, as months since year 0.
const NEW_STYLE_START: u32 = 2007 * 12 + 3;
/// First month of five-digit numbers.
const FIVE_DIGITS_START: u32 = 2015 * 12;

/// An arXiv identifier without a version, packed into 64 bits.
///
/// Ordered by month, then (old style) archive, then number. Prints in its canonical form, without
/// a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArxivId(u64);

impl ArxivId {
    fn pack(months: u32, archive_code: u8, number: u32) -> Self {
        Self(u64::from(months) << 48 | u64::from(archive_code) << 32 | u64::from(number))
    }

    /// Returns the identifier as a number whose order is the order of identifiers: months since year
    /// 0 (16 bits), archive of the old style or 0 (16 bits), number within the month (32 bits).
    pub fn packed(self) -> u64 {
        self.0
    }

    /// Returns the numbers that the identifiers of a month have when packed.
    pub fn packed_month(year: u16, month: u8) -> Range<u64> {
        let months = u64::from(year) * 12 + u64::from(month.clamp(1, 12)) - 1;
        months << 48..(months + 1) << 48
    }

    /// Year and month (1 to 12) of the identifier; the month of announcement, not of submission.
    pub fn year_and_month(self) -> (u16, u8) {
        let [_, _, _, months] = self.fields();
        (months / 12, u8::try_from(months % 12 + 1).unwrap_or(12))
    }

    /// The packed 16-bit fields, lowest first; the last one counts months since year 0.
    fn fields(self) -> [u16; 4] {
        let bytes = self.0.to_le_bytes();
        std::array::from_fn(|field| u16::from_le_bytes([bytes[2 * field], bytes[2 * field + 1]]))
    }
}

impl fmt::Display for ArxivId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.year_and_month();
        let two_digits = year % 100;
        let number = self.0 & 0xffff_ffff;
        let [_, _, code, months] = self.fields();
        match usize::from(code).checked_sub(1) {
            Some(archive) => {
                write!(
                    formatter,
                    "{}/{two_digits:02}{month:02}{number:03}",
                    ARCHIVES[archive]
                )
            }
            None if u32::from(months) >= FIVE_DIGITS_START => {
                write!(formatter, "{two_digits:02}{month:02}.{number:05}")
            }
            None => write!(formatter, "{two_digits:02}{month:02}.{number:04}"),
        }
    }
}

/// Removes what people and services write around an arXiv id.
///
/// `None` where the text does not look like an arXiv id at all, so that it may be of another
/// scheme.
pub(super) fn strip_wrapping(text: &str) -> Option<&str> {
    if let Some(rest) = strip_any_case(text, "http://").or_else(|| strip_any_case(text, "https://"))
    {
        return strip_address(rest);
    }
    for prefix in [
        "oai:arxiv.org:",
        "arxiv:",
        "doi:10.48550/arxiv.",
        "10.48550/arxiv.",
    ] {
        if let Some(rest) = strip_any_case(text, prefix) {
            return Some(rest.trim_start());
        }
    }
    let host = text.split('/').next().unwrap_or("");
    if is_arxiv_host(host) {
        return strip_address(text);
    }
    let looks_old = text.contains('/') && !text.contains(':');
    let looks_new = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(':');
    (looks_old || looks_new).then_some(text)
}

fn strip_any_case<'text>(text: &'text str, prefix: &str) -> Option<&'text str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn is_arxiv_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "arxiv.org" || host.ends_with(".arxiv.org")
}

/// Takes the id out of `host/abs/ID`, without query and fragment.
fn strip_address(rest: &str) -> Option<&str> {
    let (host, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or("");
    if is_arxiv_host(host) {
        [
            "abs/", "pdf/", "html/", "format/", "ps/", "src/", "e-print/",
        ]
        .iter()
        .find_map(|kind| path.strip_prefix(kind))
        .map(|id| id.trim_end_matches('/'))
    } else if host.eq_ignore_ascii_case("doi.org") || host.eq_ignore_ascii_case("dx.doi.org") {
        strip_any_case(path, "10.48550/arxiv.")
    } else {
        None
    }
}

/// Parses a bare arXiv id with an optional version.
pub(super) fn parse(bare: &str) -> Result<(ArxivId, Option<u16>), IdError> {
    let text = bare.strip_suffix(".pdf").unwrap_or(bare);
    let (base, version) = split_version(text)?;
    let id = if let Some((archive, digits)) = base.split_once('/') {
        parse_old(text, archive, digits)?
    } else if let Some((year_month, number)) = base.split_once('.') {
        parse_new(text, year_month, number)?
    } else if base.len() == 7 && base.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdError::BareNumber {
            text: base.to_owned(),
        });
    } else {
        return Err(IdError::UnknownShape {
            text: text.to_owned(),
        });
    };
    Ok((id, version))
}

/// Splits a trailing `vN` off; only digits may follow the `v`, so `solv-int/…` stays whole.
fn split_version(text: &str) -> Result<(&str, Option<u16>), IdError> {
    let base = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &text[base.len()..];
    let Some(base) = base
        .strip_suffix(['v', 'V'])
        .filter(|base| !digits.is_empty() && base.ends_with(|c: char| c.is_ascii_digit()))
    else {
        return Ok((text, None));
    };
    match digits.parse::<u16>() {
        Ok(version) if version >= 1 && !digits.starts_with('0') => Ok((base, Some(version))),
        Ok(_) | Err(_) => Err(out_of_range(text, "the version must be from v1 to v65535")),
    }
}

fn parse_old(text: &str, archive: &str, digits: &str) -> Result<ArxivId, IdError> {
    let unknown = || IdError::UnknownShape {
        text: text.to_owned(),
    };
    let (name, class) = match archive.split_once('.') {
        Some((name, class)) => (name, Some(class)),
        None => (archive, None),
    };
    let class_is_plain = class.is_none_or(|class| {
        !class.is_empty() && class.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
    });
    if digits.len() != 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || !class_is_plain {
        return Err(unknown());
    }
    let position = ARCHIVES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| IdError::UnknownArchive {
            archive: name.to_owned(),
            text: text.to_owned(),
        })?;
    let year = number(&digits[..2]);
    let year = if year >= 91 { 1900 + year } else { 2000 + year };
    let months = months_of(text, year, number(&digits[2..4]))?;
    if !(OLD_STYLE_START..NEW_STYLE_START).contains(&months) {
        return Err(out_of_range(text, "old-style ids run from 9108 to 0703"));
    }
    let count = number(&digits[4..]);
    if count == 0 {
        return Err(out_of_range(text, "numbers start at 001"));
    }
    let code = u8::try_from(position + 1).expect("fewer than 255 archives");
    Ok(ArxivId::pack(months, code, count))
}

fn parse_new(text: &str, year_month: &str, digits: &str) -> Result<ArxivId, IdError> {
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if year_month.len() != 4
        || !(4..=5).contains(&digits.len())
        || !all_digits(year_month)
        || !all_digits(digits)
    {
        return Err(IdError::UnknownShape {
            text: text.to_owned(),
        });
    }
    let months = months_of(
        text,
        2000 + number(&year_month[..2]),
        number(&year_month[2..]),
    )?;
    if months < NEW_STYLE_START {
        return Err(out_of_range(text, "new-style ids start at 0704"));
    }
    let expected_digits = if months >= FIVE_DIGITS_START { 5 } else { 4 };
    if digits.len() != expected_digits {
        return Err(out_of_range(
            text,
            "numbers have four digits until 1412 and five from 1501",
        ));
    }
    let count = number(digits);
    if count == 0 {
        return Err(out_of_range(text, "numbers start at 1"));
    }
    Ok(ArxivId::pack(months, 0, count))
}

fn months_of(text: &str, year: u32, month: u32) -> Result<u32, IdError> {
    if (1..=12).contains(&month) {
        Ok(year * 12 + month - 1)
    } else {
        Err(out_of_range(text, "the month must be from 01 to 12"))
    }
}

fn number(digits: &str) -> u32 {
    digits
        .parse()
        .expect("the caller checked that these are at most five digits")
}

fn out_of_range(text: &str, reason: &'static str) -> IdError {
    IdError::OutOfRange {
        text: text.to_owned(),
        reason,
    }
}
