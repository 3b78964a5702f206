//! Strikes on a key that still rings.
//!
//! A softer strike hardly raises the harmonics, but they jump in phase and level. Between strikes
//! each of them decays steadily, so that it can be extrapolated from either side of an onset.

use std::f64::consts::TAU;

use rustfft::num_complex::Complex64;

use super::analyser::Analyser;
use super::onsets::OnsetDetector;
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::{CLEARANCE_S, tremolo};
use crate::audio::Audio;
use crate::note_event::NoteEvent;

/// Harmonics that are compared.
const COMPARED: u32 = 6;
/// Fewest harmonics that must be audible.
const AUDIBLE_MIN: usize = 2;
/// Least amplitude of an audible harmonic, relative to the loudest: −30 dB.
const AUDIBLE: f64 = 0.03;
/// Periods of the fundamental in a window.
const WINDOW_PERIODS: f64 = 4.0;
/// Shortest window, s.
const WINDOW_S: f64 = 0.04;
/// Least median jump of the harmonics, relative to their amplitudes. In 34 recordings of single
/// notes, it is 0.003 at most.
const JUMP: f64 = 0.12;
/// After this time thumps have died away, s: the jump must remain.
const REMAINS_S: f64 = 0.12;
/// A median level that falls by more than this is a release, dB.
const RELEASE_DB: f64 = 4.0;
/// Time kept clear of the note's ends, s.
const MARGIN_S: f64 = 0.1;
/// Frequencies above this fraction of the sample rate are not compared.
const BAND: f64 = 0.4;

/// Clear onsets of a recording, with the signal in which they were found.
pub(super) struct ClearOnsets {
    signal: Signal,
    /// Times, s.
    pub(super) times_s: Vec<f64>,
}

impl ClearOnsets {
    /// Finds the onsets. `None` if the audio is too short or silent.
    pub(super) fn find(audio: &Audio) -> Option<Self> {
        let mut signal = Signal::from_audio(audio)?;
        tremolo::remove(&mut signal);
        let settings = TranscriptionSettings::default();
        let chords = OnsetDetector::default().advance(&signal, &settings, &mut Analyser::new());
        let clear = chords.iter().filter(|chord| !chord.is_faint).flat_map(|chord| chord.onsets_s.iter().copied());
        let times_s = clear.collect();
        Some(Self { signal, times_s })
    }
}

/// Returns the times at which the key of `note` is struck again while it rings, s.
pub(super) fn restrikes(onsets: &ClearOnsets, note: &NoteEvent) -> Vec<f64> {
    let ClearOnsets { signal, times_s } = onsets;
    let window_s = (WINDOW_PERIODS / note.f0_hz).max(WINDOW_S);
    let first_s = note.onset_s + MARGIN_S + 2.0 * window_s;
    let last_s = note.offset_s - MARGIN_S - REMAINS_S - window_s;
    let is_restrike = |at_s: &f64| (first_s..last_s).contains(at_s) && is_restrike(signal, note.f0_hz, *at_s, window_s);
    times_s.iter().copied().filter(is_restrike).collect()
}

fn is_restrike(signal: &Signal, f0_hz: f64, at_s: f64, window_s: f64) -> bool {
    let frequencies = (1..=COMPARED).map(|k| f64::from(k) * f0_hz).filter(|hz| *hz < BAND * signal.rate_hz);
    let mut jumps: Vec<Jump> = frequencies.map(|hz| Jump::new(signal, hz, at_s, window_s)).collect();
    let loudest = jumps.iter().map(|jump| jump.amplitude).fold(0.0, f64::max);
    jumps.retain(|jump| jump.amplitude > AUDIBLE * loudest);
    let is_jump = |of: fn(&Jump) -> f64| median(jumps.iter().map(of)) >= JUMP;
    jumps.len() >= AUDIBLE_MIN
        && is_jump(|jump| jump.at_once)
        && is_jump(|jump| jump.remaining)
        && median(jumps.iter().map(|jump| jump.level_db)) > -RELEASE_DB
}

/// Change of a harmonic at an onset, beyond its decay.
struct Jump {
    /// Amplitude before the onset.
    amplitude: f64,
    /// Difference of the phasors that both sides extrapolate to the onset, relative to the
    /// amplitude.
    at_once: f64,
    /// Difference from the extrapolated phasor after [`REMAINS_S`], relative to its amplitude.
    remaining: f64,
    /// Level after [`REMAINS_S`] relative to that before the onset, dB.
    level_db: f64,
}

impl Jump {
    fn new(signal: &Signal, frequency_hz: f64, at_s: f64, window_s: f64) -> Self {
        let phasor = |from_s: f64| {
            let start_s = signal.index_at(from_s) as f64 / signal.rate_hz;
            signal.phasor_at(frequency_hz, from_s, window_s) * Complex64::from_polar(1.0, -TAU * frequency_hz * start_s)
        };
        // Continues by so many windows what `near` gained over `far`.
        let extrapolate = |near: Complex64, far: Complex64, windows: f64| near * (near / far).powf(windows);
        let before_s = at_s - CLEARANCE_S - window_s;
        let (before, long_before) = (phasor(before_s), phasor(before_s - window_s));
        let (after, long_after) = (phasor(at_s + CLEARANCE_S), phasor(at_s + CLEARANCE_S + window_s));
        let to_onset = 0.5 + CLEARANCE_S / window_s;
        let expected = extrapolate(before, long_before, to_onset);
        let remains_s = REMAINS_S.max(window_s);
        let later = phasor(at_s + remains_s);
        let expected_later = extrapolate(before, long_before, 1.0 + (remains_s + CLEARANCE_S) / window_s);
        let relative = |found: Complex64, expected: Complex64| (found - expected).norm() / expected.norm().max(1e-12);
        Self {
            amplitude: before.norm(),
            at_once: relative(extrapolate(after, long_after, to_onset), expected),
            remaining: relative(later, expected_later),
            level_db: 20.0 * (later.norm() / before.norm().max(1e-12)).log10(),
        }
    }
}

/// Returns the median; 0 for none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
