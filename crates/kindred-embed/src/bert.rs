//! BERT through candle, of tensors under the names of its checkpoints.

mod candle;

pub(crate) use self::candle::CandleBert;
