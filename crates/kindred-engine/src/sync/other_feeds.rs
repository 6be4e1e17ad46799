//! Feeds of papers that the user named: journals, other archives.
//!
//! None is read unless it was named. Their addresses come from outside, so they are held to the
//! public internet: no address of this machine or of a private network is asked, whatever name or
//! redirect leads there, and no proxy is.

use jiff::SignedDuration;
use kindred_core::{PaperId, Record, Version};
use kindred_fetch::{AllowedHosts, Client, ClientOptions, FetchError, Verdict};
use kindred_ingest::{Format, IngestError, Limits, PapersPage, parse_papers};
use kindred_store::{HarvestBatch, HarvestedRecord};
use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::run::Run;
use crate::import::chain;
use crate::{EngineError, Library};

/// Setting under which the addresses are kept.
const SETTING: &str = "feeds";
/// Longest time that one feed is waited for.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// What became of a feed that the user named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OtherFeedReport {
    /// Its address.
    pub address: String,
    /// Papers that it listed.
    pub records: u64,
    /// Papers that the library did not know.
    pub new: u64,
    /// Entries that are no papers.
    pub rejected: u64,
    /// Why it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Library {
    /// Returns the addresses of feeds that are read beside arXiv, in the order in which they were
    /// named.
    ///
    /// # Errors
    /// [`EngineError::Setting`] if the list is damaged.
    pub fn other_feeds(&self) -> Result<Vec<String>, EngineError> {
        let Some(text) = self.store.setting(SETTING)? else {
            return Ok(Vec::new());
        };
        serde_json::from_str(&text).map_err(|source| EngineError::Setting {
            name: SETTING,
            source,
        })
    }

    /// Adds feeds to read with each sync, or takes some out.
    ///
    /// # Errors
    /// [`FetchError::Refused`] for an address that is not one of the public internet; then nothing
    /// is changed.
    pub fn change_other_feeds(
        &mut self,
        added: &[String],
        removed: &[String],
        hosts: &AllowedHosts,
    ) -> Result<(), EngineError> {
        let mut feeds = self.other_feeds()?;
        for address in added {
            let address = hosts.check(address)?.to_string();
            if !feeds.contains(&address) {
                feeds.push(address);
            }
        }
        feeds.retain(|known| {
            let is_removed = |address: &String| {
                address == known || Url::parse(address).is_ok_and(|url| url.as_str() == known)
            };
            !removed.iter().any(is_removed)
        });
        let text = serde_json::to_string(&feeds).map_err(|source| EngineError::Setting {
            name: SETTING,
            source,
        })?;
        Ok(self.store.set_setting(SETTING, &text)?)
    }

    /// Reads every feed that was named; one that fails is reported and the next one follows.
    pub(super) fn read_other_feeds(
        &mut self,
        run: &Run<'_>,
    ) -> Result<Vec<OtherFeedReport>, EngineError> {
        let mut reports = Vec::new();
        let feeds = self.other_feeds()?;
        if feeds.is_empty() {
            return Ok(reports);
        }
        let hosts = run.service.other_hosts();
        let client = run.client_for(|options| ClientOptions {
            hosts: hosts.clone(),
            patience: PATIENCE,
            ..options
        })?;
        for address in feeds {
            let mut report = OtherFeedReport {
                address,
                ..OtherFeedReport::default()
            };
            match self.read_other_feed(run, &client, &hosts, &mut report) {
                Ok(()) => {}
                Err(error @ EngineError::Fetch(_)) if !matches!(&error, EngineError::Fetch(inner) if matches!(**inner, FetchError::Stopped)) =>
                {
                    report.failure = Some(chain(&error));
                }
                Err(error @ EngineError::Ingest(_)) => report.failure = Some(chain(&error)),
                Err(error) => return Err(error),
            }
            reports.push(report);
        }
        Ok(reports)
    }

    fn read_other_feed(
        &mut self,
        run: &Run<'_>,
        client: &Client,
        hosts: &AllowedHosts,
        report: &mut OtherFeedReport,
    ) -> Result<(), EngineError> {
        let url = hosts.check(&report.address)?;
        let page: Result<PapersPage, IngestError> = run.get_by(client, &url, &mut |answer| {
            match parse_papers(&report.address, answer.body, &Limits::default()) {
                Ok(page) => Verdict::Use(Ok(page)),
                // What is no feed today is none in a minute.
                Err(error) => Verdict::Use(Err(error)),
            }
        })?;
        let page = page?;
        if page.format != Format::Feed {
            let found = page.format.to_string();
            return Err(IngestError::UnknownFormat {
                input: report.address.clone(),
                found,
            }
            .into());
        }
        let mut records = Vec::new();
        for item in page.items {
            match item.record {
                Ok(record @ Record::Paper { .. }) => records.push(HarvestedRecord {
                    record: modest(record),
                    datestamp: None,
                }),
                Ok(Record::Deleted(_)) | Err(_) => report.rejected += 1,
            }
        }
        report.records = records.len() as u64;
        let counts = self.store.harvest(&HarvestBatch {
            records: &records,
            ..HarvestBatch::default()
        })?;
        report.new = counts.new;
        run.control().check()
    }
}

/// Takes from what another feed says of a paper of arXiv all that is arXiv's to say: which version
/// it is, and when it was announced.
fn modest(record: Record) -> Record {
    match record {
        Record::Paper { mut paper, .. } if matches!(paper.id, PaperId::Arxiv(_)) => {
            let date = paper.first_date();
            paper.versions = vec![Version {
                number: Version::UNKNOWN,
                date,
            }];
            Record::Paper {
                paper,
                announcement: None,
            }
        }
        other @ (Record::Paper { .. } | Record::Deleted(_)) => other,
    }
}
