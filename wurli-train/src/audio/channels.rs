//! Comparison of channels harmonic by harmonic, before they are mixed to one.
//!
//! Two microphones at different distances, or one of them inverted, cancel in their mean: each
//! harmonic by another amount. Levels measured on such a mean are wrong, so the louder channel is
//! used alone.

use super::AudioWarning;
use super::channel_defects::{defects, is_clipped};
use super::channel_spectra::{Loss, Spectra};
use crate::dsp::db_to_power;

/// Loss of a harmonic by mixing from which the mean is not used, dB. Channels that have nothing in
/// common lose 3 dB.
const LOSS_DB_MAX: f64 = 4.0;
/// Loss up to which a channel counts as inverted, dB. A few harmonics of a channel that is late as
/// well nearly fit inverted, the others cancel.
const INVERTED_LOSS_DB_MAX: f64 = 0.1;

/// Largest difference of losses between the lowest harmonic and another one with which the mean is
/// used, dB: levels are measured relative to H1.
const DISTORTION_DB_MAX: f64 = 2.5;
/// Largest loss of a mean that is steadier than its channels, dB.
const STEADY_MEAN_LOSS_DB_MAX: f64 = 6.0;
/// Levels that depart less than this from a steady decay are steady, dB rms.
const STEADY_DB: f64 = 1.0;
/// A mix is steadier than another one if its levels depart by this share of it from a steady decay.
const STEADIER: f64 = 0.5;
/// A channel further than this below the loudest is not used alone, dB.
const FAINT_DB: f64 = 20.0;

/// Conversion of channels to mono.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// Their mean.
    Mean,
    /// One of them, counted from 0.
    Channel(usize),
}

/// Decision about the channels of a passage.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) mix: Mix,
    pub(super) warning: Option<AudioWarning>,
    /// `false` if the passage holds noise alone.
    pub(super) has_harmonics: bool,
}

/// Decides how to mix channels, from a passage of interleaved samples.
///
/// The mean is chosen unless it weakens a harmonic by more than [`LOSS_DB_MAX`], compared with
/// channels in phase, distorts the spectrum by more than [`DISTORTION_DB_MAX`], or is less steady
/// than one of the channels. It is right if it is steadier than all of them: an effect that is
/// inverted between the channels cancels in it.
pub(super) fn choose(interleaved: &[f32], channels: usize, sample_rate_hz: u32) -> Choice {
    let is_same = |frame: &[f32]| frame.windows(2).all(|pair| pair.first() == pair.last());
    if channels < 2 || interleaved.chunks_exact(channels).all(is_same) {
        // Silence decides nothing.
        let has_harmonics = interleaved.iter().any(|sample| *sample != 0.0);
        return Choice { mix: Mix::Mean, warning: None, has_harmonics };
    }
    let spectra = Spectra::new(interleaved, channels, sample_rate_hz);
    let all: Vec<_> = (0..channels).map(|channel| (channel, 1.0)).collect();
    let loss = spectra.loss(&all);
    let has_harmonics = loss.has_harmonics;
    let mean = Choice { mix: Mix::Mean, warning: None, has_harmonics };
    let energies = energies(interleaved, channels);
    let steadiness = Steadiness::new(&spectra, &all, &energies);
    let alone = |kept: usize, warning| Choice { mix: Mix::Channel(kept), warning: Some(warning), has_harmonics };
    if !is_changed(&loss) {
        if let Some((kept, drop, defect)) = without_defect(interleaved, &energies, sample_rate_hz) {
            return alone(kept, AudioWarning::ChannelsDefective { drop, defect, kept: kept + 1 });
        }
        let Some(steadiness) = steadiness.filter(Steadiness::is_channel_steadier) else { return mean };
        let (kept, varies_db) = (steadiness.steadiest, steadiness.mean_db);
        return alone(kept, AudioWarning::ChannelsVary { channels, kept: kept + 1, varies_db });
    }
    if loss.overall_db <= STEADY_MEAN_LOSS_DB_MAX && steadiness.as_ref().is_some_and(Steadiness::is_mean_steadier) {
        return mean;
    }
    let (kept, clipped) = loudest(interleaved, &energies, sample_rate_hz);
    let loss_of = |sign: f64, channel: usize| spectra.loss(&[(kept, 1.0), (channel, sign)]);
    let (mut invert, mut drop) = (Vec::new(), Vec::new());
    for channel in (0..channels).filter(|channel| *channel != kept && is_changed(&loss_of(1.0, *channel))) {
        let inverted = loss_of(-1.0, channel);
        if inverted.overall_db <= INVERTED_LOSS_DB_MAX && !is_changed(&inverted) && !clipped.contains(&channel) {
            invert.push(channel + 1)
        } else {
            drop.push(channel + 1)
        }
    }
    let Loss { frequency_hz, loss_db, .. } = loss;
    let why = if clipped.is_empty() { "the loudest" } else { "the loudest that is not clipped" };
    let kept_number = kept + 1;
    alone(kept, AudioWarning::ChannelsCancel { channels, kept: kept_number, why, frequency_hz, loss_db, invert, drop })
}

