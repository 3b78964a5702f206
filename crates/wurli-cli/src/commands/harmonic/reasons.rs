//! Training targets among the readings of a harmonic, and reasons for excluded readings.

use wurli_train::isolation::{MeasuredNote, Tier};
use wurli_train::measure::{Harmonic, Measurement, Reading, Status};
use wurli_train::targets::Row;
use wurli_train::targets::decays::{SLOWEST_DECAY_DB_PER_S, usable_decay_db_per_s};
use wurli_voice::corrections::{DECAYS, FREQUENCIES, LEVELS};

/// The recording was measured, but the model could not be, or does not decay.
const MODEL_UNCLEAR: &str = "model unclear";

/// Inputs of the decision for one harmonic of one note.
pub(super) struct Reasons<'a> {
    pub(super) note: &'a MeasuredNote,
    pub(super) uncorrected: Option<&'a Measurement>,
    pub(super) row: Option<&'a Row>,
    /// Index of the harmonic; 0 is H1.
    pub(super) index: usize,
}

/// A reading is a target (true) with an optional remark, or excluded (false) for a reason.
pub(super) type Reason = (bool, Option<&'static str>);

impl Reasons<'_> {
    /// Decides on the level. H1 has none: it is the reference.
    pub(super) fn level(&self, level: &dyn Fn(&Harmonic) -> Reading) -> Reason {
        let Some(output) = self.index.checked_sub(1) else { return (false, Some("the reference")) };
        if self.is_target(LEVELS + output) {
            return (true, None);
        }
        let estimated = || if self.note.note.event.velocity_known { None } else { Some("velocity guessed") };
        (false, self.first_reason(level).or_else(estimated).or(Some(MODEL_UNCLEAR)))
    }

    /// Decides on the frequency. The reed's tuning is trained on H2, or on H1 if H2 was not
    /// observed.
    pub(super) fn frequency(&self) -> Reason {
        let reading = |harmonic: &Harmonic| harmonic.frequency_hz;
        let (own, target) = (self.first_reason(&reading), self.is_target(FREQUENCIES + self.index.saturating_sub(1)));
        match (self.index, own) {
            (0, None) if target && self.harmonic(1).is_some_and(|second| second.frequency_hz.valid().is_some()) => {
                (false, Some("H2 says it"))
            }
            (0, None) if target => (true, Some("for H2")),
            (1, Some(_)) if target => (true, Some("from H1")),
            (_, None) if target => (true, None),
            (_, own) => (false, own.or(Some(MODEL_UNCLEAR))),
        }
    }

    /// Decides on the decay. The reed's decay is trained on H1 and H2.
    pub(super) fn decay(&self) -> Reason {
        let usable = |note: &Measurement| usable_decay_db_per_s(&note.harmonics[self.index]).is_some();
        let slow = || {
            let decay = self.harmonic(self.index)?.decay_db_per_s.value;
            (decay <= SLOWEST_DECAY_DB_PER_S).then_some(if decay < 0.0 { "growing" } else { "hardly decays" })
        };
        let own = match &self.note.measurement {
            Some(recorded) if usable(recorded) => None,
            _ => self.first_reason(&|harmonic| harmonic.decay_db_per_s).or_else(slow),
        };
        // The targets come from the model at the estimated displacement. They settle H3-H8; between
        // H1 and H2 the uncorrected model decides, as near as it can.
        let model = || (!self.uncorrected.is_some_and(usable)).then_some(MODEL_UNCLEAR);
        let target = self.is_target(DECAYS + self.index.saturating_sub(1));
        match (self.index, own.or_else(model)) {
            (0, None) if target => (true, Some("for H2")),
            (1, Some(_)) if target => (true, Some("from H1")),
            (2.., _) if target => (true, None),
            (_, None) if target => (true, None),
            (_, reason) => (false, reason.or(Some(MODEL_UNCLEAR))),
        }
    }

    fn is_target(&self, output: usize) -> bool {
        self.row.is_some_and(|row| row.mask[output])
    }

    fn harmonic(&self, index: usize) -> Option<&Harmonic> {
        Some(&self.note.measurement.as_ref()?.harmonics[index])
    }

    /// Returns why the recorded note or the reading is excluded, if it is.
    fn first_reason(&self, reading: &dyn Fn(&Harmonic) -> Reading) -> Option<&'static str> {
        match self.harmonic(self.index) {
            None if self.note.note.tier == Tier::Reject => Some("note rejected"),
            None => Some("note unreadable"),
            Some(harmonic) => status_reason(reading(harmonic).status),
        }
    }
}

/// Returns why a status excludes a reading; `None` for a valid one.
fn status_reason(status: Status) -> Option<&'static str> {
    match status {
        Status::Valid => None,
        Status::UnderNoise => Some("under the noise"),
        Status::TooShort => Some("too short"),
        Status::Collided => Some("collided"),
        Status::BeyondBand => Some("beyond the band"),
        Status::NotExponential => Some("not exponential"),
        Status::Unsteady => Some("unsteady"),
        Status::Hum => Some("under hum"),
    }
}
