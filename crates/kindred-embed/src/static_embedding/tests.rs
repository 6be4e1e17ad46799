use candle_core::DType;

use super::*;

fn model(mapping: Option<Vec<u32>>, weights: Option<Vec<f32>>) -> StaticEmbedding {
    let table = (0..12u8)
        .map(|value| f32::from(value) * 0.5 - 2.0)
        .collect();
    StaticEmbedding {
        table,
        width: 3,
        mapping,
        weights,
    }
}

fn forward(model: &StaticEmbedding, ids: &[u32]) -> Vec<f32> {
    let mut out = vec![0.0; 3];
    let text = TokenSlice { ids, skip: 0 };
    model.forward(&[text], &mut out).unwrap();
    out
}

#[test]
fn average_equals_that_of_candle() {
    let model = model(None, None);
    let table = Tensor::from_slice(&model.table, (4, 3), &Device::Cpu).unwrap();
    let many: Vec<u32> = (0..27).map(|number| number * number % 4).collect();
    for ids in [&[2u32][..], &[0, 3], &[1, 1, 2, 0, 3], &many[..8], &many] {
        let index = Tensor::new(ids, &Device::Cpu).unwrap();
        let rows = table.index_select(&index, 0).unwrap();
        let mean = rows.mean(0).unwrap().to_dtype(DType::F32).unwrap();
        let expected: Vec<f32> = mean.to_vec1().unwrap();
        for (found, expected) in forward(&model, ids).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}

#[test]
fn mapping_and_weights_follow_the_token() {
    let plain = model(None, None);
    let mapped = model(Some(vec![3, 3, 0]), None);
    assert_eq!(forward(&mapped, &[1]), forward(&plain, &[3]));
    assert_eq!(forward(&mapped, &[0, 2]), forward(&plain, &[3, 0]));
    let weighted = model(None, Some(vec![1.0, 0.0, 2.0, 1.0]));
    assert_eq!(forward(&weighted, &[1]), [0.0; 3]);
    let doubled: Vec<f32> = forward(&plain, &[2])
        .iter()
        .map(|value| value * 2.0)
        .collect();
    assert_eq!(forward(&weighted, &[2]), doubled);
}

#[test]
fn rows_outside_the_table_are_refused() {
    assert_eq!(row_numbers(&[0.0, 3.0], 4), Some(vec![0, 3]));
    assert_eq!(row_numbers(&[4.0], 4), None);
    assert_eq!(row_numbers(&[-1.0], 4), None);
}
