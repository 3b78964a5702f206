//! Short probes of single harmonics around an onset: re-strikes, the onset within a chord, the
//! refined pitch.

use std::f64::consts::TAU;

use super::onsets::Chord;
use super::pitches::Pitch;
use super::settings::TranscriptionSettings;
use super::signal::Signal;
use super::{CLEARANCE_S, SoundingKey};

/// Harmonics that are probed one by one.
const PROBED: u32 = 6;
/// Periods of the fundamental in a probe.
const PROBE_PERIODS: f64 = 2.5;
/// Least length of a probe, seconds.
const SHORTEST_PROBE_S: f64 = 0.025;
/// Least amplitude of a harmonic that counts, relative to the loudest: −30 dB.
const AUDIBLE: f64 = 0.03;
/// Distance to a harmonic, relative to the frequency, within which a found note may be that
/// harmonic.
const OWN_WITHIN: f64 = 0.01;
/// Harmonics by which the fundamental is refined.
const REFINED: u32 = 5;
/// Least amplitude of a harmonic whose phase is trusted, relative to the loudest.
const LEAST_HARMONIC: f64 = 0.1;
/// Largest refinement, relative to the frequency: a quarter of a semitone. A peak's vertex is never
/// that wrong.
const MAX_REFINEMENT: f64 = 0.015;
/// Frequencies above this fraction of the sample rate are not probed.
const PROBED_BAND: f64 = 0.4;

/// Windows before and after a chord's onsets that contain no other onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OnsetWindows {
    pub(super) before_s: f64,
    pub(super) before_length_s: f64,
    pub(super) after_s: f64,
    pub(super) after_length_s: f64,
    onset_s: f64,
}

impl OnsetWindows {
    /// Windows of a chord between the previous and the next onset.
    pub(super) fn new(
        chord: &Chord,
        previous_s: Option<f64>,
        next_s: Option<f64>,
        settings: &TranscriptionSettings,
    ) -> Self {
        let shortest_s = settings.shortest_window_s;
        let longest_s = settings.longest_window_s.max(shortest_s);
        let after_s = chord.last_s() + CLEARANCE_S;
        let after_length_s = next_s.map_or(longest_s, |next| next - CLEARANCE_S - after_s).clamp(shortest_s, longest_s);
        let end_s = chord.first_s() - CLEARANCE_S;
        // Both windows are equally long, to resolve alike, unless this one reaches the previous
        // chord.
        let before_length_s = previous_s.map_or(after_length_s, |previous| end_s - previous - CLEARANCE_S);
        let before_length_s = before_length_s.clamp(shortest_s, after_length_s);
        Self { before_s: end_s - before_length_s, before_length_s, after_s, after_length_s, onset_s: chord.first_s() }
    }
}

/// Returns the length of a probe, seconds.
fn probe_s(f0_hz: f64) -> f64 {
    (PROBE_PERIODS / f0_hz).max(SHORTEST_PROBE_S)
}

/// Amplitudes of a harmonic before and after an onset.
struct Probe {
    before: f64,
    after: f64,
}

/// Returns the rise over an onset that two thirds of the audible first harmonics exceed, dB.
///
/// Probes are as short as the pitch allows. Harmonics for which `is_clear` is false are left out; 0
/// if none remains.
pub(super) fn rise_db(signal: &Signal, f0_hz: f64, onset_s: f64, is_clear: impl Fn(f64) -> bool) -> f64 {
    let length_s = probe_s(f0_hz);
    let probes: Vec<Probe> = (1..=PROBED)
        .map(|order| f64::from(order) * f0_hz)
        .filter(|frequency_hz| *frequency_hz < PROBED_BAND * signal.rate_hz && is_clear(*frequency_hz))
        .map(|frequency_hz| Probe {
            before: signal.amplitude_at(frequency_hz, onset_s - CLEARANCE_S - length_s, length_s).max(1e-9),
            after: signal.amplitude_at(frequency_hz, onset_s + CLEARANCE_S, length_s),
        })
        .collect();
    let loudest = probes.iter().map(|probe| probe.after).fold(0.0, f64::max);
    let audible = probes.iter().filter(|probe| probe.after > AUDIBLE * loudest);
    let mut rises_db: Vec<f64> = audible.map(|probe| 20.0 * (probe.after / probe.before).log10()).collect();
    rises_db.sort_by(f64::total_cmp);
    rises_db.get(rises_db.len() / 3).copied().unwrap_or(0.0)
}

/// Like [`rise_db`], for the harmonics that are clear of those of other notes.
pub(super) fn clear_rise_db(signal: &Signal, f0_hz: f64, onset_s: f64, others_hz: &[f64]) -> f64 {
    let lobe_hz = 2.0 / probe_s(f0_hz);
    // A note found on one of its harmonics may be that harmonic.
    let others = || others_hz.iter().filter(|other| distance_to_harmonic_hz(**other, f0_hz) > OWN_WITHIN * **other);
    rise_db(signal, f0_hz, onset_s, |hz| others().all(|other| distance_to_harmonic_hz(hz, *other) > lobe_hz))
}

/// Returns the sounding keys that were damped just before the onset and struck again.
///
/// Long spectra before and after may be equal, but short probes differ. Keys in `found` are left
/// out.
pub(super) fn restruck_keys(
    signal: &Signal,
    windows: &OnsetWindows,
    sounding: &[SoundingKey],
    found: &[Pitch],
    settings: &TranscriptionSettings,
) -> Vec<SoundingKey> {
    let others: Vec<f64> = found.iter().map(|pitch| pitch.f0_hz).collect();
    let is_restruck = |key: &&SoundingKey| {
        found.iter().all(|pitch| pitch.midi != key.midi)
            && clear_rise_db(signal, key.f0_hz, windows.onset_s, &others) > settings.restrike_db
    };
    sounding.iter().filter(is_restruck).copied().collect()
}

