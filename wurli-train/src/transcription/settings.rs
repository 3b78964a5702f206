//! Settings of the transcription.

use serde::{Deserialize, Serialize};

/// Settings of the transcription. They are part of the cache key of stage 1.
///
/// Values marked *tuned* come from a random search on `lab performances` (seeds 101 to 112).
/// `docs/transcription.md` measures them on others. Values marked *assumed* were never varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranscriptionSettings {
    /// Lowest key reported. 21: the lowest key of [`NoteEvent`](crate::note_event::NoteEvent).
    pub lowest_midi: u8,
    /// Highest key reported. 108: the highest key of `NoteEvent`.
    pub highest_midi: u8,
    /// Most notes at one onset. 6: two hands of three fingers.
    pub polyphony: usize,
    /// Costs by which keys are chosen.
    pub cost: CostSettings,
    /// Least probability of a reported key. 0.45: a key raises an F1 below twice its probability.
    pub min_probability: f32,
    /// Length of the frames of the onset detection, seconds. 46 ms: 2048 samples at 44.1 kHz, the
    /// usual choice.
    pub flux_window_s: f64,
    /// Hop of these frames, seconds. Onsets are refined afterwards: 10 ms suffice.
    pub flux_hop_s: f64,
    /// Gain in `log10(1 + gain · amplitude/peak)`. 1000: 60 dB below the recording's peak still
    /// counts.
    pub flux_gain: f64,
    /// Mean rise of the log spectrum over its running median that makes an onset. Tuned: an onset
    /// without new pitches reports nothing, so that it may be low.
    pub flux_threshold: f64,
    /// Threshold of a faint onset. It does not shorten spectra, and keys cost more there. Tuned.
    pub faint_flux_threshold: f64,
    /// Largest distance of onsets that are one chord, seconds. Spectra below 60 ms separate no
    /// chord.
    pub chord_s: f64,
    /// Longest spectrum on either side of an onset, seconds. 186 ms separate the third harmonics of
    /// A1 and B♭1.
    pub longest_window_s: f64,
    /// Shortest such spectrum, seconds.
    pub shortest_window_s: f64,
    /// Least level of a spectral peak over the lower quartile around it, dB. A bin of white noise
    /// exceeds 20 with a probability of 3e-13 (its power is exponentially distributed).
    pub partial_over_noise_db: f64,
    /// Least gain of a new peak at an onset, dB. Tuned.
    pub new_partial_db: f64,
    /// Least gain of a new peak on a sustained note's harmonic, dB. These grow while the pickup is
    /// overdriven, and beat. Assumed.
    pub new_on_sustained_db: f64,
    /// Least rise of a sounding key that is struck again, dB. Tuned.
    pub restrike_db: f64,
    /// A note further below the loudest peak is rejected, dB. Tuned.
    pub weakest_in_chord_db: f64,
    /// A note further below the recording's peak is rejected, dB. 54, assumed: more than four times
    /// the 12 dB between ff and pp by the displacement law.
    pub weakest_in_recording_db: f64,
    /// Hop of the frames in which a note's end is searched, seconds.
    pub release_hop_s: f64,
    /// Fall from its peak at which a note has ended, dB. 40: the last hundredth of the peak, as in
    /// the catalogue.
    pub end_below_peak_db: f64,
    /// Fall within 0.25 s, beyond the reed's decay, that only a damper makes, dB. Assumed: no
    /// available recording contains a release.
    pub damper_db: f64,
    /// Exponent of amplitude over velocity. 0.78: the displacement law fitted on the EP200
    /// recordings.
    pub velocity_exponent: f64,
    /// Velocity given to the median level. 64: the mean of the four dynamics pp, mp, f, ff (19, 52,
    /// 78, 109).
    pub median_velocity: f64,
}

/// Costs of a set of keys that does not match the sound, as negative logarithms of likelihoods. All
/// *tuned*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostSettings {
    /// Cost of a key.
    pub key: f32,
    /// Additional cost at a faint onset.
    pub faint_key: f32,
    /// Additional cost if the fundamental lies on a chosen key's harmonic.
    pub covered_key: f32,
    /// Standard deviation of a harmonic's level from its timbre, dB.
    pub deviation_db: f32,
    /// Standard deviation of the level that sounded before, dB.
    pub old_deviation_db: f32,
    /// Standard deviation of a sustained note's harmonics, dB. These grow while the pickup is
    /// overdriven, and beat.
    pub sustained_deviation_db: f32,
    /// Largest cost of a peak that is louder than expected.
    pub max_unexplained: f32,
    /// Largest cost of such a peak on a chosen key's harmonic. Single reeds have peaks that no law
    /// predicts.
    pub max_covered: f32,
    /// Least power of such a harmonic, relative to the peak.
    pub covering: f32,
    /// Largest cost of a harmonic that is softer than expected.
    pub max_missing: f32,
    /// A peak further below the loudest new one does not count, dB.
    pub range_db: f32,
    /// Standard deviation of a peak's frequency, relative to the resolution.
    pub deviation_in_resolution: f32,
    /// Additional standard deviation of a peak's frequency, relative to the frequency.
    pub deviation_in_frequency: f32,
    /// Largest cost of a frequency.
    pub max_frequency_cost: f32,
}

impl Default for CostSettings {
    fn default() -> Self {
        Self {
            key: 3.45,
            faint_key: 1.0,
            covered_key: 2.13,
            deviation_db: 6.0,
            old_deviation_db: 2.68,
            sustained_deviation_db: 4.0,
            max_unexplained: 5.0,
            max_covered: 2.3,
            covering: 0.02,
            max_missing: 2.42,
            range_db: 34.7,
            deviation_in_resolution: 0.0936,
            deviation_in_frequency: 0.00141,
            max_frequency_cost: 2.5,
        }
    }
}

impl Default for TranscriptionSettings {
    fn default() -> Self {
        Self {
            lowest_midi: 21,
            highest_midi: 108,
            polyphony: 6,
            cost: CostSettings::default(),
            min_probability: 0.45,
            flux_window_s: 0.0464,
            flux_hop_s: 0.010,
            flux_gain: 1000.0,
            flux_threshold: 0.020,
            faint_flux_threshold: 0.008,
            chord_s: 0.060,
            longest_window_s: 0.186,
            shortest_window_s: 0.045,
            partial_over_noise_db: 20.0,
            new_partial_db: 1.7,
            new_on_sustained_db: 6.0,
            restrike_db: 3.0,
            weakest_in_chord_db: 18.4,
            weakest_in_recording_db: 54.0,
            release_hop_s: 0.023,
            end_below_peak_db: 40.0,
            damper_db: 12.0,
            velocity_exponent: 0.78,
            median_velocity: 64.0,
        }
    }
}
