//! A region that plays a recording of a struck note.

use std::collections::BTreeMap;

use crate::import::sfz::text::Place;

/// A region: sample, recorded note and velocity layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// `prefix_sfz_path`, `default_path` and `sample`, as written.
    pub(crate) sample: String,
    /// `prefix_sfz_path` and `default_path`, as written.
    pub(crate) prefix: String,
    /// The recorded note, if the pack plays in tune: `pitch_keycenter` less the transposition.
    /// Cents below half a semitone are the recording's own mistuning. `None` for
    /// `pitch_keycenter=sample`.
    pub(crate) midi: Option<i16>,
    /// `lovel` and `hivel`, narrowed by velocity crossfades.
    pub(crate) layer: (u8, u8),
    /// True if it sounds only while a controller, a pedal or another key allows it.
    pub(crate) conditional: bool,
    /// Ranges of what it depends on, by name: `cc1`, `bend`, `sw_down`.
    pub(crate) ranges: BTreeMap<String, (i32, i32)>,
    /// Keyswitch that selects it.
    pub(crate) keyswitch: Option<i32>,
    /// Keyswitch that is selected at first.
    pub(crate) default_keyswitch: Option<i32>,
    /// Name of its articulation.
    pub(crate) label: Option<String>,
    /// Names of its global, master, group and itself, separated by `/`.
    pub(crate) names: String,
    /// False if it sounds alike on all keys: `pitch_keytrack=0`.
    pub(crate) keytracked: bool,
    /// Part of the file that is played, as sample indices.
    pub(crate) part: (u64, u64),
    /// Position in the text.
    pub(crate) place: Place,
}

impl Region {
    /// Layer of a region without `lovel` and `hivel`.
    pub(crate) const EVERY_VELOCITY: (u8, u8) = (0, 127);
}

/// Opcodes that are used, at any level.
pub(crate) const USED: [&str; 38] = [
    "sample",
    "key",
    "lokey",
    "hikey",
    "pitch_keycenter",
    "tune",
    "pitch",
    "transpose",
    "lovel",
    "hivel",
    "trigger",
    "end",
    "seq_length",
    "seq_position",
    "lorand",
    "hirand",
    "default_path",
    "note_offset",
    "octave_offset",
    "prefix_sfz_path",
    "offset",
    "pitch_keytrack",
    "xfin_lovel",
    "xfin_hivel",
    "xfout_lovel",
    "xfout_hivel",
    "sw_last",
    "sw_lolast",
    "sw_default",
    "sw_label",
    "sw_hilast",
    "amplitude",
    "volume",
    "direction",
    "global_label",
    "master_label",
    "group_label",
    "region_label",
];
/// Opcodes that name regions, of which only words for releases and noises count.
pub(crate) const LABELS: [&str; 4] = ["global_label", "master_label", "group_label", "region_label"];