fn is_changed(loss: &Loss) -> bool {
    loss.loss_db > LOSS_DB_MAX || loss.distortion_db > DISTORTION_DB_MAX
}

/// Departure of levels from a steady decay, dB rms, of the mean and of the steadiest channel.
struct Steadiness {
    mean_db: f64,
    channel_db: f64,
    /// Counted from 0.
    steadiest: usize,
}

impl Steadiness {
    fn new(spectra: &Spectra, all: &[(usize, f64)], energies: &[f64]) -> Option<Self> {
        let loudest = energies.iter().copied().fold(0.0, f64::max);
        let is_loud =
            |channel: &usize| energies.get(*channel).is_some_and(|energy| *energy * db_to_power(FAINT_DB) >= loudest);
        let bins = spectra.strong_bins();
        let channels = (0..energies.len()).filter(is_loud);
        let channels =
            channels.filter_map(|channel| Some((spectra.unsteadiness_db(&bins, &[(channel, 1.0)])?, channel)));
        let (channel_db, steadiest) = channels.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Self { mean_db: spectra.unsteadiness_db(&bins, all)?, channel_db, steadiest })
    }

    fn is_channel_steadier(&self) -> bool {
        self.mean_db > STEADY_DB && self.channel_db < STEADIER * self.mean_db
    }

    fn is_mean_steadier(&self) -> bool {
        self.channel_db > STEADY_DB && self.mean_db < STEADIER * self.channel_db
    }
}

/// Returns the energy of each channel.
fn energies(interleaved: &[f32], channels: usize) -> Vec<f64> {
    let energy = |channel: usize| -> f64 {
        interleaved.iter().skip(channel).step_by(channels).map(|sample| f64::from(*sample).powi(2)).sum()
    };
    (0..channels).map(energy).collect()
}

/// Returns the loudest channel without a defect, counted from 0, and those with one, from 1.
///
/// `None` if no channel has a defect, or none without is loud enough.
fn without_defect(
    interleaved: &[f32],
    energies: &[f64],
    sample_rate_hz: u32,
) -> Option<(usize, Vec<usize>, &'static str)> {
    let defects = defects(interleaved, energies.len(), sample_rate_hz);
    let first = defects.iter().find_map(|defect| *defect)?;
    let loudest = energies.iter().copied().fold(0.0, f64::max);
    let usable = energies.iter().zip(&defects).enumerate().rev().filter(|(_, (_, defect))| defect.is_none());
    let (kept, (energy, _)) = usable.max_by(|a, b| a.1.0.total_cmp(b.1.0))?;
    let drop = (1..).zip(&defects).filter(|(_, defect)| defect.is_some()).map(|(number, _)| number).collect();
    (*energy * db_to_power(FAINT_DB) >= loudest).then_some((kept, drop, first))
}

/// Returns the channel with the most energy, counted from 0, the first one of equals, and the
/// clipped channels, of which it is none unless all are clipped.
fn loudest(interleaved: &[f32], energies: &[f64], sample_rate_hz: u32) -> (usize, Vec<usize>) {
    let channels = energies.len();
    let is_clipped = |channel: &usize| {
        let samples: Vec<f32> = interleaved.iter().skip(*channel).step_by(channels).copied().collect();
        is_clipped(&samples, sample_rate_hz)
    };
    let mut clipped: Vec<usize> = (0..channels).filter(is_clipped).collect();
    if clipped.len() == channels {
        clipped.clear();
    }
    let energy = |channel: usize| energies.get(channel).copied().unwrap_or(0.0);
    let usable = (0..channels).rev().filter(|channel| !clipped.contains(channel));
    (usable.max_by(|a, b| energy(*a).total_cmp(&energy(*b))).unwrap_or(0), clipped)
}