/// Returns the distance of a frequency to the nearest harmonic of `f0_hz`.
pub(super) fn distance_to_harmonic_hz(frequency_hz: f64, f0_hz: f64) -> f64 {
    (frequency_hz - (frequency_hz / f0_hz).round().max(1.0) * f0_hz).abs()
}

/// Refines a fundamental by the phases that its harmonics gain between the halves of the window
/// after the onset.
///
/// Each harmonic is weighted by the precision of its phase and by its order.
pub(super) fn refined_f0_hz(signal: &Signal, windows: &OnsetWindows, f0_hz: f64) -> f64 {
    let half_s = signal.index_at(0.5 * windows.after_length_s) as f64 / signal.rate_hz;
    let start_s = signal.index_at(windows.after_s) as f64 / signal.rate_hz;
    if half_s <= 0.0 {
        return f0_hz;
    }
    let halves =
        |frequency_hz: f64| [start_s, start_s + half_s].map(|from_s| signal.phasor_at(frequency_hz, from_s, half_s));
    let orders = || (1..=REFINED).map(f64::from).filter(|order| order * f0_hz < PROBED_BAND * signal.rate_hz);
    let loudest = orders().map(|order| halves(order * f0_hz)[1].norm()).fold(0.0, f64::max);
    let mut refined_hz = f0_hz;
    let (mut sum, mut weights) = (0.0, 0.0);
    // A phase is unambiguous while the frequency is known to half a turn per half window. The error
    // of a harmonic's frequency grows with its order: start with the lowest.
    for order in orders() {
        let frequency_hz = order * refined_hz;
        let [first, second] = halves(frequency_hz);
        let level = first.norm().min(second.norm());
        if level < LEAST_HARMONIC * loudest {
            continue;
        }
        let expected = TAU * frequency_hz * half_s;
        let gained = second.arg() - first.arg() - expected;
        let error_hz = gained.sin().atan2(gained.cos()) / (TAU * half_s);
        let weight = (order * level).powi(2);
        sum += weight * (frequency_hz + error_hz) / order;
        weights += weight;
        refined_hz = sum / weights;
    }
    // Further off, a neighbouring note was measured.
    if (refined_hz / f0_hz - 1.0).abs() < MAX_REFINEMENT { refined_hz } else { f0_hz }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    const WINDOWS: OnsetWindows =
        OnsetWindows { before_s: 0.3, before_length_s: 0.186, after_s: 0.503, after_length_s: 0.186, onset_s: 0.5 };

    /// Returns three harmonics of 220.7 Hz under an envelope.
    fn tone(envelope: impl Fn(f64) -> f64) -> Signal {
        let samples = (0..44_100).map(|n| {
            let time_s = f64::from(n) / 44_100.0;
            let phase = std::f64::consts::TAU * 220.7 * time_s;
            (envelope(time_s) * (phase.sin() + 0.5 * (2.0 * phase).sin() + 0.3 * (3.0 * phase).cos())) as f32
        });
        Signal::from_audio(&Audio { samples: samples.collect(), sample_rate: 44_100 }).unwrap()
    }

    #[test]
    fn refines_a_fundamental_to_a_tenth_of_a_cent() {
        let signal = tone(|time_s| (-3.0 * time_s).exp());
        for start_hz in [218.5, 220.7, 222.9] {
            let found_hz = refined_f0_hz(&signal, &WINDOWS, start_hz);
            assert!((1200.0 * (found_hz / 220.7).log2()).abs() < 0.1, "{found_hz} from {start_hz}");
        }
    }

    #[test]
    fn a_gap_before_an_onset_is_a_re_strike() {
        let settings = TranscriptionSettings::default();
        let sounding = [SoundingKey { midi: 57, f0_hz: 220.7 }];
        let gapped = tone(|time_s| if (0.46..0.5).contains(&time_s) { 0.1 } else { 1.0 });
        assert_eq!(restruck_keys(&gapped, &WINDOWS, &sounding, &[], &settings), sounding);
        let sustained = tone(|time_s| (-3.0 * time_s).exp());
        assert_eq!(restruck_keys(&sustained, &WINDOWS, &sounding, &[], &settings), []);
        let known = [Pitch { midi: 57, f0_hz: 220.7, amplitude: 1.0 }];
        assert_eq!(restruck_keys(&gapped, &WINDOWS, &sounding, &known, &settings), [], "reported already");
    }

    #[test]
    fn windows_end_before_neighbouring_chords() {
        let settings = TranscriptionSettings::default();
        let chord = Chord { onsets_s: vec![1.0, 1.02], is_faint: false };
        let wide = OnsetWindows::new(&chord, None, None, &settings);
        assert!((wide.before_length_s - 0.186).abs() < 1e-9 && (wide.after_length_s - 0.186).abs() < 1e-9);
        assert!(wide.before_s + wide.before_length_s < 1.0 && wide.after_s > 1.02);
        let tight = OnsetWindows::new(&chord, Some(0.9), Some(1.12), &settings);
        assert!(tight.before_s > 0.9 && tight.after_s + tight.after_length_s < 1.12);
    }
}
