//! Single harmonics around an onset, by Goertzel: struck again or not, at which of several onsets, at what pitch.

use std::f64::consts::TAU;

use super::CLEARANCE_S;
use super::onsets::Chord;
use super::pitches::Pitch;
use super::settings::TranscriptionSettings;
use super::signal::Signal;

/// Harmonics that are looked at one by one.
const PROBED: u32 = 6;
/// Periods of the fundamental in a probe, and its least length in seconds.
const PROBE_PERIODS: f64 = 2.5;
const SHORTEST_PROBE_S: f64 = 0.025;
/// Part of the loudest harmonic's amplitude that one must have to be asked; −30 dB.
const AUDIBLE: f64 = 0.03;
/// Distance to a harmonic, in parts of the frequency, within which a found note may be that harmonic.
const OWN_WITHIN: f64 = 0.01;
/// Harmonics by which the fundamental is refined.
const REFINED: u32 = 5;

/// The stretches before and after a chord's onsets that belong to no other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Surroundings {
    pub(super) before_s: f64,
    pub(super) before_length_s: f64,
    pub(super) after_s: f64,
    pub(super) after_length_s: f64,
    onset_s: f64,
}

impl Surroundings {
    pub(super) fn of(
        chord: &Chord,
        previous_s: Option<f64>,
        next_s: Option<f64>,
        settings: &TranscriptionSettings,
    ) -> Self {
        let (shortest_s, longest_s) =
            (settings.shortest_window_s, settings.longest_window_s.max(settings.shortest_window_s));
        let after_s = chord.last_s() + CLEARANCE_S;
        let after_length_s = next_s.map_or(longest_s, |next| next - CLEARANCE_S - after_s).clamp(shortest_s, longest_s);
        let end_s = chord.first_s() - CLEARANCE_S;
        // As long as the other, so that both resolve alike, but not into the chord before.
        let before_length_s = previous_s.map_or(after_length_s, |previous| end_s - previous - CLEARANCE_S);
        let before_length_s = before_length_s.clamp(shortest_s, after_length_s);
        Self { before_s: end_s - before_length_s, before_length_s, after_s, after_length_s, onset_s: chord.first_s() }
    }
}

fn probe_s(f0_hz: f64) -> f64 {
    (PROBE_PERIODS / f0_hz).max(SHORTEST_PROBE_S)
}

/// Gain that most of the audible first harmonics exceed over an onset, dB, by probes as short as the pitch allows.
/// Harmonics that `is_clear` denies are left out; 0 if none remains.
pub(super) fn rise_db(signal: &Signal, f0_hz: f64, onset_s: f64, is_clear: impl Fn(f64) -> bool) -> f64 {
    let length_s = probe_s(f0_hz);
    let probes: Vec<(f64, f64)> = (1..=PROBED)
        .map(|order| f64::from(order) * f0_hz)
        .filter(|frequency_hz| *frequency_hz < 0.4 * signal.rate_hz && is_clear(*frequency_hz))
        .map(|frequency_hz| {
            let before = signal.amplitude_at(frequency_hz, onset_s - CLEARANCE_S - length_s, length_s);
            (before.max(1e-9), signal.amplitude_at(frequency_hz, onset_s + CLEARANCE_S, length_s))
        })
        .collect();
    let loudest = probes.iter().map(|(_, after)| *after).fold(0.0, f64::max);
    let audible = probes.iter().filter(|(_, after)| *after > AUDIBLE * loudest);
    let mut rises_db: Vec<f64> = audible.map(|(before, after)| 20.0 * (after / before).log10()).collect();
    rises_db.sort_by(f64::total_cmp);
    rises_db.get(rises_db.len() / 3).copied().unwrap_or(0.0)
}

/// The same of the harmonics that are clear of those of other notes.
pub(super) fn clear_rise_db(signal: &Signal, f0_hz: f64, onset_s: f64, others_hz: &[f64]) -> f64 {
    let lobe_hz = 2.0 / probe_s(f0_hz);
    // What was found on its harmonics may be its own.
    let others = || others_hz.iter().filter(|other| distance_to_harmonic_hz(**other, f0_hz) > OWN_WITHIN * **other);
    rise_db(signal, f0_hz, onset_s, |hz| others().all(|other| distance_to_harmonic_hz(hz, *other) > lobe_hz))
}

/// Those of the sounding keys that a damper silenced just before the onset and a hammer struck again: long spectra
/// before and after may not differ, but short ones do, where no note in `found` is near.
pub(super) fn struck_again(
    signal: &Signal,
    around: &Surroundings,
    sounding: &[(u8, f64)],
    found: &[Pitch],
    settings: &TranscriptionSettings,
) -> Vec<(u8, f64)> {
    let is_struck = |(midi, f0_hz): &&(u8, f64)| {
        if found.iter().any(|pitch| pitch.midi == *midi) {
            return false;
        }
        let others: Vec<f64> = found.iter().map(|pitch| pitch.f0_hz).collect();
        clear_rise_db(signal, *f0_hz, around.onset_s, &others) > settings.restrike_db
    };
    sounding.iter().filter(is_struck).copied().collect()
}

/// Distance of a frequency to the nearest harmonic of `f0_hz`.
fn distance_to_harmonic_hz(frequency_hz: f64, f0_hz: f64) -> f64 {
    (frequency_hz - (frequency_hz / f0_hz).round().max(1.0) * f0_hz).abs()
}

