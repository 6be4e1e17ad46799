//! Probabilities for reading.

/// Writes a probability as a percentage: two digits that count, whatever its size, or that it is
/// above or below what they can say.
///
/// # Examples
/// ```
/// use kindred_digest::percentage;
///
/// assert_eq!(percentage(0.1372), "14 %");
/// assert_eq!(percentage(0.0372), "3.7 %");
/// assert_eq!(percentage(0.9968), ">99 %");
/// assert_eq!(percentage(0.0001), "<0.1 %");
/// ```
pub fn percentage(probability: f64) -> String {
    if probability >= 0.995 {
        ">99 %".to_owned()
    } else if probability >= 0.0995 {
        format!("{:.0} %", 100.0 * probability)
    } else if probability >= 0.000_95 {
        format!("{:.1} %", 100.0 * probability)
    } else {
        "<0.1 %".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_count_at_every_size() {
        for (probability, expected) in [
            (1.0, ">99 %"),
            (0.995, ">99 %"),
            (0.994_9, "99 %"),
            (0.1, "10 %"),
            (0.099_5, "10 %"),
            (0.099_4, "9.9 %"),
            (0.01, "1.0 %"),
            (0.000_95, "0.1 %"),
            (0.000_94, "<0.1 %"),
            (0.0, "<0.1 %"),
        ] {
            assert_eq!(percentage(probability), expected, "{probability}");
        }
    }
}
