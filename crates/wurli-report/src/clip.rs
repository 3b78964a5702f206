//! Clips of a note: recording, model and corrected model with equal length and loudness.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wurli_voice::MlpCorrections;

use wurli_train::audio::Audio;
use wurli_train::dsp::spectrum::Spectrum;
use wurli_train::dsp::{amplitude_to_db, db_to_amplitude};
use wurli_train::measure::find_bounds;
use wurli_train::measure::locate::STEADY_S;
use wurli_train::note_event::NoteEvent;
use wurli_train::renderer::measured::SAMPLE_RATE;
use wurli_train::renderer::{Note, RenderError, Renderer};

use crate::ReportError;
use crate::resample::resample;
use crate::{flac, loudness};

/// Longest clip, s. Nothing is measured later.
pub(super) const LONGEST_S: f64 = 1.5;
/// Audio before the onset, s.
const LEAD_S: f64 = 0.005;
/// Fade-in and fade-out, s, against clicks.
const FADES_S: (f64, f64) = (0.002, 0.03);
/// Time after the onset in which loudness is matched, s.
pub(super) const LOUDNESS_WINDOW_S: f64 = 0.5;
/// Peak of the loudest clip: 6 dB of headroom for resampling in the player.
const PEAK: f64 = 0.5;
/// Sample rates, Hz. A clip has the lowest one with H8 below [`BAND_SHARE`] of it.
const RATES_HZ: [u32; 3] = [22_050, 32_000, 44_100];
const BAND_SHARE: f64 = 0.45;
/// Points of a spectrum.
const SPECTRUM_POINTS: usize = 200;
/// Ends of a spectrum, relative to the fundamental and to H8.
const SPECTRUM_ENDS: (f64, f64) = (0.7, 1.25);
/// Range of a spectrum below its highest peak, dB.
pub(super) const SPECTRUM_DEPTH_DB: f64 = 80.0;

/// Origin of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipKind {
    /// The recording.
    Recording,
    /// The model without corrections.
    Model,
    /// The model with corrections.
    Corrected,
}

impl ClipKind {
    /// All kinds in the order of the players.
    pub const ALL: [Self; 3] = [Self::Recording, Self::Model, Self::Corrected];

    /// Returns the label of the player.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Model => "model",
            Self::Corrected => "corrected",
        }
    }
}

/// The clips of a note in the order of [`ClipKind::ALL`].
#[derive(Clone, Debug)]
pub(super) struct Clips {
    /// FLAC files in base 64.
    pub(super) flac: [String; 3],
    /// Gain that was applied, dB.
    pub(super) gain_db: [f64; 3],
    /// Length after the onset, s.
    pub(super) seconds: f64,
    /// Sample rate, Hz.
    pub(super) sample_rate: u32,
    /// Frequencies, Hz, and levels of the clips, dB relative to the highest peak of all.
    pub(super) spectra: Vec<(f64, [f64; 3])>,
}

impl Clips {
    /// Cuts the note out of `recording` and renders it with and without `corrections`.
    ///
    /// Returns `None` for a silent clip.
    pub(super) fn render(
        renderer: &dyn Renderer,
        recording: &Audio,
        event: &NoteEvent,
        corrections: &MlpCorrections,
    ) -> Result<Option<Self>, ReportError> {
        let seconds = (event.offset_s - event.onset_s).min(LONGEST_S);
        let rendering = |corrections: MlpCorrections| {
            let NoteEvent { midi, velocity, .. } = *event;
            // Margin: the detected onset lies some milliseconds after the start.
            let note = Note { midi, velocity, corrections, seconds: seconds + 0.05, sample_rate: SAMPLE_RATE };
            let audio = renderer.render(&note)?;
            Ok::<_, RenderError>(find_bounds(&audio).map(|bounds| cut(&audio, bounds.onset_s, seconds)))
        };
        let (Some(model), Some(corrected)) = (rendering(MlpCorrections::IDENTITY)?, rendering(*corrections)?) else {
            return Ok(None);
        };
        let mut clips = [cut(recording, event.onset_s, seconds), model, corrected];
        let powers = clips.each_ref().map(|clip| loudness::power(&excerpt(clip, LEAD_S, LEAD_S + LOUDNESS_WINDOW_S)));
        if powers.iter().any(|power| *power <= 0.0) {
            return Ok(None);
        }
        let mut gains = powers.map(|power| (powers[0] / power).sqrt());
        let peak = |clip: &Audio| clip.samples.iter().fold(0.0f64, |peak, s| peak.max(f64::from(s.abs())));
        let highest = clips.iter().zip(gains).map(|(clip, gain)| gain * peak(clip)).fold(0.0, f64::max);
        gains = gains.map(|gain| gain * PEAK / highest);
        for (clip, gain) in clips.iter_mut().zip(gains) {
            clip.samples.iter_mut().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
        }

        let sample_rate = clip_rate_hz(event.f0_hz, recording.sample_rate);
        let mut flac = <[String; 3]>::default();
        for (text, clip) in flac.iter_mut().zip(&clips) {
            *text = BASE64_STANDARD.encode(flac::encode(&resample(clip, sample_rate))?);
        }
        let gain_db = gains.map(amplitude_to_db);
        Ok(Some(Self { flac, gain_db, seconds, sample_rate, spectra: spectra(&clips, event.f0_hz) }))
    }
}

