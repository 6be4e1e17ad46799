//! A library that follows a world, and the comparison of the two.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_engine::{
    Category, ClientOptions, Control, Library, Service, SyncBy, SyncOptions, SyncReport,
    SyncRequest,
};
use kindred_fake_arxiv::{Clock, Entry, FakeArxiv, TruePaper, World, WorldOptions};
use tempfile::TempDir;

/// The clock of the scripted arXiv as the program's own.
#[derive(Debug)]
struct Shared(Clock2);

/// `Clock` of the scripted arXiv says nothing about itself.
struct Clock2(Clock);

impl std::fmt::Debug for Clock2 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Clock").field(&self.0.now()).finish()
    }
}

impl kindred_engine::Clock for Shared {
    fn now(&self) -> Timestamp {
        self.0.0.now()
    }

    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool {
        self.0.0.advance_to(time);
        !stop()
    }
}

/// A library that follows a scripted arXiv.
pub(super) struct Follower {
    pub(super) world: Arc<World>,
    pub(super) clock: Clock,
    pub(super) arxiv: FakeArxiv,
    folder: TempDir,
    categories: Vec<Category>,
    pub(super) since: Date,
    /// Real time in which an answer must be complete. Long, since on a busy machine a request that
    /// is given up reaches the server after the next one, by its virtual clock at the same time.
    pub(super) deadline: Duration,
}

impl Follower {
    /// Starts on the first announcement day of a world, with its morning.
    pub(super) fn new(options: &WorldOptions, categories: &[&str]) -> Self {
        let world = Arc::new(World::new(options));
        let clock = Clock::new(morning(options.start));
        let arxiv = FakeArxiv::start(Arc::clone(&world), clock.clone());
        Self {
            world,
            clock,
            arxiv,
            folder: quick_folder(),
            categories: categories
                .iter()
                .map(|name| name.parse().expect("a category"))
                .collect(),
            since: options.start,
            deadline: Duration::from_secs(20),
        }
    }

    /// What is to be known now of the papers in followed categories.
    pub(super) fn mine(&self) -> Vec<TruePaper> {
        let mut papers = self.world.at(self.clock.now());
        papers.retain(|paper| self.is_mine(paper));
        papers
    }

    pub(super) fn library(&self) -> Library {
        Library::create(&self.folder.path().join("library")).expect("a library")
    }

    /// Moves on to the morning of a day: after OAI-PMH and the feed have its announcement.
    pub(super) fn wake_on(&self, day: Date) {
        self.clock.advance_to(morning(day));
    }

    pub(super) fn sync(&self) -> SyncReport {
        self.sync_by(SyncBy::All)
    }

    pub(super) fn sync_by(&self, by: SyncBy) -> SyncReport {
        let service = Service::on_loopback(
            &self.arxiv.oai_url(),
            &self.arxiv.feed_url(),
            &self.arxiv.query_url(),
        )
        .expect("addresses of this machine");
        let mut client = ClientOptions::new(self.folder.path().join("network"), service.hosts());
        client.deadline = self.deadline;
        let options = SyncOptions {
            service,
            client,
            clock: Arc::new(Shared(Clock2(self.clock.clone()))),
            point: &|_| {},
        };
        let request = SyncRequest {
            categories: self.categories.clone(),
            since: Some(self.since),
            by,
            ..SyncRequest::default()
        };
        self.library()
            .sync(&request, &options, &Control::silent())
            .expect("failures of the network are part of the report")
    }

    /// Whether a paper has to be here: in a followed category, and changed since the first day.
    fn is_followed(&self, paper: &TruePaper) -> bool {
        self.is_mine(paper) && paper.datestamp >= self.since
    }

    fn is_mine(&self, paper: &TruePaper) -> bool {
        paper.categories.iter().any(|name| {
            let category: Category = name.parse().expect("a category");
            self.categories.iter().any(|mine| mine.contains(&category))
        })
    }

    /// Compares the library with the world as it is to be known now.
    #[track_caller]
    pub(super) fn assert_equal(&self, what: &str) {
        self.compare(&self.library(), what);
    }

    /// Compares a library of another place with the world.
    #[track_caller]
    pub(super) fn assert_equal_in(&self, folder: &Path, what: &str) {
        let library = Library::open_read_only(folder).expect("a library");
        self.compare(&library, what);
    }

    /// Compares a library of another place with the whole world, whatever is followed here.
    #[track_caller]
    pub(super) fn assert_whole_in(&self, folder: &Path, what: &str) {
        let library = Library::open_read_only(folder).expect("a library");
        let world = self.world.at(self.clock.now());
        let wrong: Vec<String> = world
            .iter()
            .filter_map(|paper| difference(&library, paper))
            .collect();
        assert!(world.len() > 100, "{what}: a world of {}", world.len());
        assert!(
            wrong.is_empty(),
            "{what}: {} differ: {:#?}",
            wrong.len(),
            &wrong[..1]
        );
    }

