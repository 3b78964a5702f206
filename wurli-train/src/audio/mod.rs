//! Audio files as mono samples.

/// A recording, mixed to one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Samples; full scale is 1.
    pub samples: Vec<f32>,
    /// Samples per second, Hz.
    pub sample_rate: u32,
}

impl Audio {
    /// Length in seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}
