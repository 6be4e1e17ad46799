//! How far a job is, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_stream::Stream;
use tokio_stream::wrappers::WatchStream;

use super::{PageError, find};
use crate::app::App;
use crate::job::{State as JobState, Status};

/// Least time between two events.
const PAUSE: Duration = Duration::from_millis(100);

/// States of a job: the present one, later ones at most ten times a second, and the last one, with
/// which the stream ends.
pub(super) struct Events {
    states: WatchStream<Status>,
    pause: Interval,
    is_paused: bool,
    is_over: bool,
}

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let events = self.get_mut();
        if events.is_over {
            return Poll::Ready(None);
        }
        if events.is_paused {
            ready!(events.pause.poll_tick(context));
            events.is_paused = false;
        }
        let Some(status) = ready!(Pin::new(&mut events.states).poll_next(context)) else {
            return Poll::Ready(None);
        };
        events.is_paused = true;
        events.is_over = status.state != JobState::Running;
        let text = serde_json::to_string(&status).expect("it is text and numbers");
        Poll::Ready(Some(Ok(Event::default().data(text))))
    }
}

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    let job = find(&app, &id)?;
    let mut pause = interval(PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = Events {
        states: WatchStream::new(job.watch()),
        pause,
        is_paused: false,
        is_over: false,
    };
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
