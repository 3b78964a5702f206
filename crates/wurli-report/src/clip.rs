//! What there is to listen to of a note: the recording, the model and the corrected model, cut alike and equally loud.

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
use crate::{base64, flac, loudness};

/// Longest clip, s: nothing is measured later.
pub(super) const LONGEST_S: f64 = 1.5;
/// Silence or noise before the onset, s.
const LEAD_S: f64 = 0.005;
/// Ends of a clip that are faded, s, so that they do not click.
const FADES_S: (f64, f64) = (0.002, 0.03);
/// Clips are equally loud in this time after the onset, s.
pub(super) const MATCHED_S: f64 = 0.5;
/// Peak of the highest of three clips: 6 dB below full scale, for what a player's resampling adds.
const PEAK: f64 = 0.5;
/// Rates of clips, Hz: the lowest that holds H8 of the note below [`BAND_SHARE`] of it.
const RATES_HZ: [u32; 3] = [22_050, 32_000, 44_100];
const BAND_SHARE: f64 = 0.45;
/// Points of a drawn spectrum; octaves below the fundamental and above H8 that it shows; its lower end, dB below its highest peak.
const POINTS: usize = 200;
const BEYOND: (f64, f64) = (0.7, 1.25);
pub(super) const SPECTRUM_DEPTH_DB: f64 = 80.0;

/// Which of the three a clip is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// The recording.
    Recording,
    /// The model without corrections.
    Model,
    /// The model with corrections.
    Corrected,
}

impl Played {
    /// All three, in the order in which they stand side by side.
    pub const ALL: [Self; 3] = [Self::Recording, Self::Model, Self::Corrected];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Model => "model",
            Self::Corrected => "corrected",
        }
    }
}

/// The three clips of a note, in the order of [`Played::ALL`].
#[derive(Clone, Debug)]
pub(super) struct Clips {
    /// FLAC files in base 64.
    pub(super) flac: [String; 3],
    /// By how much each was made louder than it was, dB.
    pub(super) gain_db: [f64; 3],
    /// Length, s.
    pub(super) seconds: f64,
    /// Rate, Hz.
    pub(super) sample_rate: u32,
    /// What is drawn: frequencies, Hz, with the level of each clip, dB below the highest peak of the three.
    pub(super) spectra: Vec<(f64, [f64; 3])>,
}

impl Clips {
    /// Of a note of `recording`; `corrections` are those of the corrected model. `None` where nothing sounds.
    pub(super) fn of(
        renderer: &dyn Renderer,
        recording: &Audio,
        event: &NoteEvent,
        corrections: &MlpCorrections,
    ) -> Result<Option<Self>, ReportError> {
        let seconds = (event.offset_s - event.onset_s).min(LONGEST_S);
        let rendering = |corrections: MlpCorrections| {
            let NoteEvent { midi, velocity, .. } = *event;
            // The onset found in the rendering lies some milliseconds after its beginning.
            let note = Note { midi, velocity, corrections, seconds: seconds + 0.05, sample_rate: SAMPLE_RATE };
            let audio = renderer.render(&note)?;
            Ok::<_, RenderError>(find_bounds(&audio).map(|bounds| cut(&audio, bounds.onset_s, seconds)))
        };
        let (Some(model), Some(corrected)) = (rendering(MlpCorrections::IDENTITY)?, rendering(*corrections)?) else {
            return Ok(None);
        };
        let mut clips = [cut(recording, event.onset_s, seconds), model, corrected];
        let powers = clips.each_ref().map(|clip| loudness::power(&part(clip, LEAD_S, LEAD_S + MATCHED_S)));
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

        let sample_rate = rate(event.f0_hz, recording.sample_rate);
        let mut flac = <[String; 3]>::default();
        for (text, clip) in flac.iter_mut().zip(&clips) {
            *text = base64::encode(&flac::encode(&resample(clip, sample_rate))?);
        }
        let gain_db = gains.map(amplitude_to_db);
        Ok(Some(Self { flac, gain_db, seconds, sample_rate, spectra: spectra(&clips, event.f0_hz) }))
    }
}

