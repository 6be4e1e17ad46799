//! Seeded numbers, the same on every machine.

/// The stream of BLAKE3's extended output for a purpose and a seed.
#[derive(Debug)]
pub(crate) struct Random(blake3::OutputReader);

impl Random {
    pub(crate) fn new(purpose: &str, seed: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(purpose.as_bytes());
        hasher.update(&seed.to_le_bytes());
        Self(hasher.finalize_xof())
    }

    /// Returns the next number, uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_depend_on_purpose_and_seed_and_fill_the_interval() {
        let draw = |purpose: &str, seed| {
            let mut random = Random::new(purpose, seed);
            (0..1_000).map(|_| random.unit()).collect::<Vec<f64>>()
        };
        assert_eq!(draw("a", 1), draw("a", 1));
        assert_ne!(draw("a", 1), draw("a", 2));
        assert_ne!(draw("a", 1), draw("b", 1));
        let numbers = draw("a", 1);
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / 1_000.0;
        assert!((mean - 0.5).abs() < 0.04, "{mean}");
    }
}
