//! Long work that goes on while pages are looked at: imports, embedding, syncs, maps.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use kindred_engine::{Control, EngineError, Progress};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use crate::error::{Failure, chain};

/// Jobs that are remembered after they ended.
const REMEMBERED: usize = 32;

/// The work of a job: reports and is stopped through its control.
pub type JobWork = Arc<dyn Fn(&Control<'_>) -> Result<Outcome, EngineError> + Send + Sync>;

/// What a job did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What to tell, a line each.
    pub lines: Vec<String>,
    /// Page on which the result is seen.
    pub href: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "JobState")]
pub(crate) enum State {
    Running,
    Done,
    Failed,
    Stopped,
}

/// What is told of a job.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Status {
    /// How far it is.
    pub(crate) state: State,
    /// What it is doing.
    pub(crate) step: String,
    /// Units done of the step.
    pub(crate) done: u64,
    /// Units that there are, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<u64>,
    /// Notes, and what came out at the end.
    pub(crate) lines: Vec<String>,
    /// Page on which the result is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href: Option<String>,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    /// What it is, to be read in a list: `Import of refs.bib`.
    pub(crate) title: String,
    /// Page from which it was started.
    origin: OnceLock<String>,
    stop: AtomicBool,
    status: watch::Sender<Status>,
}

impl Job {
    pub(crate) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Page from which it was started, to go back to when it did not come to its end.
    pub(crate) fn origin(&self) -> Option<&str> {
        self.origin.get().map(String::as_str)
    }

    /// Names the page from which it was started; the first name stays.
    pub(crate) fn set_origin(&self, page: String) {
        self.origin.get_or_init(|| page);
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    fn show(&self, progress: Progress) {
        self.status.send_modify(|status| {
            if let Progress::Note(note) = progress {
                status.lines.push(note);
                return;
            }
            let (step, done, total) = told(progress);
            status.step = step;
            (status.done, status.total) = (done, total);
        });
    }
}

/// All jobs of a server; one runs at a time, because one process alone may write papers.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    jobs: Mutex<Vec<Arc<Job>>>,
    number: AtomicU64,
}

impl Jobs {
    /// Starts a job on a thread of its own.
    ///
    /// # Errors
    /// [`Failure::Conflict`] while another one runs.
    pub(crate) fn start(
        &self,
        title: &str,
        work: impl FnOnce(&Control<'_>) -> Result<Outcome, EngineError> + Send + 'static,
    ) -> Result<Arc<Job>, Failure> {
        let mut jobs = self.held();
        if let Some(running) = jobs.iter().find(|job| job.status().state == State::Running) {
            return Err(Failure::Conflict {
                message: format!("{} is still running", running.title),
                hint: Some("wait for its end, or stop it on its page".to_owned()),
            });
        }
        let job = Arc::new(Job {
            id: self.number.fetch_add(1, Ordering::Relaxed) + 1,
            title: title.to_owned(),
            origin: OnceLock::new(),
            stop: AtomicBool::new(false),
            status: watch::Sender::new(Status {
                state: State::Running,
                step: "starting".to_owned(),
                done: 0,
                total: None,
                lines: Vec::new(),
                href: None,
            }),
        });
        jobs.push(Arc::clone(&job));
        let surplus = jobs.len().saturating_sub(REMEMBERED);
        jobs.drain(..surplus);
        drop(jobs);
        let worker = Arc::clone(&job);
        std::thread::spawn(move || run(&worker, work));
        Ok(job)
    }

    pub(crate) fn get(&self, id: u64) -> Result<Arc<Job>, Failure> {
        let jobs = self.held();
        let found = jobs.iter().find(|job| job.id == id);
        found.cloned().ok_or(Failure::NotFound)
    }

    /// All jobs, the newest first.
    pub(crate) fn all(&self) -> Vec<Arc<Job>> {
        self.held().iter().rev().cloned().collect()
    }

    /// The job that runs, if one does.
    pub(crate) fn running(&self) -> Option<Arc<Job>> {
        let jobs = self.held();
        let mut running = jobs
            .iter()
            .filter(|job| job.status().state == State::Running);
        running.next().cloned()
    }

    fn held(&self) -> MutexGuard<'_, Vec<Arc<Job>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(job: &Job, work: impl FnOnce(&Control<'_>) -> Result<Outcome, EngineError>) {
    let show = |progress| job.show(progress);
    let control = Control {
        progress: &show,
        stop: &job.stop,
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&control)));
    job.status.send_modify(|status| match result {
        Ok(Ok(outcome)) => {
            status.state = State::Done;
            status.lines.extend(outcome.lines);
            status.href = outcome.href;
        }
        Ok(Err(EngineError::Stopped)) => {
            status.state = State::Stopped;
            let line = "stopped; what was done is kept, and the same job goes on from there";
            status.lines.push(line.to_owned());
        }
        Ok(Err(error)) => {
            status.state = State::Failed;
            status.lines.push(chain(&error));
            status.lines.extend(error.hints());
        }
        Err(_) => {
            status.state = State::Failed;
            let line = "the program failed; what was written before is kept";
            status.lines.push(line.to_owned());
        }
    });
}

