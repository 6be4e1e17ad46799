use std::path::{Path, PathBuf};

use super::*;
use crate::families::Transformer;
use crate::layout::Layout;
use crate::source::ModelSource;
use crate::weights::WeightFiles;

const FIXTURES: [&str; 9] = [
    "tiny-bert-mean",
    "tiny-distilbert",
    "tiny-modernbert",
    "tiny-mpnet",
    "tiny-nomic-bert",
    "tiny-qwen3",
    "tiny-roberta",
    "tiny-specter2",
    "tiny-xlm-roberta",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn load(name: &str) -> ReferenceModel {
    let source = ModelSource::folder(&fixture(name)).unwrap();
    let layout = Layout::read(&source).unwrap();
    let files = WeightFiles::read(&source, "").unwrap();
    let transformer = Transformer::read(&source, "", layout.family, &files).unwrap();
    let weights = transformer.load(&files, &Device::Cpu).unwrap();
    let architecture = transformer.architecture().clone();
    ReferenceModel::new(architecture, weights, Pooling::Mean, Device::Cpu)
}

#[test]
fn padding_is_never_seen() {
    for name in FIXTURES {
        let model = load(name);
        let texts: Vec<Vec<u32>> = [1_u32, 30, 7, 64, 2, 33]
            .into_iter()
            .map(|length| {
                (0..length)
                    .map(|place| 5 + (place * 7 + length) % 90)
                    .collect()
            })
            .collect();
        let slices: Vec<TokenSlice<'_>> = texts
            .iter()
            .map(|ids| TokenSlice { ids, skip: 0 })
            .collect();
        let together = model.hidden(&slices).unwrap();
        for (row, text) in slices.iter().enumerate() {
            let alone = model.hidden(std::slice::from_ref(text)).unwrap();
            let found = together.i((row, ..text.ids.len())).unwrap();
            let difference = (found - alone.i(0).unwrap()).unwrap().abs().unwrap();
            let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(
                worst <= 1e-5,
                "{name}, {} tokens: {worst:e}",
                text.ids.len()
            );
        }
    }
}

#[test]
fn it_computes_what_the_bert_of_candle_computes() {
    let source = ModelSource::folder(&fixture("tiny-bert-mean")).unwrap();
    let files = WeightFiles::read(&source, "").unwrap();
    let family = Layout::read(&source).unwrap().family;
    let transformer = Transformer::read(&source, "", family, &files).unwrap();
    let tensors = transformer.tensors(&files, &Device::Cpu).unwrap();
    let architecture = transformer.architecture();
    let candle =
        crate::bert::CandleBert::new(tensors, architecture, Pooling::Mean, &Device::Cpu).unwrap();
    let ids: Vec<u32> = (5..60).collect();
    let text = TokenSlice { ids: &ids, skip: 0 };
    let (mut found, mut expected) = (vec![0.0; 32], vec![0.0; 32]);
    load("tiny-bert-mean").forward(&[text], &mut found).unwrap();
    candle.forward(&[text], &mut expected).unwrap();
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn it_computes_what_the_nomic_bert_of_candle_computes() {
    use candle_transformers::models::nomic_bert::{Config, NomicBertModel};

    let folder = fixture("tiny-nomic-bert");
    let source = ModelSource::folder(&folder).unwrap();
    let files = WeightFiles::read(&source, "").unwrap();
    let tensors = files.load("", &Device::Cpu, |_| true).unwrap();
    let builder =
        candle_nn::VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu);
    let mut config: Config =
        serde_json::from_slice(&fs_err::read(folder.join("config.json")).unwrap()).unwrap();
    config.vocab_size = config.vocab_size.next_multiple_of(64);
    let candle = NomicBertModel::load(builder, &config).unwrap();
    let ids: Vec<u32> = (5..125).collect();
    let padded = Tensor::new(ids.as_slice(), &Device::Cpu)
        .unwrap()
        .unsqueeze(0)
        .unwrap();
    let expected = candle.forward(&padded, None, None).unwrap();
    let model = load("tiny-nomic-bert");
    let found = model.hidden(&[TokenSlice { ids: &ids, skip: 0 }]).unwrap();
    let difference = (found - expected).unwrap().abs().unwrap();
    let worst: f32 = difference.max_all().unwrap().to_scalar().unwrap();
    assert!(worst <= 1e-5, "{worst:e}");
}