/// The fundamental from the phases that the harmonics gain between the halves of the stretch after the onset, each
/// weighted by the precision of its phase and its order.
pub(super) fn refined_f0_hz(signal: &Signal, around: &Surroundings, f0_hz: f64) -> f64 {
    let half_s = signal.index_at(0.5 * around.after_length_s) as f64 / signal.rate_hz;
    let start_s = signal.index_at(around.after_s) as f64 / signal.rate_hz;
    if half_s <= 0.0 {
        return f0_hz;
    }
    let halves =
        |frequency_hz: f64| [start_s, start_s + half_s].map(|from_s| signal.phasor_at(frequency_hz, from_s, half_s));
    let orders = || (1..=REFINED).map(f64::from).filter(|order| order * f0_hz < 0.4 * signal.rate_hz);
    let loudest = orders().map(|order| amplitude(halves(order * f0_hz)[1])).fold(0.0, f64::max);
    let mut refined_hz = f0_hz;
    let (mut sum, mut weights) = (0.0, 0.0);
    // From below: a phase is unambiguous only while the frequency is known to half a turn per half of the stretch,
    // and each harmonic is known as many times less well as its order says.
    for order in orders() {
        let frequency_hz = order * refined_hz;
        let [first, second] = halves(frequency_hz);
        let level = amplitude(first).min(amplitude(second));
        if level < LEAST_HARMONIC * loudest {
            continue;
        }
        let turned = TAU * frequency_hz * half_s;
        let gained = second.1.atan2(second.0) - first.1.atan2(first.0) - turned;
        let error_hz = gained.sin().atan2(gained.cos()) / (TAU * half_s);
        let weight = (order * level).powi(2);
        sum += weight * (frequency_hz + error_hz) / order;
        weights += weight;
        refined_hz = sum / weights;
    }
    // Further off, a neighbouring note was measured.
    if (refined_hz / f0_hz - 1.0).abs() < MOST_REFINEMENT { refined_hz } else { f0_hz }
}

fn amplitude((re, im): (f64, f64)) -> f64 {
    re.hypot(im)
}

/// Part of the loudest harmonic's amplitude under which a harmonic's phase is not trusted.
const LEAST_HARMONIC: f64 = 0.1;
/// A quarter of a semitone: the vertex of a peak is never that wrong.
const MOST_REFINEMENT: f64 = 0.015;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Audio;

    const AROUND: Surroundings =
        Surroundings { before_s: 0.3, before_length_s: 0.186, after_s: 0.503, after_length_s: 0.186, onset_s: 0.5 };

    /// Three harmonics of 220.7 Hz under an envelope.
    fn tone(envelope: impl Fn(f64) -> f64) -> Signal {
        let samples = (0..44_100).map(|n| {
            let time_s = f64::from(n) / 44_100.0;
            let phase = std::f64::consts::TAU * 220.7 * time_s;
            (envelope(time_s) * (phase.sin() + 0.5 * (2.0 * phase).sin() + 0.3 * (3.0 * phase).cos())) as f32
        });
        Signal::of(&Audio { samples: samples.collect(), sample_rate: 44_100 }).unwrap()
    }

    #[test]
    fn the_fundamental_is_refined_to_a_tenth_of_a_cent_from_a_sixth_of_a_semitone_off() {
        let signal = tone(|time_s| (-3.0 * time_s).exp());
        for start_hz in [218.5, 220.7, 222.9] {
            let found_hz = refined_f0_hz(&signal, &AROUND, start_hz);
            assert!((1200.0 * (found_hz / 220.7).log2()).abs() < 0.1, "{found_hz} from {start_hz}");
        }
    }

    #[test]
    fn a_gap_before_an_onset_is_a_key_struck_again_and_a_held_note_is_not() {
        let settings = TranscriptionSettings::default();
        let sounding = [(57, 220.7)];
        let gapped = tone(|time_s| if (0.46..0.5).contains(&time_s) { 0.1 } else { 1.0 });
        assert_eq!(struck_again(&gapped, &AROUND, &sounding, &[], &settings), sounding);
        let held = tone(|time_s| (-3.0 * time_s).exp());
        assert_eq!(struck_again(&held, &AROUND, &sounding, &[], &settings), []);
        let known = [Pitch { midi: 57, f0_hz: 220.7, amplitude: 1.0 }];
        assert_eq!(struck_again(&gapped, &AROUND, &sounding, &known, &settings), [], "reported already");
    }

    #[test]
    fn surroundings_keep_out_of_the_neighbouring_chords() {
        let settings = TranscriptionSettings::default();
        let chord = Chord { onsets_s: vec![1.0, 1.02], is_faint: false };
        let wide = Surroundings::of(&chord, None, None, &settings);
        assert!((wide.before_length_s - 0.186).abs() < 1e-9 && (wide.after_length_s - 0.186).abs() < 1e-9);
        assert!(wide.before_s + wide.before_length_s < 1.0 && wide.after_s > 1.02);
        let tight = Surroundings::of(&chord, Some(0.9), Some(1.12), &settings);
        assert!(tight.before_s > 0.9 && tight.after_s + tight.after_length_s < 1.12);
    }
}
