//! Defects of a file that do not keep it from being read.

use super::{Clipping, Format};

/// A defect of a file that was read all the same. Messages leave out the file's name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AudioWarning {
    /// The program that wrote the file did not return to enter its length.
    #[error(
        "its {format} header was never completed: {frames} frames are read, to the end of the file; open it in an audio \
         editor and save it again"
    )]
    UnfinishedHeader {
        /// The file's format.
        format: Format,
        /// Frames that were found.
        frames: u64,
    },
    /// Channels that cancel each other, each harmonic by another amount.
    #[error(
        "mixing its {channels} channels weakens {frequency_hz:.0} Hz by {}, so channel {kept}, {why}, is used alone; \
         {}", decibels(*loss_db), advice(*kept, invert, drop)
    )]
    ChannelsCancel {
        /// Number of channels.
        channels: usize,
        /// The one that is used, from 1.
        kept: usize,
        /// Property for which it is used.
        why: &'static str,
        /// Harmonic that loses most, Hz.
        frequency_hz: f64,
        /// Its loss compared with channels in phase, dB.
        loss_db: f64,
        /// Channels that fit once they are inverted, from 1.
        invert: Vec<usize>,
        /// Channels that do not fit, from 1.
        drop: Vec<usize>,
    },
    /// Channels of which one is steady, and their mean is not.
    #[error(
        "levels in the mean of its {channels} channels vary by {varies_db:.1} dB, as with a chorus on one of them, so channel {kept}, the \
         steadiest, is used alone; keep channel {kept} alone, or record without the effect"
    )]
    ChannelsVary {
        /// Number of channels.
        channels: usize,
        /// The one that is used, from 1.
        kept: usize,
        /// Departure of levels in the mean from a steady decay, dB rms.
        varies_db: f64,
    },
    /// Channels with a defect that another one has not.
    #[error("{} {defect}, so channel {kept} is used alone; drop channel {}", clipped(drop), joined(drop))]
    ChannelsDefective {
        /// Channels with the defect, from 1.
        drop: Vec<usize>,
        /// Their defect.
        defect: &'static str,
        /// The one that is used, from 1.
        kept: usize,
    },
    /// Channels that begin to cancel each other after it was decided to mix them.
    #[error(
        "from {from_s:.0} s on, mixing its {channels} channels weakens {frequency_hz:.0} Hz by {}, and its levels with it; {}",
        decibels(*loss_db), advice(*louder, invert, drop)
    )]
    ChannelsCancelLater {
        /// Start of the passage in which they cancel, s.
        from_s: f64,
        /// Number of channels.
        channels: usize,
        /// The loudest one, from 1.
        louder: usize,
        /// Harmonic that loses most, Hz.
        frequency_hz: f64,
        /// Its loss compared with channels in phase, dB.
        loss_db: f64,
        /// Channels that fit once they are inverted, from 1.
        invert: Vec<usize>,
        /// Channels that do not fit, from 1.
        drop: Vec<usize>,
    },
    /// Channels at full scale, which their mean with the others hides.
    #[error(
        "{} clipped before mixing: {clipping}; record again at a lower gain, or use the channels that are not clipped",
        clipped(channels)
    )]
    ChannelsClip {
        /// Channels that are clipped, from 1.
        channels: Vec<usize>,
        /// Clipping of the one with most samples at full scale.
        clipping: Clipping,
    },
}

fn clipped(channels: &[usize]) -> String {
    match channels {
        [channel] => format!("channel {channel} is"),
        channels => format!("channels {} are", joined(channels)),
    }
}

fn joined(channels: &[usize]) -> String {
    channels.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn decibels(loss_db: f64) -> String {
    if loss_db > 100.0 { ">100 dB".into() } else { format!("{loss_db:.0} dB") }
}

fn advice(kept: usize, invert: &[usize], drop: &[usize]) -> String {
    let list =
        |verb: &str, channels: &[usize]| (!channels.is_empty()).then(|| format!("{verb} channel {}", joined(channels)));
    let parts: Vec<_> = list("invert", invert).into_iter().chain(list("drop", drop)).collect();
    if parts.is_empty() { format!("keep channel {kept} alone") } else { parts.join(", ") }
}
