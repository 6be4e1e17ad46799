//! Temporary mapping until the families are merged.
use super::{BertConfig, BertTensors};
use crate::architecture::*;
use candle_core::Tensor;

pub(crate) fn generic(mut t: BertTensors, c: &BertConfig) -> (Architecture, TransformerWeights) {
    let mut take = |n: String| t.remove(&n).unwrap();
    let a = Architecture {
        hidden: c.hidden_size,
        heads: c.num_attention_heads,
        key_value_heads: c.num_attention_heads,
        head_size: c.head_size(),
        inner: c.intermediate_size,
        activation: match c.hidden_act {
            super::Activation::Gelu => Activation::Gelu,
            super::Activation::GeluTanh => Activation::GeluTanh,
            super::Activation::Relu => Activation::Relu,
        },
        norm: NormKind::Layer,
        placement: NormPlacement::After,
        epsilon: c.layer_norm_eps as f32,
        positions: Positions::Learnt,
        causal: false,
        layers: vec![LayerKind::default(); c.num_hidden_layers],
        max_tokens: c.max_position_embeddings,
    };
    let p = take("embeddings.position_embeddings.weight".into());
    let ty: Tensor = take("embeddings.token_type_embeddings.weight".into());
    let places = p.broadcast_add(&ty.get(0).unwrap()).unwrap();
    let words = take("embeddings.word_embeddings.weight".into());
    fn norm(take: &mut dyn FnMut(String) -> Tensor, n: &str) -> NormWeights {
        NormWeights {
            weight: take(format!("{n}.weight")),
            bias: Some(take(format!("{n}.bias"))),
        }
    }
    fn lin(take: &mut dyn FnMut(String) -> Tensor, n: &str) -> LinearWeights {
        LinearWeights {
            weight: take(format!("{n}.weight")),
            bias: Some(take(format!("{n}.bias"))),
        }
    }
    let en = norm(&mut take, "embeddings.LayerNorm");
    let layers = (0..c.num_hidden_layers)
        .map(|l| {
            let n = format!("encoder.layer.{l}");
            LayerWeights {
                query: lin(&mut take, &format!("{n}.attention.self.query")),
                key: lin(&mut take, &format!("{n}.attention.self.key")),
                value: lin(&mut take, &format!("{n}.attention.self.value")),
                query_norm: None,
                key_norm: None,
                output: lin(&mut take, &format!("{n}.attention.output.dense")),
                attention_norm: Some(norm(&mut take, &format!("{n}.attention.output.LayerNorm"))),
                gate: None,
                up: lin(&mut take, &format!("{n}.intermediate.dense")),
                outer: lin(&mut take, &format!("{n}.output.dense")),
                adapter: None,
                feed_forward_norm: norm(&mut take, &format!("{n}.output.LayerNorm")),
            }
        })
        .collect();
    (
        a,
        TransformerWeights {
            words,
            places: Some(places),
            token_type: None,
            relative_bias: None,
            embedding_norm: Some(en),
            layers,
            final_norm: None,
        },
    )
}
