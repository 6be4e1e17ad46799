//! Bodies that have to arrive in time, so that a client that sends a byte now and then holds its
//! connection no longer than others.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// A body with a deadline for all of it.
struct Timely {
    body: Body,
    limit: Duration,
    deadline: Pin<Box<Sleep>>,
}

/// A body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive within {} s", limit.as_secs_f64())]
struct Late {
    limit: Duration,
}

/// Gives the body of a request `limit` to arrive, from now on.
pub(crate) fn timely(request: Request, limit: Duration) -> Request {
    request.map(|body| {
        let deadline = Box::pin(tokio::time::sleep_until(Instant::now() + limit));
        Body::new(Timely {
            body,
            limit,
            deadline,
        })
    })
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let limit = self.limit;
        (self.deadline.as_mut().poll(context)).map(|()| Some(Err(axum::Error::new(Late { limit }))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use tokio_stream::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn body_that_drips_is_given_up_and_a_prompt_one_is_read() {
        let prompt = Request::new(Body::from("all of it"));
        let prompt = timely(prompt, Duration::from_secs(20)).into_body();
        assert_eq!(to_bytes(prompt, 100).await.unwrap(), "all of it");
        let drops = tokio_stream::iter(0..).then(async |_: u64| {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok::<_, std::io::Error>("x")
        });
        let dripping = Request::new(Body::from_stream(drops));
        let dripping = timely(dripping, Duration::from_millis(100)).into_body();
        let error = to_bytes(dripping, usize::MAX).await.unwrap_err();
        assert!(error.to_string().contains("within 0.1 s"), "{error}");
    }
}
