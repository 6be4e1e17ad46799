//! What all parts of one sync share.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_fetch::{Answer, Client, ClientOptions, Clock, FetchError, Hooks, Notice, Verdict};
use url::Url;

use super::feed::FeedView;
use super::{Service, SyncOptions};
use crate::{Control, EngineError, Progress};

/// Difference of clocks that is said aloud.
const NOTED_SKEW_SECONDS: i64 = 10 * 60;

/// One sync: its client, its clock, how it reports.
pub(crate) struct Run<'a> {
    pub(super) service: &'a Service,
    client: Client,
    options: &'a SyncOptions<'a>,
    point: &'a dyn Fn(&str),
    control: &'a Control<'a>,
    /// The announcement feed of the day, once it was read.
    pub(super) feed: OnceCell<FeedView>,
    /// Requests that were answered.
    requests: Cell<u64>,
    /// Seconds by which the service's clock is ahead of ours, once it told.
    skew: Cell<Option<i64>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        options: &'a SyncOptions<'a>,
        control: &'a Control<'a>,
    ) -> Result<Self, EngineError> {
        let client_options = ClientOptions {
            hosts: options.service.hosts(),
            ..options.client.clone()
        };
        let clock: Arc<dyn Clock> = Arc::clone(&options.clock);
        Ok(Self {
            service: &options.service,
            client: Client::new(client_options, clock)?,
            options,
            point: options.point,
            control,
            feed: OnceCell::new(),
            requests: Cell::new(0),
            skew: Cell::new(None),
        })
    }

    /// Passes a named point, where tests end the process.
    pub(super) fn point(&self, name: &str) {
        (self.point)(name);
    }

    pub(super) fn control(&self) -> &Control<'a> {
        self.control
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// The present moment by the clock of the service, as far as it told.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.client.clock().now();
        let skew = jiff::SignedDuration::from_secs(self.skew.get().unwrap_or(0));
        now.checked_add(skew).unwrap_or(now)
    }

    /// The present day, universal time.
    pub(super) fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// Makes a client for other hosts, by the same clock and folder.
    pub(super) fn client_for(
        &self,
        change: impl FnOnce(ClientOptions) -> ClientOptions,
    ) -> Result<Client, EngineError> {
        let options = change(self.options.client.clone());
        Ok(Client::new(options, Arc::clone(&self.options.clock))?)
    }

    /// Fetches an address of arXiv until its answer can be used.
    pub(super) fn get<T>(
        &self,
        address: &Url,
        judge: &mut dyn FnMut(Answer) -> Verdict<T>,
    ) -> Result<T, EngineError> {
        self.get_patiently(&self.client, address, judge)
    }

    /// The same with the patience of another client of arXiv.
    pub(super) fn get_patiently<T>(
        &self,
        client: &Client,
        address: &Url,
        judge: &mut dyn FnMut(Answer) -> Verdict<T>,
    ) -> Result<T, EngineError> {
        self.get_by(client, address, &mut |answer| {
            self.compare_clocks(&answer);
            judge(answer)
        })
    }

    /// Fetches an address by a client.
    pub(super) fn get_by<T>(
        &self,
        client: &Client,
        address: &Url,
        judge: &mut dyn FnMut(Answer) -> Verdict<T>,
    ) -> Result<T, EngineError> {
        let host = address.host_str().unwrap_or("the service").to_owned();
        let hooks = Hooks {
            stop: &|| self.control.is_stopped(),
            notice: &|notice| self.tell(&host, notice),
        };
        let outcome = client.get(address, &hooks, &mut |answer| {
            self.requests.set(self.requests.get() + 1);
            judge(answer)
        });
        outcome.map_err(|error| {
            if matches!(error, FetchError::Stopped) {
                EngineError::Stopped
            } else {
                error.into()
            }
        })
    }

    fn compare_clocks(&self, answer: &Answer) {
        let Some(sent) = answer.sent else { return };
        let skew = sent.duration_since(answer.received).as_secs();
        if skew.abs() < NOTED_SKEW_SECONDS {
            self.skew.set(Some(0));
            return;
        }
        if self
            .skew
            .get()
            .is_none_or(|known| (known - skew).abs() > NOTED_SKEW_SECONDS)
        {
            let direction = if skew < 0 { "ahead of" } else { "behind" };
            self.control.report(Progress::Note(format!(
                "the clock of this machine is {} {direction} arXiv's; arXiv's is gone by",
                duration_text(skew.abs())
            )));
        }
        self.skew.set(Some(skew));
    }

    fn tell(&self, host: &str, notice: Notice) {
        let text = match notice {
            Notice::Resting { reason, until } => {
                let seconds = until.duration_since(self.client.clock().now()).as_secs();
                format!(
                    "{host}: {reason}; asking again in {}",
                    duration_text(seconds.max(0))
                )
            }
            Notice::Queued => format!("waiting for another Kindred process that talks to {host}"),
        };
        self.control.report(Progress::Note(text));
    }
}

/// A duration as people say it.
fn duration_text(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
