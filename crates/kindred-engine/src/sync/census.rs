//! The census: which records a service lists, against the library.

use jiff::civil::Date;
use kindred_core::PaperId;
use kindred_fetch::Verdict;
use kindred_ingest::{HeaderList, IngestError, ItemHeader, Limits, parse_headers};
use kindred_store::CensusState;

use super::run::Run;
use crate::import::chain;
use crate::{EngineError, Library, Progress};

/// Times that a census whose token expired is begun anew.
const MOST_RESTARTS: u32 = 3;

/// What a census found.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// Records that the service lists, deleted ones left out.
    pub(crate) listed: u64,
    /// Those that the library has not.
    pub(crate) absent: u64,
    /// Those that the library has as they were earlier.
    pub(crate) stale: u64,
    /// Headers of both.
    pub(crate) lost: Vec<ItemHeader>,
    /// Headers that do not say which paper they are.
    pub(crate) rejected: u64,
}

impl Library {
    /// Compares what a set lists from a day on with the library.
    pub(crate) fn census(
        &self,
        run: &Run<'_>,
        set: Option<&str>,
        from: Date,
    ) -> Result<Census, EngineError> {
        let mut census = Census::default();
        let mut token: Option<String> = None;
        let mut restarts = 0;
        loop {
            let list = request(run, set, from, token.as_deref())?;
            run.point("census: answered");
            let list = match list {
                Ok(list) => list,
                Err(IngestError::Oai { code, .. })
                    if code == "badResumptionToken" && restarts < MOST_RESTARTS =>
                {
                    restarts += 1;
                    token = None;
                    census = Census::default();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            census.rejected += list.rejected.len() as u64;
            self.compare(list.headers, &mut census)?;
            run.point("census: compared");
            run.control().report(Progress::Sync {
                list: "census".to_owned(),
                records: census.listed,
            });
            run.control().check()?;
            token = list
                .facts
                .resumption_token
                .filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(census);
            }
        }
    }

    fn compare(&self, headers: Vec<ItemHeader>, census: &mut Census) -> Result<(), EngineError> {
        let live: Vec<ItemHeader> = headers
            .into_iter()
            .filter(|header| !header.is_deleted)
            .collect();
        let asked: Vec<(PaperId, Option<Date>)> = live
            .iter()
            .map(|header| (header.id.clone(), header.datestamp))
            .collect();
        let states = self.store.census(&asked)?;
        census.listed += live.len() as u64;
        for (header, state) in live.into_iter().zip(states) {
            match state {
                CensusState::Present => continue,
                CensusState::Stale => census.stale += 1,
                CensusState::Absent => census.absent += 1,
            }
            census.lost.push(header);
        }
        Ok(())
    }
}

fn request(
    run: &Run<'_>,
    set: Option<&str>,
    from: Date,
    token: Option<&str>,
) -> Result<Result<HeaderList, IngestError>, EngineError> {
    let from = from.to_string();
    let mut arguments = vec![("verb", "ListIdentifiers")];
    if let Some(token) = token {
        arguments.push(("resumptionToken", token));
    } else {
        arguments.extend([("metadataPrefix", "arXivRaw"), ("from", from.as_str())]);
        arguments.extend(set.map(|set| ("set", set)));
    }
    let address = run.service.oai_request(&arguments);
    run.get(&address, &mut |answer| match parse_headers(
        "the census",
        answer.body,
        &Limits::default(),
    ) {
        Ok(list) => Verdict::Use(Ok(list)),
        Err(error @ IngestError::Oai { .. }) => Verdict::Use(Err(error)),
        Err(error) => Verdict::Again(chain(&error)),
    })
}