/// Returns the lowest of [`RATES_HZ`] that holds H8, without raising the recording's rate.
fn clip_rate_hz(f0_hz: f64, recorded_hz: u32) -> u32 {
    let holds = |rate: &u32| BAND_SHARE * f64::from(*rate) >= 8.0 * f0_hz || *rate * 5 / 4 > recorded_hz;
    RATES_HZ.into_iter().find(holds).unwrap_or(RATES_HZ[RATES_HZ.len() - 1])
}

/// Cuts `seconds` after the onset and [`LEAD_S`] before it, padded with silence beyond the ends of
/// `audio`.
fn cut(audio: &Audio, onset_s: f64, seconds: f64) -> Audio {
    let rate = f64::from(audio.sample_rate);
    let first = ((onset_s - LEAD_S) * rate).round() as i64;
    let length = ((LEAD_S + seconds) * rate).round() as usize;
    let at = |n: usize| usize::try_from(first + n as i64).ok().and_then(|index| audio.samples.get(index)).copied();
    let samples: Vec<f32> = (0..length).map(|n| at(n).unwrap_or(0.0)).collect();
    // A DC offset would click at both ends.
    let offset = samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len().max(1) as f64;
    let fade = |n: usize, length_s: f64| (n as f64 / (length_s * rate)).min(1.0);
    let faded = samples.iter().enumerate().map(|(n, sample)| {
        let gain = fade(n, FADES_S.0) * fade(length - 1 - n, FADES_S.1);
        ((f64::from(*sample) - offset) * gain) as f32
    });
    Audio { samples: faded.collect(), sample_rate: audio.sample_rate }
}

/// Returns the audio between two times, clipped to the ends of `clip`.
fn excerpt(clip: &Audio, from_s: f64, to_s: f64) -> Audio {
    let index = |time_s: f64| ((time_s * f64::from(clip.sample_rate)).round() as usize).min(clip.samples.len());
    Audio { samples: clip.samples[index(from_s)..index(to_s)].to_vec(), sample_rate: clip.sample_rate }
}

/// Returns the spectra of the clips on a logarithmic grid, in the window in which levels are
/// measured.
///
/// Each point is the highest bin around its frequency, so that no harmonic falls between two
/// points.
fn spectra(clips: &[Audio; 3], f0_hz: f64) -> Vec<(f64, [f64; 3])> {
    let (from_s, to_s) = STEADY_S;
    let spectra = clips.each_ref().map(|clip| {
        Spectrum::new(&excerpt(clip, LEAD_S + from_s, LEAD_S + to_s).samples, clip.sample_rate) //
    });
    let nyquist_hz = clips.iter().map(|clip| f64::from(clip.sample_rate) / 2.0).fold(f64::INFINITY, f64::min);
    let (low_hz, high_hz) = (SPECTRUM_ENDS.0 * f0_hz, (SPECTRUM_ENDS.1 * 8.0 * f0_hz).min(nyquist_hz * 0.98));
    if high_hz <= low_hz {
        return Vec::new();
    }
    let step = (high_hz / low_hz).ln() / (SPECTRUM_POINTS - 1) as f64;
    let mut points: Vec<(f64, [f64; 3])> = (0..SPECTRUM_POINTS)
        .map(|i| {
            let frequency_hz = low_hz * (step * i as f64).exp();
            (frequency_hz, spectra.each_ref().map(|spectrum| peak_level_db(spectrum, frequency_hz, step)))
        })
        .collect();
    let highest = points.iter().flat_map(|(_, levels)| levels).fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    for (_, levels) in &mut points {
        *levels = levels.map(|level| (level - highest).max(-SPECTRUM_DEPTH_DB));
    }
    points
}

