//! Texts to unit vectors: tokenise, compute in chunks, pool, finish.
//!
//! Texts are sorted by their number of tokens and cut into chunks of whole texts; a chunk is
//! computed on one thread from beginning to end, and no token is ever padded, so what a text's
//! neighbours are does not touch its vector. A small call (a query) is computed on the caller's
//! thread; it never queues behind another call's chunks, and they make room for it (`workers`).

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use kindred_core::{EncodeError, Encoder, Fingerprint, Role, UnitVector};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::dense::Dense;
use crate::layer_norm::LayerNorm;
use crate::model::{TokenModel, TokenSlice};
use crate::tokens::{Prompt, TextTokenizer, TextTokens};
use crate::workers::{GATE, LONGEST_REST, shared_pool};

/// Characters of all query texts of a call up to which it is small, however many they are: about a
/// chunk of a transformer.
const SMALL_CHARACTERS: usize = 4 << 10;
/// Query texts of a call up to which it is small, however long they are.
const SMALL_QUERIES: usize = 64;
/// Chunks that each thread gets at least of a batch, so that all of them end at about one time.
const CHUNKS_PER_THREAD: usize = 2;
/// Tokens of the smallest chunk that a batch is cut into for that.
const SMALLEST_CHUNK: usize = 256;
/// Texts that one task tokenises.
const TEXTS_PER_TASK: usize = 16;

/// An encoder of one loaded model.
pub(crate) struct TextEncoder {
    pub(crate) name: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) tokenizer: TextTokenizer,
    pub(crate) query_prompt: Option<Prompt>,
    pub(crate) document_prompt: Option<Prompt>,
    pub(crate) include_prompt: bool,
    pub(crate) model: Box<dyn TokenModel>,
    pub(crate) finish: Vec<Finish>,
    /// Dimensions of the finished vectors.
    pub(crate) dimension: usize,
    pub(crate) pool: Option<ThreadPool>,
}

/// What is done to a pooled vector.
#[derive(Debug)]
pub(crate) enum Finish {
    Dense(Dense),
    LayerNorm(LayerNorm),
    Normalize,
    Truncate(usize),
}