/// A report as a step, how much of it is done, and of how much.
fn told(progress: Progress) -> (String, u64, Option<u64>) {
    let step = |text: &str, done, total| (text.to_owned(), done, Some(total));
    match progress {
        Progress::Import {
            input,
            bytes,
            total_bytes,
            records,
        } => (
            format!("reading {input}, {records} records"),
            bytes,
            total_bytes,
        ),
        Progress::Sync { list, records } => (format!("fetching {list}"), records, None),
        Progress::Embed { done, total } => step("embedding papers", done, total),
        Progress::Index { done, total } => step("building the search graph", done, total),
        Progress::Topics { done, total } => step("grouping papers into topics", done, total),
        Progress::Layout { done, total } => step("laying out the map", done, total),
        Progress::Replay { done, total } => step("ranking past days", done, total),
        Progress::Verify { done, total } => step("checking what is stored", done, total),
        Progress::Fetch {
            file,
            bytes,
            total_bytes,
        } => (format!("fetching {file}"), bytes, total_bytes),
        Progress::Note(note) => (note, 0, None),
        _ => ("working".to_owned(), 0, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn end(job: &Job) -> Status {
        let mut watch = job.watch();
        let ended = watch
            .wait_for(|status| status.state != State::Running)
            .await;
        ended.unwrap().clone()
    }

    #[tokio::test]
    async fn one_job_runs_at_a_time_and_tells_how_far_it_is() {
        let jobs = Jobs::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let job = jobs
            .start("Import of a.bib", move |control| {
                (control.progress)(Progress::Embed { done: 3, total: 9 });
                wait.recv().ok();
                Ok(Outcome {
                    lines: vec!["9 papers embedded".to_owned()],
                    href: Some("/".to_owned()),
                })
            })
            .unwrap();
        let mut watch = job.watch();
        let seen = watch
            .wait_for(|status| status.done == 3)
            .await
            .unwrap()
            .clone();
        assert_eq!(
            (seen.step.as_str(), seen.total),
            ("embedding papers", Some(9))
        );
        let second = jobs.start("Another", |_| Ok(Outcome::default()));
        assert!(matches!(second, Err(Failure::Conflict { .. })));
        assert_eq!(jobs.running().unwrap().id, job.id);
        go.send(()).unwrap();
        let status = end(&job).await;
        assert_eq!(status.state, State::Done);
        assert_eq!(status.lines, ["9 papers embedded"]);
        assert!(jobs.running().is_none());
    }

    #[tokio::test]
    async fn stopped_failed_and_panicking_jobs_end_with_what_happened() {
        let jobs = Jobs::default();
        let job = jobs
            .start("Stopped", |control| {
                while !control.stop.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                Err(EngineError::Stopped)
            })
            .unwrap();
        job.stop();
        assert_eq!(end(&job).await.state, State::Stopped);
        let job = jobs
            .start("Failing", |_| {
                Err(EngineError::NothingLiked {
                    name: "reading".to_owned(),
                })
            })
            .unwrap();
        let status = end(&job).await;
        assert_eq!(status.state, State::Failed);
        assert!(
            status.lines[1].contains("kindred set add reading"),
            "{status:?}"
        );
        let job = jobs.start("Panicking", |_| panic!("in a job")).unwrap();
        assert_eq!(end(&job).await.state, State::Failed);
        assert_eq!(jobs.all().len(), 3);
    }
}
