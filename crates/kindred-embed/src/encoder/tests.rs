use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;
use crate::source::ModelSource;
use crate::tokens::TokenRules;

/// Texts of at most this many tokens are the test's queries.
const SHORT_TOKENS: usize = 8;

/// A model whose chunks of long texts begin, and then wait until the test lets go of them.
#[derive(Debug)]
struct HeldModel {
    begun: Sender<()>,
    held: Mutex<Receiver<()>>,
}

impl TokenModel for HeldModel {
    fn width(&self) -> usize {
        2
    }

    fn chunk_tokens(&self) -> usize {
        64
    }

    fn forward(
        &self,
        texts: &[TokenSlice<'_>],
        out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if texts.iter().any(|text| text.ids.len() > SHORT_TOKENS) {
            self.begun.send(())?;
            // Ends with an error once the test drops its side: all chunks go on.
            self.held.lock().unwrap().recv().ok();
        }
        for (text, out) in texts.iter().zip(out.chunks_exact_mut(2)) {
            out.copy_from_slice(&[text.ids.len() as f32, 1.0]);
        }
        Ok(())
    }
}

/// A model of large chunks that is never run.
#[derive(Debug)]
struct WideModel;

impl TokenModel for WideModel {
    fn width(&self) -> usize {
        2
    }

    fn chunk_tokens(&self) -> usize {
        4_096
    }

    fn forward(
        &self,
        _texts: &[TokenSlice<'_>],
        _out: &mut [f32],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("not run".into())
    }
}

fn held_encoder(threads: usize) -> (TextEncoder, Receiver<()>, Sender<()>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert-mean");
    let source = ModelSource::folder(&folder).unwrap();
    let rules = TokenRules {
        max_tokens: Some(64),
        add_special: true,
        rows: 1 << 16,
        ..TokenRules::default()
    };
    let (begun, begins) = channel();
    let (go, held) = channel();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let encoder = TextEncoder {
        name: "held".to_owned(),
        fingerprint: Fingerprint::from_hash(&[1; 32]),
        max_tokens: Some(64),
        tokenizer: TextTokenizer::read(&source, "tokenizer.json", rules).unwrap(),
        query_prompt: None,
        document_prompt: None,
        include_prompt: true,
        model: Box::new(HeldModel {
            begun,
            held: Mutex::new(held),
        }),
        finish: Vec::new(),
        dimension: 2,
        pool: Some(pool.build().unwrap()),
    };
    (encoder, begins, go)
}

/// Longest wait for what comes at once if it comes at all.
const PATIENCE: Duration = Duration::from_mins(1);

/// Holds every thread of a pool in a batch, and runs `queries` meanwhile on a thread of its own.
fn beside_a_held_batch(threads: usize, queries: fn(&TextEncoder)) {
    let (encoder, begins, go) = held_encoder(threads);
    let long = "graph noise ".repeat(40);
    let batch: Vec<&str> = vec![&long; 40];
    let (answered, answers) = channel();
    std::thread::scope(|scope| {
        let encoder = &encoder;
        let vectors = scope.spawn(|| encoder.encode(&batch, Role::Document));
        for _ in 0..threads {
            begins.recv().unwrap();
        }
        scope.spawn(move || {
            queries(encoder);
            answered.send(()).unwrap();
        });
        let came = answers.recv_timeout(PATIENCE);
        let was_held = !vectors.is_finished();
        drop(go);
        assert!(came.is_ok() && was_held, "a query waited behind the batch");
        assert!(vectors.join().unwrap().iter().all(Result::is_ok));
    });
}

#[test]
fn queries_are_answered_while_a_batch_holds_every_thread_of_the_pool() {
    beside_a_held_batch(2, |encoder| {
        assert!(encoder.encode(&["graph noise"], Role::Query)[0].is_ok());
        // More than fit into one chunk.
        let queries = vec!["graph noise graph"; SMALL_QUERIES];
        let many = encoder.encode(&queries, Role::Query);
        assert_eq!(many.len(), SMALL_QUERIES);
        assert!(many.iter().all(Result::is_ok));
    });
}

#[test]
fn queries_from_threads_of_another_pool_are_answered_too() {
    beside_a_held_batch(1, |encoder| {
        let (left, right) = rayon::join(
            || encoder.encode(&["graph"], Role::Query),
            || encoder.encode(&["noise"], Role::Query),
        );
        assert!(left[0].is_ok() && right[0].is_ok());
    });
}

#[test]
fn a_small_batch_keeps_every_thread_busy() {
    let (mut encoder, _begins, _go) = held_encoder(1);
    encoder.model = Box::new(WideModel);
    let long = "graph noise ".repeat(40);
    let tokens = encoder.tokenize(&[&*long; 24], Role::Document, true);
    assert_eq!(tokens[0].as_ref().unwrap().ids.len(), 64);
    assert_eq!(encoder.chunks(&tokens, 1).len(), 1);
    assert_eq!(encoder.chunks(&tokens, 2).len(), 4);
    let chunks = encoder.chunks(&tokens, 64);
    assert_eq!(chunks.len(), 6, "chunks stay worth their while");
    assert!(chunks.iter().all(|chunk| chunk.len() == 4));
}

#[test]
fn what_is_small_depends_on_role_and_length() {
    let long = "x".repeat(SMALL_CHARACTERS);
    assert!(is_small(&[], Role::Document));
    assert!(is_small(&[&long], Role::Document));
    assert!(!is_small(&["a", "b"], Role::Document), "a batch");
    assert!(is_small(&[&long, &long], Role::Query));
    assert!(is_small(&["a"; SMALL_QUERIES + 1], Role::Query));
    let many = vec![&*long; SMALL_QUERIES + 1];
    assert!(!is_small(&many, Role::Query));
}
