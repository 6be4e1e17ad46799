//! candle-transformers' own BERT on the texts of `benches/embed`, as a program would call it:
//! padded batches of 32 sorted by length, a mask, mean pooling; one JSON line as `embed` prints it.
//!
//! The workspace builds candle's matrix products with the AVX-512 kernels of `gemm`, which a
//! program that only adds candle does not get: its row flatters it. Threads are those that rayon
//! has: set `RAYON_NUM_THREADS`.

use anyhow::{Context as _, Result, anyhow};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use clap::Parser;
use kindred_benches::{EncodingArguments, Engine, measure, report};
use serde_json::json;
use tokenizers::{Encoding, PaddingParams, Tokenizer, TruncationParams};

/// Texts of a batch.
const BATCH: usize = 32;

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    encoding: EncodingArguments,
}

struct Candle {
    model: BertModel,
    tokenizer: Tokenizer,
}

impl Candle {
    fn load(arguments: &EncodingArguments) -> Result<Self> {
        let folder = &arguments.model;
        let config: Config =
            serde_json::from_str(&fs_err::read_to_string(folder.join("config.json"))?)
                .context("reading the configuration")?;
        let weights = fs_err::read(folder.join("model.safetensors"))?;
        let builder = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        let tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"));
        let mut tokenizer = tokenizer.map_err(|error| anyhow!("reading the tokenizer: {error}"))?;
        let cut = TruncationParams {
            max_length: arguments.max_tokens,
            ..TruncationParams::default()
        };
        tokenizer.with_padding(None::<PaddingParams>);
        tokenizer
            .with_truncation(Some(cut))
            .map_err(|error| anyhow!("setting the tokenizer's limit: {error}"))?;
        Ok(Self {
            model: BertModel::load(builder, &config)?,
            tokenizer,
        })
    }

    /// Returns unit vectors `[batch, hidden]` of tokenised texts.
    fn forward(&self, batch: &[&Encoding]) -> Result<Vec<Vec<f32>>> {
        let longest = batch.iter().map(|text| text.len()).max().unwrap_or(0);
        let mut ids = vec![0_u32; batch.len() * longest];
        let mut mask = vec![0_f32; batch.len() * longest];
        for (row, text) in batch.iter().enumerate() {
            let start = row * longest;
            ids[start..start + text.len()].copy_from_slice(text.get_ids());
            mask[start..start + text.len()].fill(1.0);
        }
        let shape = (batch.len(), longest);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let hidden = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let sum = hidden.broadcast_mul(&mask.unsqueeze(2)?)?.sum(1)?;
        let mean = sum.broadcast_div(&mask.sum_keepdim(1)?)?;
        let length = mean.sqr()?.sum_keepdim(1)?.sqrt()?;
        Ok(mean.broadcast_div(&length)?.to_vec2()?)
    }
}

impl Engine for Candle {
    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let encodings = self.tokenizer.encode_batch_fast(texts.to_vec(), true);
        let encodings = encodings.map_err(|error| anyhow!("tokenising: {error}"))?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|&row| std::cmp::Reverse(encodings[row].len()));
        let mut vectors = vec![Vec::new(); texts.len()];
        for rows in order.chunks(BATCH) {
            let batch: Vec<&Encoding> = rows.iter().map(|&row| &encodings[row]).collect();
            for (&row, vector) in rows.iter().zip(self.forward(&batch)?) {
                vectors[row] = vector;
            }
        }
        Ok(vectors)
    }

    fn encode_query(&self, text: &str) -> Result<Vec<f32>> {
        let vectors = self.encode(&[text])?;
        vectors.into_iter().next().context("one text, one vector")
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse().encoding;
    let mut line = measure(&arguments, &Candle::load(&arguments)?)?;
    line.insert("engine".into(), json!("candle"));
    line.insert("settings".into(), json!({ "batch": BATCH }));
    report(line);
    Ok(())
}
