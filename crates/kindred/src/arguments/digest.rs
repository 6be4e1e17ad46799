//! Arguments of `digest` and `schedule`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::{Date, Time};
use kindred_engine::{Category, FeedRanker};

/// Arguments of `digest`.
#[derive(Debug, Args)]
pub(crate) struct DigestArguments {
    /// The seed sets, in this order [default: all]
    #[arg(value_name = "SET")]
    pub(crate) sets: Vec<String>,
    /// First day of arrivals [default: six days before the digest's day]
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Date>,
    /// Write the digest as if today were this day
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<Date>,
    /// Only arrivals of this category or archive (may be repeated)
    #[arg(long, short, value_name = "CATEGORY")]
    pub(crate) category: Vec<Category>,
    /// Most arrivals of each set
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N", value_parser = super::limit())]
    pub(crate) limit: u16,
    /// What orders them: kindred, or another ranker that `kindred replay` measures it against
    #[arg(
        long,
        default_value_t,
        value_name = "NAME",
        value_parser = super::ranker()
    )]
    pub(crate) ranker: FeedRanker,
    /// What to write [default: as the ending of --out says, else terminal]
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<DigestFormat>,
    /// Write to this file, whole or not at all, instead of printing
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Send it by mail too; with neither --out nor --format, instead of printing
    #[arg(long)]
    pub(crate) mail: bool,
    /// Settings of the mail server [default: kindred/mail.toml in the user's configuration folder]
    #[arg(long, env = "KINDRED_MAIL_SETTINGS", value_name = "FILE")]
    pub(crate) mail_settings: Option<PathBuf>,
    /// Print what would be written or sent; write, send and remember nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not remember these papers as shown
    #[arg(long)]
    pub(crate) peek: bool,
}

/// What a digest is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DigestFormat {
    /// Text for the terminal.
    Terminal,
    /// Text for notes and web sites.
    Markdown,
    /// One page, to be opened offline or printed.
    Html,
    /// A feed for a feed reader.
    Atom,
    /// Data for programs.
    Json,
    /// References for LaTeX.
    Bibtex,
    /// References for reference managers.
    Ris,
    /// A mail message.
    Eml,
}

/// Arguments of `schedule`.
#[derive(Debug, Args)]
pub(crate) struct ScheduleArguments {
    /// The seed sets of the digest, in this order [default: all]
    #[arg(value_name = "SET")]
    pub(crate) sets: Vec<String>,
    /// When to run, every day, in local time
    #[arg(long, default_value = "07:00", value_name = "HH:MM", value_parser = time)]
    pub(crate) time: Time,
    /// What to print
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) format: ScheduleFormat,
    /// Import this file first (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) import: Vec<PathBuf>,
    /// Bring what is followed up to date first (`kindred sync`)
    #[arg(long)]
    pub(crate) sync: bool,
    /// Write the digest to this file; its ending says the format
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Send the digest by mail
    #[arg(long)]
    pub(crate) mail: bool,
    /// Settings of the mail server [default: kindred/mail.toml in the user's configuration folder]
    #[arg(long, env = "KINDRED_MAIL_SETTINGS", value_name = "FILE")]
    pub(crate) mail_settings: Option<PathBuf>,
    /// Write the systemd units into this folder too
    #[arg(long, value_name = "DIR")]
    pub(crate) write: Option<PathBuf>,
}

/// What a schedule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ScheduleFormat {
    /// A line for `crontab -e`.
    #[default]
    Cron,
    /// A service and a timer of the user's systemd.
    Systemd,
}

fn time(text: &str) -> Result<Time, String> {
    let parsed = text.split_once(':').and_then(|(hour, minute)| {
        let is_short = |part: &str| {
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_time = is_short(hour) && is_short(minute) && minute.len() == 2;
        let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
        Time::new(hour, minute, 0, 0).ok().filter(|_| is_time)
    });
    parsed.ok_or_else(|| "expected a time of day from 00:00 to 23:59".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_checked_while_parsing() {
        assert_eq!(time("06:05"), Ok(jiff::civil::time(6, 5, 0, 0)));
        assert_eq!(time("7:30"), Ok(jiff::civil::time(7, 30, 0, 0)));
        for text in [
            "", "7", "24:00", "12:60", "12:5", "-1:00", "12:00:00", "ab:cd", "+7:00",
        ] {
            assert!(time(text).is_err(), "{text:?}");
        }
    }
}