/// The lowest rate that holds H8; none that the recording has not.
fn rate(f0_hz: f64, recorded_hz: u32) -> u32 {
    let holds = |rate: &u32| BAND_SHARE * f64::from(*rate) >= 8.0 * f0_hz || *rate * 5 / 4 > recorded_hz;
    RATES_HZ.into_iter().find(holds).unwrap_or(RATES_HZ[RATES_HZ.len() - 1])
}

/// `seconds` of `audio` from the onset on, with what is before it; silence where the audio has not begun yet or has ended.
fn cut(audio: &Audio, onset_s: f64, seconds: f64) -> Audio {
    let rate = f64::from(audio.sample_rate);
    let first = ((onset_s - LEAD_S) * rate).round() as i64;
    let length = ((LEAD_S + seconds) * rate).round() as usize;
    let at = |n: usize| usize::try_from(first + n as i64).ok().and_then(|index| audio.samples.get(index)).copied();
    let samples: Vec<f32> = (0..length).map(|n| at(n).unwrap_or(0.0)).collect();
    // An offset of the converter is no sound, and would click at both ends.
    let offset = samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len().max(1) as f64;
    let fade = |n: usize, length_s: f64| (n as f64 / (length_s * rate)).min(1.0);
    let faded = samples.iter().enumerate().map(|(n, sample)| {
        let gain = fade(n, FADES_S.0) * fade(length - 1 - n, FADES_S.1);
        ((f64::from(*sample) - offset) * gain) as f32
    });
    Audio { samples: faded.collect(), sample_rate: audio.sample_rate }
}

/// The part of a clip between two times, as far as it exists.
fn part(clip: &Audio, from_s: f64, to_s: f64) -> Audio {
    let index = |time_s: f64| ((time_s * f64::from(clip.sample_rate)).round() as usize).min(clip.samples.len());
    Audio { samples: clip.samples[index(from_s)..index(to_s)].to_vec(), sample_rate: clip.sample_rate }
}

/// The spectra of three clips at frequencies an equal interval apart, in the window in which levels are read. Of the lines about a
/// frequency the highest counts, so that no partial falls between two of them.
fn spectra(clips: &[Audio; 3], f0_hz: f64) -> Vec<(f64, [f64; 3])> {
    let (from_s, to_s) = STEADY_S;
    let spectra = clips.each_ref().map(|clip| {
        Spectrum::new(&part(clip, LEAD_S + from_s, LEAD_S + to_s).samples, clip.sample_rate) //
    });
    let nyquist_hz = clips.iter().map(|clip| f64::from(clip.sample_rate) / 2.0).fold(f64::INFINITY, f64::min);
    let (low_hz, high_hz) = (BEYOND.0 * f0_hz, (BEYOND.1 * 8.0 * f0_hz).min(nyquist_hz * 0.98));
    if high_hz <= low_hz {
        return Vec::new();
    }
    let step = (high_hz / low_hz).ln() / (POINTS - 1) as f64;
    let mut points: Vec<(f64, [f64; 3])> = (0..POINTS)
        .map(|i| {
            let frequency_hz = low_hz * (step * i as f64).exp();
            (frequency_hz, spectra.each_ref().map(|spectrum| level_db(spectrum, frequency_hz, step)))
        })
        .collect();
    let highest = points.iter().flat_map(|(_, levels)| levels).fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    for (_, levels) in &mut points {
        *levels = levels.map(|level| (level - highest).max(-SPECTRUM_DEPTH_DB));
    }
    points
}