/// A failure that several texts of a chunk share.
#[derive(Debug, Clone)]
struct Shared(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

type Tokenized = Result<TextTokens, EncodeError>;
type Encoded = Result<UnitVector, EncodeError>;

impl TextEncoder {
    fn tokenize(&self, texts: &[&str], role: Role, is_small: bool) -> Vec<Tokenized> {
        let prompt = match role {
            Role::Query => self.query_prompt.as_ref(),
            Role::Document => self.document_prompt.as_ref(),
        };
        let tokenize = |text: &&str| self.tokenizer.tokenize(prompt, text);
        if is_small {
            return texts.iter().map(tokenize).collect();
        }
        let tokens: Vec<Vec<Tokenized>> = texts
            .par_chunks(TEXTS_PER_TASK)
            .map(|texts| {
                GATE.let_pass(LONGEST_REST);
                texts.iter().map(tokenize).collect()
            })
            .collect();
        tokens.into_iter().flatten().collect()
    }

    /// Cuts the texts that have tokens, longest first, into chunks of about the model's size; into
    /// smaller ones where some of the `threads` would have none.
    fn chunks<'a>(
        &self,
        tokens: &'a [Tokenized],
        threads: usize,
    ) -> Vec<Vec<(usize, TokenSlice<'a>)>> {
        let slice = |tokens: &'a TextTokens| TokenSlice {
            ids: &tokens.ids,
            skip: if self.include_prompt {
                0
            } else {
                tokens.prompt
            },
        };
        let mut order: Vec<(usize, TokenSlice<'a>)> = tokens
            .iter()
            .enumerate()
            .filter_map(|(text, tokens)| Some((text, slice(tokens.as_ref().ok()?))))
            .collect();
        order.sort_by_key(|(_, tokens)| std::cmp::Reverse(tokens.ids.len()));
        let total: usize = order.iter().map(|(_, tokens)| tokens.ids.len()).sum();
        let share = if threads == 1 {
            total
        } else {
            total.div_ceil(threads * CHUNKS_PER_THREAD)
        };
        let most = self.model.chunk_tokens().min(share.max(SMALLEST_CHUNK));
        let mut chunks = Vec::new();
        let mut chunk = Vec::new();
        let mut size = 0;
        for (text, tokens) in order {
            if size > 0 && size + tokens.ids.len() > most {
                chunks.push(std::mem::take(&mut chunk));
                size = 0;
            }
            size += tokens.ids.len();
            chunk.push((text, tokens));
        }
        if !chunk.is_empty() {
            chunks.push(chunk);
        }
        chunks
    }

    /// Computes one chunk; the results carry the texts' numbers.
    fn compute(&self, chunk: &[(usize, TokenSlice<'_>)]) -> Vec<(usize, Encoded)> {
        let width = self.model.width();
        let mut vectors = vec![0.0; chunk.len() * width];
        let slices: Vec<TokenSlice<'_>> = chunk.iter().map(|(_, tokens)| *tokens).collect();
        match self.model.forward(&slices, &mut vectors) {
            Ok(()) => chunk
                .iter()
                .zip(vectors.chunks_exact(width))
                .map(|(&(text, _), vector)| (text, self.finish(vector)))
                .collect(),
            Err(error) => {
                let shared = Shared(error.into());
                let failed = |&(text, _): &(usize, TokenSlice<'_>)| {
                    let source = Box::new(shared.clone());
                    (text, Err(EncodeError::Model { source }))
                };
                chunk.iter().map(failed).collect()
            }
        }
    }

    fn finish(&self, pooled: &[f32]) -> Encoded {
        let mut vector = pooled.to_vec();
        for step in &self.finish {
            match step {
                Finish::Dense(dense) => vector = dense.apply(&vector),
                Finish::LayerNorm(norm) => vector = norm.apply(&vector),
                Finish::Normalize => vector = UnitVector::new(vector)?.as_slice().to_vec(),
                Finish::Truncate(dimension) => vector.truncate(*dimension),
            }
        }
        Ok(UnitVector::new(vector)?)
    }

    /// Encodes on this thread alone, or on the threads of the pool that it is one of.
    fn encode_here(&self, texts: &[&str], role: Role, is_small: bool) -> Vec<Encoded> {
        let tokens = self.tokenize(texts, role, is_small);
        let threads = if is_small {
            1
        } else {
            rayon::current_num_threads()
        };
        let chunks = self.chunks(&tokens, threads);
        let computed: Vec<Vec<(usize, Encoded)>> = if is_small {
            chunks.iter().map(|chunk| self.compute(chunk)).collect()
        } else {
            chunks
                .par_iter()
                // Chunks differ in how long they take; each is handed out by itself.
                .with_max_len(1)
                .map(|chunk| {
                    GATE.let_pass(LONGEST_REST);
                    self.compute(chunk)
                })
                .collect()
        };
        let mut vectors: Vec<Option<Encoded>> = texts.iter().map(|_| None).collect();
        for (text, vector) in computed.into_iter().flatten() {
            vectors[text] = Some(vector);
        }
        vectors
            .into_iter()
            .zip(tokens)
            .map(|(vector, tokens)| match tokens {
                Err(error) => Err(error),
                Ok(_) => vector.expect("every text with tokens is in one chunk"),
            })
            .collect()
    }
}

impl Encoder for TextEncoder {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn max_tokens(&self) -> Option<usize> {
        self.max_tokens
    }

    fn encode(&self, texts: &[&str], role: Role) -> Vec<Encoded> {
        if is_small(texts, role) {
            let _passing = GATE.pass();
            return self.encode_here(texts, role, true);
        }
        match self.pool.as_ref().or_else(|| shared_pool()) {
            Some(pool) => pool.install(|| self.encode_here(texts, role, false)),
            None => self.encode_here(texts, role, false),
        }
    }
}

/// Whether a call is worth no more than its caller's thread, and is not to wait: a single text, or
/// queries that are few or short. Documents that come together are a batch, however few they are.
fn is_small(texts: &[&str], role: Role) -> bool {
    if texts.len() <= 1 {
        return true;
    }
    let characters: usize = texts.iter().map(|text| text.len()).sum();
    role == Role::Query && (texts.len() <= SMALL_QUERIES || characters <= SMALL_CHARACTERS)
}

impl fmt::Debug for TextEncoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TextEncoder")
            .field("name", &self.name)
            .field("fingerprint", &self.fingerprint)
            .field("dimension", &self.dimension)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
