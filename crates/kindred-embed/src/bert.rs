//! BERT as it is computed on each device, of tensors under the names of its checkpoints.

mod candle;
mod packed;

pub(crate) use self::candle::CandleBert;
pub(crate) use self::packed::PackedBert;
use crate::error::WeightsError;
use crate::weights::Tensors;

/// Takes a tensor's numbers out of the map.
fn take(tensors: &mut Tensors, name: &str) -> Result<Vec<f32>, WeightsError> {
    let tensor = tensors
        .remove(name)
        .ok_or_else(|| WeightsError::MissingTensor {
            name: name.to_owned(),
        })?;
    tensor
        .flatten_all()
        .and_then(|flat| flat.to_vec1())
        .map_err(|source| WeightsError::Library { source })
}

#[cfg(test)]
mod tests;
