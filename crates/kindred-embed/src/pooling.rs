//! Making one vector of the vectors of a text's tokens.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// How the vectors of tokens become the vector of their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooling {
    /// The first token's vector.
    Cls,
    /// The largest value of each component.
    Max,
    /// The average.
    Mean,
    /// The sum divided by the square root of the number of tokens.
    MeanSqrtLength,
    /// The average weighted by position, the first token counting 1.
    WeightedMean,
    /// The last token's vector.
    LastToken,
}

impl Serialize for Pooling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Pooling {
    /// Returns the name that the Python library has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cls => "cls",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::MeanSqrtLength => "mean_sqrt_len_tokens",
            Self::WeightedMean => "weightedmean",
            Self::LastToken => "lasttoken",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Cls,
            Self::Max,
            Self::Mean,
            Self::MeanSqrtLength,
            Self::WeightedMean,
            Self::LastToken,
        ];
        all.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Pools `tokens`, `[count, out.len()]` row-major, into `out`, leaving the first `skip` tokens
    /// (those of a prompt) out. Token 0 stays what [`Pooling::Cls`] returns.
    pub(crate) fn pool(self, tokens: &[f32], skip: usize, out: &mut [f32]) {
        let width = out.len();
        let count = tokens.len() / width;
        let skip = skip.min(count.saturating_sub(1));
        let rows = || tokens.chunks_exact(width).enumerate().skip(skip);
        match self {
            Self::Cls => out.copy_from_slice(&tokens[..width]),
            Self::LastToken => out.copy_from_slice(&tokens[(count - 1) * width..]),
            Self::Max => {
                out.fill(f32::NEG_INFINITY);
                for (_, row) in rows() {
                    for (value, &token) in out.iter_mut().zip(row) {
                        // `f32::max` would hide a NaN.
                        let keeps = value.is_nan() || token <= *value;
                        *value = if keeps { *value } else { token };
                    }
                }
            }
            Self::Mean | Self::MeanSqrtLength | Self::WeightedMean => {
                out.fill(0.0);
                let mut total = 0.0;
                for (position, row) in rows() {
                    let weight = if self == Self::WeightedMean {
                        (position + 1) as f32
                    } else {
                        1.0
                    };
                    total += weight;
                    for (value, &token) in out.iter_mut().zip(row) {
                        *value += weight * token;
                    }
                }
                let divisor = if self == Self::MeanSqrtLength {
                    total.sqrt()
                } else {
                    total
                };
                for value in out {
                    *value /= divisor;
                }
            }
        }
    }
}

impl fmt::Display for Pooling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// `1_Pooling/config.json`: one flag for each mode, or the name of the mode.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the file has one flag for each mode"
)]
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PoolingConfig {
    #[serde(default)]
    pooling_mode: Option<String>,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
    #[serde(default)]
    include_prompt: Option<bool>,
}

impl PoolingConfig {
    /// Returns the one mode that is asked for, or what is wrong.
    pub(crate) fn mode(&self) -> Result<Pooling, String> {
        if let Some(name) = &self.pooling_mode {
            return Pooling::from_name(name).ok_or_else(|| {
                format!("pooling mode `{name}` is not supported, nor are combinations of modes")
            });
        }
        let flags = [
            (self.pooling_mode_cls_token, Pooling::Cls),
            (self.pooling_mode_max_tokens, Pooling::Max),
            (self.pooling_mode_mean_tokens, Pooling::Mean),
            (
                self.pooling_mode_mean_sqrt_len_tokens,
                Pooling::MeanSqrtLength,
            ),
            (self.pooling_mode_weightedmean_tokens, Pooling::WeightedMean),
            (self.pooling_mode_lasttoken, Pooling::LastToken),
        ];
        let mut modes = flags.iter().filter(|(on, _)| *on).map(|(_, mode)| *mode);
        match (modes.next(), modes.next()) {
            (Some(mode), None) => Ok(mode),
            (None, _) => Err("no pooling mode is on, expected one".to_owned()),
            (Some(first), Some(second)) => Err(format!(
                "several pooling modes are on (`{first}`, `{second}`), expected one: vectors made \
                 by joining several are not supported"
            )),
        }
    }

    /// Whether the tokens of a prompt are pooled with the others (default: yes).
    pub(crate) fn include_prompt(&self) -> bool {
        self.include_prompt.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: [f32; 6] = [1.0, 2.0, 3.0, -4.0, 5.0, 6.0];

    fn pooled(mode: Pooling, skip: usize) -> Vec<f32> {
        let mut out = vec![0.0; 2];
        mode.pool(&TOKENS, skip, &mut out);
        out
    }

    #[test]
    fn each_mode_is_its_definition() {
        assert_eq!(pooled(Pooling::Cls, 0), [1.0, 2.0]);
        assert_eq!(pooled(Pooling::LastToken, 0), [5.0, 6.0]);
        assert_eq!(pooled(Pooling::Max, 0), [5.0, 6.0]);
        assert_eq!(pooled(Pooling::Mean, 0), [3.0, 4.0 / 3.0]);
        let root = 3.0_f32.sqrt();
        assert_eq!(pooled(Pooling::MeanSqrtLength, 0), [9.0 / root, 4.0 / root]);
        assert_eq!(pooled(Pooling::WeightedMean, 0), [22.0 / 6.0, 12.0 / 6.0]);
    }

    #[test]
    fn prompt_tokens_are_left_out() {
        assert_eq!(pooled(Pooling::Mean, 1), [4.0, 1.0]);
        assert_eq!(pooled(Pooling::Max, 1), [5.0, 6.0]);
        assert_eq!(pooled(Pooling::WeightedMean, 2), [5.0, 6.0]);
        assert_eq!(pooled(Pooling::Cls, 1), [1.0, 2.0]);
        assert_eq!(pooled(Pooling::Mean, 9), [5.0, 6.0]);
    }

    #[test]
    fn maximum_keeps_nan() {
        let mut out = vec![0.0];
        Pooling::Max.pool(&[1.0, f32::NAN], 0, &mut out);
        assert!(out[0].is_nan());
        Pooling::Max.pool(&[f32::NAN, 1.0], 0, &mut out);
        assert!(out[0].is_nan());
        Pooling::Mean.pool(&[f32::NAN, 1.0], 0, &mut out);
        assert!(out[0].is_nan());
    }

    #[test]
    fn several_modes_or_none_are_refused() {
        let parse = |text: &str| serde_json::from_str::<PoolingConfig>(text).unwrap().mode();
        assert_eq!(
            parse(r#"{"pooling_mode_mean_tokens":true}"#),
            Ok(Pooling::Mean)
        );
        assert_eq!(
            parse(r#"{"pooling_mode":"lasttoken"}"#),
            Ok(Pooling::LastToken)
        );
        assert!(parse("{}").unwrap_err().contains("expected one"));
        let both = r#"{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}"#;
        assert!(parse(both).unwrap_err().contains("several"));
        assert!(parse(r#"{"pooling_mode":"mean+cls"}"#).is_err());
    }
}