/// Returns the highest bin within half a step of a frequency, dB, interpolated where bins are
/// further apart.
fn peak_level_db(spectrum: &Spectrum, frequency_hz: f64, step: f64) -> f64 {
    let half = (step / 2.0).exp();
    let (_, band) = spectrum.band(frequency_hz / half, frequency_hz * half);
    if let Some(highest) = band.iter().copied().reduce(f32::max) {
        return amplitude_to_db(f64::from(highest));
    }
    let position = frequency_hz / spectrum.bin_hz;
    let bin_db = |index: f64| {
        let amplitude = spectrum.amplitudes.get(index as usize).copied().unwrap_or(0.0);
        amplitude_to_db(f64::from(amplitude).max(db_to_amplitude(-200.0)))
    };
    let fraction = position.fract();
    (1.0 - fraction) * bin_db(position.floor()) + fraction * bin_db(position.floor() + 1.0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use wurli_train::audio::decode;
    use wurli_train::renderer::ReferenceVoice;

    fn event(midi: u8, f0_hz: f64) -> NoteEvent {
        NoteEvent { onset_s: 0.3, offset_s: 1.0, midi, velocity: 78, velocity_known: true, f0_hz }
    }

    /// Returns the voice, after 0.3 s of silence and at another level.
    fn recording(midi: u8, gain: f32) -> Audio {
        let corrections = MlpCorrections::IDENTITY;
        let note = Note { midi, velocity: 78, corrections, seconds: 1.0, sample_rate: 48_000 };
        let mut audio = ReferenceVoice::EP200.play(&note);
        audio.samples.iter_mut().for_each(|sample| *sample *= gain);
        audio.samples.splice(0..0, vec![0.0; 14_400]);
        audio
    }

    #[test]
    fn clips_have_equal_length_and_loudness() {
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.amp_offsets_db = [9.0; 7];
        let clips = Clips::render(&ReferenceVoice::EP200, &recording(57, 0.01), &event(57, 220.0), &corrections)
            .unwrap()
            .unwrap();
        let decoded = clips
            .flac
            .each_ref()
            .map(|text| decode(Path::new("a.flac"), BASE64_STANDARD.decode(text).unwrap()).unwrap());
        let levels = decoded.each_ref().map(|clip| 10.0 * loudness::power(&excerpt(clip, LEAD_S, 0.505)).log10());
        println!("{levels:?} {:?}", clips.gain_db);
        assert!(levels.iter().all(|level| (level - levels[0]).abs() < 0.05), "{levels:?}");
        assert!(decoded.iter().all(|clip| (clip.duration_s() - 0.705).abs() < 0.001 && clip.sample_rate == 22_050));
        let peak = decoded.iter().flat_map(|clip| &clip.samples).fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((0.45..=0.52).contains(&peak), "{peak}");
        // The quiet recording is the model, 40 dB below it.
        assert!((clips.gain_db[0] - clips.gain_db[1] - 40.0).abs() < 0.2, "{:?}", clips.gain_db);
    }

    #[test]
    fn spectra_peak_at_the_harmonics() {
        let clips =
            Clips::render(&ReferenceVoice::EP200, &recording(57, 1.0), &event(57, 220.0), &MlpCorrections::IDENTITY)
                .unwrap()
                .unwrap();
        assert!(clips.spectra.iter().all(|(_, levels)| levels.iter().all(|l| (-SPECTRUM_DEPTH_DB..=0.0).contains(l))));
        let highest = |from_hz: f64, to_hz: f64, which: usize| {
            let within = clips.spectra.iter().filter(|(hz, _)| (from_hz..to_hz).contains(hz));
            within.map(|(_, levels)| levels[which]).fold(f64::NEG_INFINITY, f64::max)
        };
        for which in 0..3 {
            for k in [1.0, 2.0] {
                let half_way_hz = 220.0 * (k + 0.5);
                let peak = highest(215.0 * k, 225.0 * k, which);
                let between = highest(0.96 * half_way_hz, 1.04 * half_way_hz, which);
                assert!(peak > between + 20.0, "H{k} of {which}: {peak} {between}");
            }
        }
    }

    #[test]
    fn sample_rate_holds_h8_and_is_never_raised() {
        for (f0_hz, recorded_hz, expected) in [
            (55.0, 44_100, 22_050),
            (1240.0, 44_100, 22_050),
            (1661.2, 44_100, 32_000),
            (2093.0, 96_000, 44_100),
            (4186.0, 96_000, 44_100),
            (2093.0, 22_050, 22_050),
            (2093.0, 32_000, 32_000),
        ] {
            assert_eq!(clip_rate_hz(f0_hz, recorded_hz), expected, "{f0_hz} {recorded_hz}");
        }
    }

    #[test]
    fn silence_has_no_clips() {
        let silence = Audio { samples: vec![0.0; 48_000], sample_rate: 48_000 };
        assert!(
            Clips::render(&ReferenceVoice::EP200, &silence, &event(57, 220.0), &MlpCorrections::IDENTITY)
                .unwrap()
                .is_none()
        );
    }
}
