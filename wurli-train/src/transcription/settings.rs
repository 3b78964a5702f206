//! Constants of the transcription.

use serde::{Deserialize, Serialize};

/// Constants of the transcription; they are part of the cache key of stage 1. Those marked *tuned* were set
/// on performances of `lab performances` (seeds 101 to 112) by chance and kept where notes were found better;
/// `docs/transcription.md` measures them on others.
/// Those marked *assumed* were set once by reasoning, and never varied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranscriptionSettings {
    /// Lowest key reported. 21: the lowest that [`NoteEvent`](crate::note_event::NoteEvent) may hold.
    pub lowest_midi: u8,
    /// Highest key reported. 108: the highest that it may hold.
    pub highest_midi: u8,
    /// Notes sought at one onset. 6: two hands of three fingers.
    pub polyphony: usize,
    /// How keys are chosen.
    pub explanation: ExplanationSettings,
    /// Probability from which on a key is reported. 0.45: what is right as often as that raises an F1 of twice as much
    /// at most.
    pub least_belief: f32,
    /// Length of the frames of the onset detection, seconds. 46 ms: 2048 samples at 44.1 kHz, the usual choice.
    pub flux_window_s: f64,
    /// Distance of these frames, seconds. Onsets are refined afterwards, so 10 ms is fine enough.
    pub flux_hop_s: f64,
    /// Gain in `log10(1 + gain · amplitude/peak)`. 1000: 60 dB under the recording's peak still counts.
    pub flux_gain: f64,
    /// Mean rise of the log spectrum over its running median that makes an onset. Tuned: lenient, because an
    /// onset at which no pitch is new reports nothing.
    pub flux_threshold: f64,
    /// The same of a faint onset: it shortens no other's spectra, and what begins there must pay more. Tuned.
    pub faint_flux_threshold: f64,
    /// Onsets at most this far apart are analysed as one chord, seconds. 60 ms: shorter spectra separate no chord.
    pub chord_s: f64,
    /// Longest spectrum on either side of an onset, seconds. 186 ms: separates the third harmonics of A1 and B♭1.
    pub longest_window_s: f64,
    /// Shortest such spectrum, seconds.
    pub shortest_window_s: f64,
    /// Height of a spectral peak over the lower quartile of its surroundings that makes it a partial, dB.
    /// 20: in white noise a bin exceeds it with probability 3e-13 (power is exponentially distributed).
    pub partial_over_noise_db: f64,
    /// What a partial must gain at an onset to be taken as new, dB. Tuned.
    pub new_partial_db: f64,
    /// The same on a harmonic of a note that is held, dB: these grow while the pickup is overdriven, and beat.
    /// Assumed.
    pub new_on_held_db: f64,
    /// What a key that still sounds must gain to be taken as struck again, dB. Tuned.
    pub restrike_db: f64,
    /// Level under the loudest partial that sounds at which a note is no longer believed, dB. Tuned.
    pub weakest_in_chord_db: f64,
    /// Level under the loudest note of the recording at which a note is no longer believed, dB. 54,
    /// assumed: four times the 12 dB that lie between ff and pp by the displacement law, and a little.
    pub weakest_in_recording_db: f64,
    /// Distance of the frames in which a note's end is sought, seconds.
    pub release_hop_s: f64,
    /// Level under its own peak at which a note has ended, dB. 40: the catalogue's rule, the last 1 % of peak.
    pub end_below_peak_db: f64,
    /// Fall within a quarter of a second, beyond the reed's own decay, that only a damper makes, dB. Assumed: no
    /// recording at hand contains a release.
    pub damper_db: f64,
    /// Exponent of amplitude over velocity. 0.78: the displacement law fitted on the EP200 recordings.
    pub velocity_exponent: f64,
    /// Velocity given to the median level. 64: the mean of the four dynamics pp, mp, f, ff (19, 52, 78, 109).
    pub median_velocity: f64,
}

/// What it costs a set of keys not to be what sounds; costs are logarithms of likelihoods. All *tuned*.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplanationSettings {
    /// Cost of a key.
    pub key: f32,
    /// What it costs more at a faint onset.
    pub faint_key: f32,
    /// What it costs more if its fundamental lies on a chosen key's harmonic.
    pub covered_key: f32,
    /// Standard deviation of a harmonic's level from its timbre's, dB.
    pub deviation_db: f32,
    /// The same of what sounded before, dB.
    pub old_deviation_db: f32,
    /// The same on harmonics of a held note, dB: these grow while the pickup is overdriven, and beat.
    pub held_deviation_db: f32,
    /// Most that a partial costs that is louder than expected.
    pub most_unexplained: f32,
    /// The same of a partial on a harmonic of a chosen key: single reeds have peaks that no law foresees.
    pub most_covered: f32,
    /// Least power of such a harmonic, in parts of the partial's.
    pub covering: f32,
    /// Most that a harmonic costs that is softer than expected.
    pub most_missing: f32,
    /// Level under the loudest new partial at which a partial no longer counts, dB.
    pub range_db: f32,
    /// Standard deviation of a partial's frequency, in parts of the resolution and of the frequency.
    pub stray_in_resolution: f32,
    /// See [`stray_in_resolution`](Self::stray_in_resolution).
    pub stray_in_frequency: f32,
    /// Most that a frequency costs.
    pub most_stray: f32,
}

impl Default for ExplanationSettings {
    fn default() -> Self {
        Self {
            key: 3.45,
            faint_key: 1.0,
            covered_key: 2.13,
            deviation_db: 6.0,
            old_deviation_db: 2.68,
            held_deviation_db: 4.0,
            most_unexplained: 5.0,
            most_covered: 2.3,
            covering: 0.02,
            most_missing: 2.42,
            range_db: 34.7,
            stray_in_resolution: 0.0936,
            stray_in_frequency: 0.00141,
            most_stray: 2.5,
        }
    }
}

impl Default for TranscriptionSettings {
    fn default() -> Self {
        Self {
            lowest_midi: 21,
            highest_midi: 108,
            polyphony: 6,
            explanation: ExplanationSettings::default(),
            least_belief: 0.45,
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
            new_on_held_db: 6.0,
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