/// The highest line within half a step of a frequency, dB; between two lines, where they lie further apart, the line through both.
fn level_db(spectrum: &Spectrum, frequency_hz: f64, step: f64) -> f64 {
    let half = (step / 2.0).exp();
    let (_, band) = spectrum.band(frequency_hz / half, frequency_hz * half);
    if let Some(highest) = band.iter().copied().reduce(f32::max) {
        return amplitude_to_db(f64::from(highest));
    }
    let place = frequency_hz / spectrum.bin_hz;
    let line = |index: f64| {
        let amplitude = spectrum.amplitudes.get(index as usize).copied().unwrap_or(0.0);
        amplitude_to_db(f64::from(amplitude).max(db_to_amplitude(-200.0)))
    };
    let share = place.fract();
    (1.0 - share) * line(place.floor()) + share * line(place.floor() + 1.0)
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

    /// The voice, after 0.3 s of silence and at another level.
    fn recording(midi: u8, gain: f32) -> Audio {
        let corrections = MlpCorrections::IDENTITY;
        let note = Note { midi, velocity: 78, corrections, seconds: 1.0, sample_rate: 48_000 };
        let mut audio = ReferenceVoice::EP200.play(&note);
        audio.samples.iter_mut().for_each(|sample| *sample *= gain);
        audio.samples.splice(0..0, vec![0.0; 14_400]);
        audio
    }

    fn bytes(text: &str) -> Vec<u8> {
        let digit = |c: u8| match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').map(digit).collect();
        let bits = |group: &[u8]| group.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let group = |group: &[u8]| (bits(group) << (32 - 6 * group.len())).to_be_bytes()[..group.len() - 1].to_vec();
        digits.chunks(4).filter(|digits| digits.len() > 1).flat_map(group).collect()
    }

    #[test]
    fn three_clips_are_equally_long_and_equally_loud_whatever_the_levels_were() {
        let mut corrections = MlpCorrections::IDENTITY;
        corrections.amp_offsets_db = [9.0; 7];
        let clips =
            Clips::of(&ReferenceVoice::EP200, &recording(57, 0.01), &event(57, 220.0), &corrections).unwrap().unwrap();
        let decoded = clips.flac.each_ref().map(|text| decode(Path::new("a.flac"), bytes(text)).unwrap());
        let levels = decoded.each_ref().map(|clip| 10.0 * loudness::power(&part(clip, LEAD_S, 0.505)).log10());
        println!("{levels:?} {:?}", clips.gain_db);
        assert!(levels.iter().all(|level| (level - levels[0]).abs() < 0.05), "{levels:?}");
        assert!(decoded.iter().all(|clip| (clip.duration_s() - 0.705).abs() < 0.001 && clip.sample_rate == 22_050));
        let peak = decoded.iter().flat_map(|clip| &clip.samples).fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((0.45..=0.52).contains(&peak), "{peak}");
        // The quiet recording is the model, 40 dB below it.
        assert!((clips.gain_db[0] - clips.gain_db[1] - 40.0).abs() < 0.2, "{:?}", clips.gain_db);
    }

    #[test]
    fn spectra_have_a_peak_at_every_harmonic() {
        let clips =
            Clips::of(&ReferenceVoice::EP200, &recording(57, 1.0), &event(57, 220.0), &MlpCorrections::IDENTITY)
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
    fn the_rate_holds_h8_and_is_none_that_the_recording_has_not() {
        for (f0_hz, recorded_hz, expected) in [
            (55.0, 44_100, 22_050),
            (1240.0, 44_100, 22_050),
            (1661.2, 44_100, 32_000),
            (2093.0, 96_000, 44_100),
            (4186.0, 96_000, 44_100),
            (2093.0, 22_050, 22_050),
            (2093.0, 32_000, 32_000),
        ] {
            assert_eq!(rate(f0_hz, recorded_hz), expected, "{f0_hz} {recorded_hz}");
        }
    }

    #[test]
    fn silence_is_nothing_to_listen_to() {
        let silence = Audio { samples: vec![0.0; 48_000], sample_rate: 48_000 };
        assert!(
            Clips::of(&ReferenceVoice::EP200, &silence, &event(57, 220.0), &MlpCorrections::IDENTITY)
                .unwrap()
                .is_none()
        );
    }
}
