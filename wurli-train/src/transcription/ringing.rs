//! Strikes on a key that still rings.
//!
//! A softer strike hardly raises the harmonics, but they jump in phase and level. Between strikes
//! each of them decays steadily, so that it can be extrapolated from either side of an onset.

use std::f64::consts::TAU;
use std::ops::Range;

use rustfft::num_complex::Complex64;

use super::analyser::Analyser;
use super::onsets::OnsetDetector;
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::{CLEARANCE_S, tremolo};
use crate::audio::Audio;
use crate::dsp::median;
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
/// Largest amplitude of noise beside a harmonic, relative to it: a third of the least jump.
const NOISE_MAX: f64 = JUMP / 3.0;
/// Periods of the fundamental from which noise is told from harmonics.
const NOISE_PERIODS: f64 = 8.0;
/// After this time thumps have died away, s: the jump must remain.
const REMAINS_S: f64 = 0.12;
/// A median level that falls by more than this is a release, dB.
const RELEASE_DB: f64 = 4.0;
/// Time kept clear of the note's ends, s.
const MARGIN_S: f64 = 0.1;
/// Each of two windows in which partials are told from noise, s, and its periods.
const TONAL_WINDOW_S: f64 = 0.08;
const TONAL_PERIODS: f64 = 5.0;
/// Partials of a strike lie this far above the sound between them, dB.
const STRUCK_DB: f64 = 9.0;
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
    let window_s = window_s(note.f0_hz);
    let rings = ringing_s(note);
    let is_restrike = |at_s: &f64| rings.contains(at_s) && is_restrike(signal, note.f0_hz, *at_s, window_s);
    times_s.iter().copied().filter(is_restrike).collect()
}

/// Returns whether the key of `note` is struck at a time, s: its partials stand out of the noise
/// after it, and jump if the key still rings. Noises at the pitch of the key do not.
pub(super) fn is_struck(onsets: &ClearOnsets, note: &NoteEvent, at_s: f64) -> bool {
    let is_jump = || is_restrike(&onsets.signal, note.f0_hz, at_s, window_s(note.f0_hz));
    is_tonal(onsets, note.f0_hz, at_s, STRUCK_DB) && (!ringing_s(note).contains(&at_s) || is_jump())
}

/// Returns whether partials of a pitch lie that far above the sound between them after an onset.
pub(super) fn is_tonal(onsets: &ClearOnsets, f0_hz: f64, at_s: f64, least_db: f64) -> bool {
    let signal = &onsets.signal;
    let window_s = (TONAL_PERIODS / f0_hz).max(TONAL_WINDOW_S);
    let power = |multiple: f64| -> f64 {
        let windows_s = [0.0, window_s].map(|later_s| at_s + CLEARANCE_S + later_s);
        windows_s.map(|from_s| signal.amplitude_at(multiple * f0_hz, from_s, window_s).powi(2)).iter().sum()
    };
    let orders = (1..=COMPARED).map(f64::from).filter(|k| k * f0_hz < BAND * signal.rate_hz);
    let (at, between) =
        orders.fold((0.0, 0.0), |(at, between), k| (at + power(k), between + 0.5 * (power(k - 0.5) + power(k + 0.5))));
    at > 10f64.powf(least_db / 10.0) * between
}

fn window_s(f0_hz: f64) -> f64 {
    (WINDOW_PERIODS / f0_hz).max(WINDOW_S)
}

/// Returns the times at which a strike can be read from both sides while the note rings, s.
fn ringing_s(note: &NoteEvent) -> Range<f64> {
    let window_s = window_s(note.f0_hz);
    note.onset_s + MARGIN_S + 2.0 * window_s..note.offset_s - MARGIN_S - REMAINS_S - window_s
}

fn is_restrike(signal: &Signal, f0_hz: f64, at_s: f64, window_s: f64) -> bool {
    let orders = (1..=COMPARED).map(f64::from).filter(|k| k * f0_hz < BAND * signal.rate_hz);
    let mut jumps: Vec<Jump> = orders.map(|k| Jump::new(signal, f0_hz, k, at_s, window_s)).collect();
    let loudest = jumps.iter().map(|jump| jump.amplitude).fold(0.0, f64::max);
    jumps.retain(|jump| jump.amplitude > AUDIBLE * loudest && jump.noise < NOISE_MAX);
    let median_of = |of: fn(&Jump) -> f64| median(&mut jumps.iter().map(of).collect::<Vec<_>>()).unwrap_or(0.0);
    let is_jump = |of: fn(&Jump) -> f64| median_of(of) >= JUMP;
    jumps.len() >= AUDIBLE_MIN
        && is_jump(|jump| jump.at_once)
        && is_jump(|jump| jump.remaining)
        && median_of(|jump| jump.level_db) > -RELEASE_DB
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
    /// Noise beside the harmonic before the onset or after [`REMAINS_S`], relative to the harmonic.
    noise: f64,
}

impl Jump {
    fn new(signal: &Signal, f0_hz: f64, order: f64, at_s: f64, window_s: f64) -> Self {
        let frequency_hz = order * f0_hz;
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
        let noise_window_s = window_s.max(NOISE_PERIODS / f0_hz);
        let noise_at = |from_s: f64| {
            let sides =
                [-0.5, 0.5].map(|side| signal.amplitude_at(frequency_hz + side * f0_hz, from_s, noise_window_s));
            0.5 * (sides[0] + sides[1])
        };
        let relative = |found: Complex64, expected: Complex64| (found - expected).norm() / expected.norm().max(1e-12);
        Self {
            amplitude: before.norm(),
            at_once: relative(extrapolate(after, long_after, to_onset), expected),
            remaining: relative(later, expected_later),
            level_db: 20.0 * (later.norm() / before.norm().max(1e-12)).log10(),
            noise: noise_at(at_s - CLEARANCE_S - noise_window_s).max(noise_at(at_s + remains_s))
                / before.norm().max(later.norm()).max(1e-12),
        }
    }
}
