use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use kindred_core::EncodeError;
use kindred_store::TextHash;

use super::*;

/// Says when it starts on a batch and goes on when it is told to.
#[derive(Debug)]
struct Scripted {
    fingerprint: Fingerprint,
    started: Sender<usize>,
    go: Mutex<Receiver<()>>,
}

impl Encoder for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn dimension(&self) -> usize {
        2
    }

    fn max_tokens(&self) -> Option<usize> {
        None
    }

    fn encode(&self, texts: &[&str], _role: Role) -> Vec<Result<UnitVector, EncodeError>> {
        self.started.send(texts.len()).unwrap();
        self.go.lock().unwrap().recv().unwrap();
        let vector = |text: &&str| match *text {
            "" => Err(EncodeError::NoTokens),
            _ => Ok(UnitVector::new(vec![1.0, 0.0])?),
        };
        texts.iter().map(vector).collect()
    }
}

fn scripted() -> (Scripted, Receiver<usize>, Sender<()>) {
    let (started, starts) = channel();
    let (go, gone) = channel();
    let encoder = Scripted {
        fingerprint: Fingerprint::from_hash(&[7; 32]),
        started,
        go: Mutex::new(gone),
    };
    (encoder, starts, go)
}

fn batch(keys: std::ops::Range<u64>) -> Vec<PendingText> {
    let text = |key| PendingText {
        key: PaperKey(key),
        text: if key == 3 { "" } else { "text" }.to_owned(),
        text_hash: TextHash([0; 16]),
    };
    keys.map(text).collect()
}

#[test]
fn the_next_batch_is_encoded_while_one_is_being_written() {
    let (encoder, starts, go) = scripted();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut queue = Queue::start(scope, &encoder, &stop);
        assert!(queue.push(batch(0..5)));
        assert!(queue.push(batch(5..7)));
        assert_eq!(queue.in_flight(), 2);
        assert_eq!(starts.recv().unwrap(), 5);
        go.send(()).unwrap();
        let first = queue.take().unwrap();
        // The first batch is in the writer's hands, and the encoder is at the second.
        assert_eq!(starts.recv().unwrap(), 2);
        assert_eq!(first.texts(), 5);
        assert_eq!(first.failures.len(), 1);
        assert_eq!(first.failures[0].key, PaperKey(3));
        go.send(()).unwrap();
        let second = queue.take().unwrap();
        assert_eq!(second.rows[0].0, PaperKey(5));
        assert!(queue.take().is_none());
    });
}

#[test]
fn a_stop_gives_back_what_is_being_encoded_and_drops_what_waits() {
    let (encoder, starts, go) = scripted();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut queue = Queue::start(scope, &encoder, &stop);
        assert!(queue.push(batch(0..3)));
        assert!(queue.push(batch(3..6)));
        starts.recv().unwrap();
        stop.store(true, Ordering::Relaxed);
        go.send(()).unwrap();
        assert_eq!(queue.take().unwrap().texts(), 3);
        assert!(queue.take().is_none());
    });
    assert!(starts.try_recv().is_err(), "the second batch was not begun");
}

#[test]
fn a_panic_of_the_encoder_is_told_to_whoever_goes_on() {
    let (encoder, starts, go) = scripted();
    let stop = AtomicBool::new(false);
    let work = std::panic::AssertUnwindSafe(|| {
        std::thread::scope(|scope| {
            let mut queue = Queue::start(scope, &encoder, &stop);
            assert!(queue.push(batch(0..3)));
            starts.recv().unwrap();
            // The encoder's own `unwrap` panics.
            drop(go);
            assert!(queue.take().is_none());
            assert!(!queue.push(batch(3..6)), "nobody encodes any more");
            assert_eq!(queue.in_flight(), 0);
        });
    });
    assert!(
        std::panic::catch_unwind(work).is_err(),
        "the panic comes out"
    );
}

#[test]
fn one_batch_alone_is_under_way_until_the_speed_is_known() {
    let fingerprint = Fingerprint::from_hash(&[7; 32]);
    let mut batches = Batches::new(&fingerprint, 1);
    assert_eq!(batches.at_once(), 1);
    batches.learn(&Encoded {
        rows: Vec::new(),
        embedded: vec![
            Embedded {
                key: PaperKey(1),
                text_hash: TextHash([0; 16]),
            };
            16
        ],
        failures: Vec::new(),
        took: Duration::from_secs(8),
    });
    assert_eq!((batches.at_once(), batches.size), (2, 5));
}

#[test]
fn batches_take_about_the_same_time_however_fast_the_encoder_is() {
    let run = |texts_per_second: f64, threads: usize| {
        let mut size = FIRST_BATCH;
        for _ in 0..12 {
            size = next_size(
                size,
                Duration::from_secs_f64(size as f64 / texts_per_second),
                smallest_batch(threads),
            );
        }
        size
    };
    assert_eq!(run(1e6, 1), LARGEST_BATCH);
    assert_eq!(run(0.1, 1), SMALLEST_BATCH);
    assert_eq!(run(0.1, 16), 32, "no thread of a slow encoder is idle");
    for rate in [8.0, 100.0, 1_000.0] {
        let seconds = run(rate, 2) as f64 / rate;
        assert!((0.5..=3.5).contains(&seconds), "{rate}/s: {seconds} s");
    }
}
