use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

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

fn held_encoder(threads: usize) -> (TextEncoder, Receiver<()>, Sender<()>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-bert-mean");
    let source = ModelSource::folder(&folder).unwrap();
    let rules = TokenRules {
        max_tokens: Some(64),
        add_special: true,
        rows: usize::MAX,
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

#[test]
fn queries_are_answered_while_a_batch_holds_every_thread_of_the_pool() {
    let (encoder, begins, go) = held_encoder(2);
    let long = "graph noise ".repeat(40);
    let batch: Vec<&str> = vec![&long; 40];
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| encoder.encode(&batch, Role::Document));
        // Both threads of the pool are in a chunk and stay there.
        begins.recv().unwrap();
        begins.recv().unwrap();
        let one = encoder.encode(&["graph noise"], Role::Query);
        assert!(one[0].is_ok());
        // More queries than fit into one chunk: they do not queue either.
        let queries = vec!["graph noise graph"; SMALL_QUERIES];
        let many = encoder.encode(&queries, Role::Query);
        assert_eq!(many.len(), SMALL_QUERIES);
        assert!(many.iter().all(Result::is_ok));
        assert!(!answer.is_finished());
        drop(go);
        assert!(answer.join().unwrap().iter().all(Result::is_ok));
    });
}

#[test]
fn a_query_inside_another_pool_does_not_wait_for_it() {
    let (encoder, begins, go) = held_encoder(1);
    let long = "graph noise ".repeat(40);
    let batch: Vec<&str> = vec![&long; 8];
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| encoder.encode(&batch, Role::Document));
        begins.recv().unwrap();
        // As a search does it: the query comes from a thread of rayon's own pool.
        let (left, right) = rayon::join(
            || encoder.encode(&["graph"], Role::Query),
            || encoder.encode(&["noise"], Role::Query),
        );
        assert!(left[0].is_ok() && right[0].is_ok());
        drop(go);
        assert!(answer.join().unwrap().iter().all(Result::is_ok));
    });
}

#[test]
fn what_is_small_depends_on_role_and_length() {
    let long = "x".repeat(SMALL_CHARACTERS);
    assert!(is_small(&[], Role::Document));
    assert!(is_small(&[&long], Role::Document));
    assert!(is_small(&["a", "b"], Role::Document));
    assert!(!is_small(&[&long, "a"], Role::Document));
    assert!(is_small(&[&long, &long], Role::Query));
    let many = vec![&*long; SMALL_QUERIES + 1];
    assert!(!is_small(&many, Role::Query));
}