    #[track_caller]
    fn compare(&self, library: &Library, what: &str) {
        let mut wrong = Vec::new();
        let mut count = 0;
        for paper in self.world.at(self.clock.now()) {
            if self.is_followed(&paper) {
                count += 1;
                wrong.extend(difference(library, &paper));
            }
        }
        assert!(
            count > 20,
            "{what}: the world has only {count} papers to follow"
        );
        assert!(
            wrong.is_empty(),
            "{what}: {} of {count} papers differ, such as {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(5)]
        );
    }

    /// Compares what the query service can tell: papers submitted since the first day, in the form
    /// of that service.
    #[track_caller]
    pub(super) fn assert_submitted(&self, what: &str) {
        let library = self.library();
        let mut wrong = Vec::new();
        let mut count = 0;
        for truth in self.world.at(self.clock.now()) {
            let submitted = truth.versions[0].1.to_zoned(TimeZone::UTC).date();
            if !self.is_mine(&truth) || submitted < self.since {
                continue;
            }
            count += 1;
            let id = truth.id.parse().expect("an id of arXiv");
            match library.paper(&id) {
                Err(_) => wrong.push(format!("{} of {submitted} is not here", truth.id)),
                Ok(stored) if stored.paper.first_date() != Some(truth.versions[0].1.into()) => {
                    wrong.push(format!("{} has another date", truth.id));
                }
                Ok(_) => {}
            }
        }
        assert!(
            count > 20,
            "{what}: the world has only {count} papers to follow"
        );
        assert!(
            wrong.is_empty(),
            "{what}: {} of {count}: {wrong:#?}",
            wrong.len()
        );
    }

    /// Holds the server's own log against arXiv's terms of use.
    #[track_caller]
    pub(super) fn assert_polite(&self, what: &str) {
        let log = self.arxiv.log();
        assert!(!log.is_empty(), "{what}: nothing was asked");
        for pair in log.windows(2) {
            let gap = pair[1].at.duration_since(pair[0].at);
            assert!(gap.as_secs() >= 3, "{what}: {gap} between {pair:?}");
        }
        // A service that is slow to see that its client has gone is still at work on the request.
        let worst = log.iter().map(|entry: &Entry| entry.connections).max();
        assert_eq!(worst, Some(1), "{what}: connections at the same time");
        assert!(
            log.iter().all(|entry| entry
                .user_agent
                .as_deref()
                .is_some_and(|agent| agent.starts_with("kindred/"))),
            "{what}: a request without a name"
        );
    }
}

/// A temporary folder, in memory where there is one: a thousand transactions wait for a disk much
/// longer than they work.
fn quick_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a temporary folder")
}

/// Half past nine in the morning, universal time.
fn morning(day: Date) -> Timestamp {
    day.at(9, 30, 0, 0)
        .to_zoned(TimeZone::UTC)
        .expect("a day of this century")
        .timestamp()
}

/// The day after.
pub(super) fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn difference(library: &Library, truth: &TruePaper) -> Option<String> {
    let id = truth.id.parse().expect("an id of arXiv");
    let Ok(stored) = library.paper(&id) else {
        return Some(format!("{} is not here ({})", truth.id, truth.datestamp));
    };
    let paper = stored.paper;
    let versions: Vec<u16> = paper
        .versions
        .iter()
        .map(|version| version.number)
        .collect();
    let true_versions: Vec<u16> = truth.versions.iter().map(|(number, _)| *number).collect();
    let dates: Vec<String> = paper
        .versions
        .iter()
        .map(|version| version.date.map_or(String::new(), |date| date.to_string()))
        .collect();
    let true_dates: Vec<String> = truth
        .versions
        .iter()
        .map(|(_, at)| at.to_string())
        .collect();
    let categories: Vec<String> = paper.categories.iter().map(ToString::to_string).collect();
    let checks = [
        ("title", paper.title == truth.title),
        ("abstract", paper.abstract_text == truth.abstract_text),
        ("authors", paper.authors == truth.authors),
        ("versions", versions == true_versions),
        ("dates", dates == true_dates),
        (
            "categories",
            sorted(&categories) == sorted(&truth.categories),
        ),
        ("comments", paper.comments == truth.comments),
        ("journal", paper.journal_ref == truth.journal_ref),
        ("doi", paper.doi == truth.doi),
        ("withdrawn", paper.withdrawn == truth.withdrawn),
    ];
    let wrong: Vec<&str> = checks
        .iter()
        .filter(|(_, is_equal)| !is_equal)
        .map(|(name, _)| *name)
        .collect();
    (!wrong.is_empty()).then(|| format!("{} in {wrong:?}:\n{paper:?}\n{truth:?}", truth.id))
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}
