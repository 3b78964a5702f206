//! Partials that tell a note from one whose harmonics coincide with it.
//!
//! A partial an octave below a note is its fundamental only if it has harmonics of its own. A
//! partial is none of a note's fundamental if a lower note has it as a harmonic, and others beside.

use super::locate::HARMONIC_SEARCH;
use super::steady_partials::SteadyPartials;
use crate::dsp::db_to_amplitude;

/// Harmonics that the octaves above a fundamental do not share.
const ODD: [f64; 3] = [3.0, 5.0, 7.0];
/// Odd harmonics that a fundamental needs if it is fainter than [`drop_foreign`] allows.
const OF_FAINT: usize = 2;
/// The strongest partial that a lower note does not share lies at most this far below the strongest
/// of all, dB. In 34 EP200 notes: 2 dB if the fundamental is weaker than a higher octave.
const OWN_DB: f64 = 15.0;
/// Largest deviation of a fundamental from a fraction of its harmonic, and that of its reading as a
/// fraction of the resolution. Reeds are harmonic.
const HARMONIC_TOLERANCE: f64 = 0.003;
const READING_TOLERANCE: f64 = 0.05;
/// Harmonics of a lower note that may coincide with another one's fundamental.
const COINCIDING: [f64; 5] = [2.0, 3.0, 4.0, 5.0, 7.0];
/// Lowest fundamental, Hz: that of A0, less half a semitone.
const LOWEST_HZ: f64 = 26.7;
/// Most times that a fraction of a fraction is searched.
const STEPS_DOWN_MAX: usize = 3;
/// Highest harmonic that is searched of such a note.
const SEARCHED: u8 = 8;

/// Partial of a note: octave from its claim, Hz, amplitude.
pub(super) type OctavePartial = (i16, f64, f64);

/// Returns true if a faint partial is the fundamental of a bass note: its odd harmonics are not
/// faint. Hum and other reeds have none. `strongest` is the note's highest amplitude.
pub(super) fn is_faint_fundamental(hz: f64, partials: &SteadyPartials<'_>, strongest: f64, faint: f64) -> bool {
    let own = own(partials, hz);
    is_main(&own, strongest) && own.iter().filter(|amplitude| **amplitude >= faint).count() >= OF_FAINT
}

/// Removes the lowest of `found` (from the lowest up) while it is weaker than a higher one and has
/// no strong odd harmonic, or is no fraction of it. Such a partial is hum or another reed.
///
/// A note whose fundamental is weaker than its second harmonic is struck hard, and has a third one
/// too.
pub(super) fn drop_foreign(found: &mut Vec<OctavePartial>, partials: &SteadyPartials<'_>) {
    while let [(lowest_octave, lowest_hz, lowest), higher @ ..] = found.as_slice() {
        let stronger = higher.iter().filter(|(.., amplitude)| amplitude > lowest);
        let Some((octave, hz, strongest)) = stronger.max_by(|a, b| a.2.total_cmp(&b.2)) else { return };
        let fraction_hz = hz * f64::from(lowest_octave - octave).exp2();
        let is_fraction = (lowest_hz / fraction_hz - 1.0).abs() < tolerance(partials, *lowest_hz);
        if is_fraction && is_main(&own(partials, *lowest_hz), *strongest) {
            return;
        }
        found.remove(0);
    }
}

/// Returns the fundamental of the lower note that has a partial at `hz` as a harmonic, if several
/// of its other harmonics sound. Harmonics further than `faint_db` below the strongest do not count.
pub(super) fn lower_fundamental_hz(hz: f64, partials: &SteadyPartials<'_>, faint_db: f64) -> Option<f64> {
    let mut found = None;
    // A note several octaves below is found step by step.
    for _ in 0..STEPS_DOWN_MAX {
        let Some(lower_hz) = fraction_hz(found.unwrap_or(hz), partials, faint_db) else { break };
        found = Some(lower_hz);
    }
    found
}

fn fraction_hz(hz: f64, partials: &SteadyPartials<'_>, faint_db: f64) -> Option<f64> {
    let amplitude = partials.amplitude(hz);
    COINCIDING.into_iter().map(|divisor| (divisor, hz / divisor)).find_map(|(divisor, lower_hz)| {
        let own = (1..=SEARCHED).map(f64::from).filter(|k| k % divisor != 0.0).filter_map(|k| {
            let at_hz = partials.peak_at(k * lower_hz, tolerance(partials, k * lower_hz))?;
            Some((k, partials.amplitude(at_hz)))
        });
        let own: Vec<(f64, f64)> = own.collect();
        let highest = own.iter().fold(amplitude, |highest, (_, amplitude)| highest.max(*amplitude));
        let count = |below_db: f64, is_counted: fn(f64) -> bool| {
            let least = highest * db_to_amplitude(-below_db);
            own.iter().filter(|(k, amplitude)| is_counted(*k) && *amplitude >= least).count()
        };
        // Even multiples alone are those of a higher note: a fifth below, say.
        let is_lowest = count(faint_db, |k| k % 2.0 == 1.0) > 0;
        let sounds = count(OWN_DB, |_| true) > 0 && is_lowest && count(faint_db, |_| true) >= OF_FAINT;
        (lower_hz >= LOWEST_HZ && sounds).then_some(lower_hz)
    })
}

/// Returns the largest deviation of a frequency from its fraction of another, as a fraction.
fn tolerance(partials: &SteadyPartials<'_>, hz: f64) -> f64 {
    HARMONIC_TOLERANCE + READING_TOLERANCE * partials.resolution_hz() / hz
}

fn is_main(own: &[f64], strongest: f64) -> bool {
    own.iter().any(|amplitude| *amplitude >= strongest * db_to_amplitude(-OWN_DB))
}

/// Returns the amplitudes of the odd harmonics that sound.
fn own(partials: &SteadyPartials<'_>, fundamental_hz: f64) -> Vec<f64> {
    let at = |k: &f64| partials.at(k * fundamental_hz, HARMONIC_SEARCH);
    ODD.iter().filter_map(at).map(|hz| partials.amplitude(hz)).collect()
}

#[cfg(test)]
mod tests {
    use crate::audio::Audio;
    use crate::measure::octaves::listen;

    /// Returns two seconds of decaying sinusoids: frequency and level, Hz and dB.
    fn tones(tones: &[(f64, f64)]) -> Audio {
        let sample = |n: u32| {
            let time_s = f64::from(n) / 44_100.0;
            let tone = |(hz, db): &(f64, f64)| 10f64.powf(db / 20.0) * (std::f64::consts::TAU * hz * time_s).sin();
            (0.2 * (-2.0 * time_s).exp() * tones.iter().map(tone).sum::<f64>()) as f32
        };
        Audio { samples: (0..88_200).map(sample).collect(), sample_rate: 44_100 }
    }

    #[test]
    fn a_lower_note_needs_harmonics_of_its_own() {
        let gis3: Vec<(f64, f64)> = (1..=6).map(|k| (207.65 * f64::from(k), -6.0 * f64::from(k - 1))).collect();
        let with = |more: &[(f64, f64)]| tones(&[&gis3, more].concat());
        let lowest = |audio: &Audio| listen(audio, 207.65, [-2, -1, 0]).octaves.first().map(|(octave, _)| *octave);
        for (more, octave) in [
            (&[][..], 0),
            (&[(103.0, -28.0)], 0),
            (&[(103.0, -10.0)], 0),
            (&[(52.0, -20.0)], 0),
            // A bass note whose fundamental is weaker than its second harmonic.
            (&[(103.8, -17.0), (311.5, -8.0), (519.1, -12.0)], -1),
            // One whose fundamental is nearly inaudible, and hum that is as faint.
            (&[(103.8, -36.0), (311.5, -8.0), (519.1, -12.0)], -1),
            (&[(103.8, -48.0), (311.5, -3.0), (726.7, -20.0)], -1),
            (&[(103.0, -36.0), (311.5, -20.0)], 0),
            // A lower key 25 dB below, with harmonics of its own.
            (&[(103.8, -25.0), (311.5, -25.0), (519.1, -27.0), (726.7, -28.0)], 0),
            // Hum near half the frequency, and its multiples.
            (&[(104.4, -4.0), (313.3, -16.0), (522.2, -20.0)], 0),
            // A sine that is stronger than all of it.
            (&[(103.8, 6.0)], -1),
        ] {
            assert_eq!(lowest(&with(more)), Some(octave), "{more:?}");
        }
    }

    #[test]
    fn a_harmonic_of_a_lower_note_is_no_fundamental() {
        let note = |f0_hz: f64, db: f64| -> Vec<(f64, f64)> {
            (1..=8).map(|k| (f0_hz * f64::from(k), db - 5.0 * f64::from(k - 1))).collect()
        };
        let lower = |sounds: &[(f64, f64)], octaves: &[i16]| {
            let heard = listen(&tones(sounds), 207.65, octaves.iter().copied());
            (heard.octaves.len(), heard.lower_hz.map(|hz| (hz * 10.0).round() / 10.0))
        };
        let near = [-2, -1, 0];
        assert_eq!(lower(&note(207.65, 0.0), &near), (1, None));
        for divisor in [3.0, 5.0, 7.0] {
            let lower_hz = 207.65 / divisor;
            assert_eq!(lower(&note(lower_hz, 0.0), &near), (0, Some((lower_hz * 10.0).round() / 10.0)), "{divisor}");
        }
        // The third harmonic is an octave above the label; the eighth two below.
        assert_eq!(lower(&note(207.65 * 2.0 / 3.0, 0.0), &[-2, -1, 0, 1, 2]), (0, Some(138.4)));
        assert_eq!(lower(&note(207.65 / 4.0, 0.0), &[-1, 0, 1]), (0, Some(51.9)));
        // A fifth, and a twelfth that is 25 dB softer.
        assert_eq!(lower(&[note(207.65, 0.0), note(138.6, 0.0)].concat(), &near), (1, None));
        assert_eq!(lower(&[note(207.65, 0.0), note(69.22, -25.0)].concat(), &near), (1, None));
    }
}
