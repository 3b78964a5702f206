//! Rows of the training set from recorded and rendered notes.

use rayon::prelude::*;
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::DISPLACEMENT;
use wurli_weights::{midi_to_input, velocity_to_input};

use super::decays::{ObservedDecays, edge_decay};
use super::displacement::estimate_scale;
use super::level_response::LevelResponse;
use super::level_table::LevelTable;
use super::levels::level_evidence;
use super::observed::ObservedTargets;
use super::row::Row;
use crate::isolation::MeasuredNote;
use crate::measure::Measurement;
use crate::parallel::in_order;
use crate::renderer::measured::{self, Request};
use crate::renderer::{RenderError, Renderer};
use crate::without::Without;

/// Model that recordings are compared with.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    /// Renderer of its notes.
    pub renderer: &'a dyn Renderer,
    /// Quantities without targets.
    pub without: Without,
}

/// Returns the rendering that a recorded note is compared with: same key, velocity and length.
#[must_use]
pub fn request(measured: &MeasuredNote) -> Request {
    let event = &measured.note.event;
    Request::plain(event.midi, event.velocity, event.offset_s - event.onset_s)
}

/// Makes the rows of one recording.
///
/// `rendered` holds the model's measurement of each recorded note. A note has no row if either
/// measurement failed or no target was observed.
///
/// # Errors
/// [`RenderError`] if the model does not render a note.
pub fn residual_rows(
    model: Model<'_>,
    file: &str,
    recorded: &[MeasuredNote],
    rendered: &[Option<Measurement>],
) -> Result<Vec<Row>, RenderError> {
    let row = |(index, (note, plain)): (usize, (&MeasuredNote, &Option<Measurement>))| -> Result<_, RenderError> {
        let (Some(real), Some(plain)) = (&note.measurement, plain) else { return Ok(None) };
        let row = NotePair { model, note, real, plain }.row()?;
        Ok(row.map(|row| Row { file: file.to_owned(), note: index, ..row }))
    };
    let rows = in_order(recorded.par_iter().zip(rendered).enumerate(), row)?;
    Ok(rows.into_iter().flatten().collect())
}

/// Recorded note and its uncorrected rendering.
struct NotePair<'a> {
    model: Model<'a>,
    note: &'a MeasuredNote,
    real: &'a Measurement,
    plain: &'a Measurement,
}

impl NotePair<'_> {
    /// Makes the row. The caller fills in the file and the index of the note.
    fn row(&self) -> Result<Option<Row>, RenderError> {
        let (event, real, without) = (&self.note.note.event, self.real, self.model.without);
        let table = self.level_table()?;
        let scale = table.as_ref().and_then(|table| estimate_scale(table, &level_evidence(real, self.plain)));
        let Some(model) = self.render_displaced(scale)? else { return Ok(None) };

        let mut targets = ObservedTargets::new();
        // Displacement and levels depend on the velocity, so that an estimated one would mislead.
        // Tuning and decays hardly do.
        if event.velocity_known {
            if let Some(scale) = scale {
                targets.add_displacement(scale);
            }
            if !without.levels {
                targets.add_levels(real, &model);
            }
        }
        if !without.frequencies {
            targets.add_frequencies(self.model.renderer, real, &model);
        }
        if targets.is_empty() {
            return Ok(None);
        }
        let edge = edge_decay(self.model.renderer.closed_form(), event.midi, event.velocity, scale.unwrap_or(1.0));
        let decays = ObservedDecays::compare(edge, real, &model);
        if !without.decays {
            targets.add_decays(&decays);
        }
        if !without.frequencies {
            targets.add_tuning(real, &model);
        }
        Ok(Some(self.assemble(targets, table.as_ref(), decays)))
    }

    /// Returns the levels of the model at every displacement scale.
    ///
    /// `None` if displacement is not corrected or some level cannot be measured.
    fn level_table(&self) -> Result<Option<LevelTable>, RenderError> {
        let Model { renderer, without } = self.model;
        if without.displacement {
            return Ok(None);
        }
        if let Some(instrument) = renderer.closed_form() {
            let event = &self.note.note.event;
            return Ok(Some(LevelTable::from_instrument(instrument, event.midi, event.velocity)));
        }
        let levels = |measurement: &Measurement| measurement.harmonics.map(|harmonic| harmonic.levels.steady_db.value);
        LevelTable::from_renderings(levels(self.plain), |scale| Ok(self.render_at(scale)?.as_ref().map(levels)))
    }

    /// Returns the rendering with the estimated displacement, or the uncorrected one without an
    /// estimate.
    fn render_displaced(&self, scale: Option<f64>) -> Result<Option<Measurement>, RenderError> {
        match scale {
            Some(scale) => self.render_at(scale),
            None => Ok(Some(self.plain.clone())),
        }
    }

    fn render_at(&self, displacement_scale: f64) -> Result<Option<Measurement>, RenderError> {
        let request = request(self.note).corrected(&displaced(displacement_scale));
        measured::render_and_measure(self.model.renderer, &request)
    }

    fn assemble(&self, targets: ObservedTargets, table: Option<&LevelTable>, decays: ObservedDecays) -> Row {
        let (event, tier) = (&self.note.note.event, self.note.note.tier);
        let reference = f64::from(targets.values[DISPLACEMENT]);
        Row {
            file: String::new(),
            note: 0,
            midi: event.midi,
            velocity: event.velocity,
            tier,
            inputs: [midi_to_input(event.midi) as f32, velocity_to_input(event.velocity) as f32],
            targets: targets.values,
            mask: targets.mask,
            response: table.map_or_else(LevelResponse::zero, |table| LevelResponse::relative_to(table, reference)),
            decays: decays.response,
            weight: tier.weight() as f32,
        }
    }
}

/// Returns corrections that scale the displacement and nothing else.
fn displaced(displacement_scale: f64) -> MlpCorrections {
    MlpCorrections { displacement_scale: displacement_scale as f32, ..MlpCorrections::IDENTITY }
}

#[cfg(test)]
mod tests {
    use wurli_voice::Instrument;
    use wurli_voice::corrections::{CORRECTED_HARMONICS, DECAYS, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS};

    use super::*;
    use crate::audio::Audio;
    use crate::isolation::{ScoredNote, SubScores, Tier};
    use crate::key::Key;
    use crate::measure::{HARMONICS, Reading, Status};
    use crate::note_event::NoteEvent;
    use crate::renderer::{Note, ReferenceVoice};
    use crate::targets::displacement::Evidence;
    use crate::targets::level_residuals_db;

    /// Reference voice without its closed form.
    struct Synth;

    impl Renderer for Synth {
        fn key(&self) -> Key {
            ReferenceVoice::EP200.key()
        }

        fn render(&self, note: &Note) -> Result<Audio, RenderError> {
            ReferenceVoice::EP200.render(note)
        }
    }

    const NO_DISPLACEMENT: Without = Without { levels: false, frequencies: false, decays: false, displacement: true };

    fn note(measurement: Option<Measurement>) -> MeasuredNote {
        let event =
            NoteEvent { onset_s: 0.75, offset_s: 2.25, midi: 60, velocity: 78, velocity_known: true, f0_hz: 261.6 };
        let scores = SubScores { temporal: 1.0, collision: 1.0, dominance: 1.0, duration: 1.0 };
        let note = ScoredNote {
            event,
            scores,
            score: 1.0,
            tier: Tier::Gold,
            collided: [false; HARMONICS],
            decay_collided: [false; HARMONICS],
        };
        MeasuredNote { note, measurement }
    }

    fn valid(value: f64) -> Reading {
        Reading { value, status: Status::Valid }
    }

    fn unknown(reading: &mut Reading) {
        reading.status = Status::Collided;
    }

    /// Returns a rendering whose harmonics are multiples of 262 Hz, 5 dB apart, with decays of 6
    /// dB/s.
    fn rendered() -> Measurement {
        let mut measurement = measured::render_instrument(Instrument::EP200, &Request::plain(60, 78, 1.5)).unwrap();
        measurement.f0_hz = 262.0;
        for (i, harmonic) in measurement.harmonics.iter_mut().enumerate() {
            harmonic.levels.steady_db = valid(-5.0 * i as f64);
            harmonic.levels.early_db = valid(-4.0 * i as f64);
            harmonic.frequency_hz = valid(262.0 * (i + 1) as f64);
            harmonic.decay_db_per_s = valid(6.0);
            harmonic.floor_db = -90.0;
        }
        measurement
    }

    /// Returns a recording with H2–H8 louder by 1–7 dB, H1–H8 sharp by 2–9 cents, and decay ratios
    /// of 1.1 (H1, H2) to 1.7 (H8).
    fn recorded() -> Measurement {
        let mut measurement = rendered();
        for (i, harmonic) in measurement.harmonics.iter_mut().enumerate() {
            harmonic.levels.steady_db.value += i as f64;
            harmonic.frequency_hz.value *= ((i + 2) as f64 / 1200.0).exp2();
            harmonic.decay_db_per_s.value /= 1.0 + 0.1 * i.max(1) as f64;
        }
        measurement
    }

    fn rows(without: Without, recorded: Measurement) -> Vec<Row> {
        let model = Model { renderer: &Synth, without };
        residual_rows(model, "a.wav", &[note(Some(recorded))], &[Some(rendered())]).unwrap()
    }

    fn row_of(without: Without, recorded: Measurement) -> Row {
        rows(without, recorded).pop().unwrap()
    }

    #[test]
    fn a_note_is_rendered_as_long_as_it_was_recorded() {
        assert_eq!(request(&note(None)), Request::plain(60, 78, 1.5));
    }

    #[test]
    fn a_row_names_its_note() {
        let model = Model { renderer: &Synth, without: NO_DISPLACEMENT };
        let notes = [note(None), note(Some(recorded())), note(Some(recorded()))];
        let rows = residual_rows(model, "a.wav", &notes, &[Some(rendered()), None, Some(rendered())]).unwrap();
        assert_eq!(rows.iter().map(|row| row.note).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn targets_turn_the_model_into_the_recording() {
        let row = row_of(NO_DISPLACEMENT, recorded());
        for output in 0..CORRECTED_HARMONICS {
            let k = output as f32;
            assert!((row.targets[LEVELS + output] - (k + 1.0)).abs() < 1e-5, "{row:?}");
            assert!((row.targets[FREQUENCIES + output] - (k + 3.0)).abs() < 1e-4, "{row:?}");
            assert!((row.targets[DECAYS + output] - (1.1 + 0.1 * k)).abs() < 1e-5, "{row:?}");
        }
        assert_eq!(row.mask[..DISPLACEMENT], [true; DISPLACEMENT]);
        assert_eq!((row.targets[DISPLACEMENT], row.mask[DISPLACEMENT]), (1.0, false));
    }

    #[test]
    fn only_uncorrected_quantities_lack_targets() {
        for quantity in 0..4 {
            let without = Without {
                levels: quantity == 0,
                frequencies: quantity == 1,
                decays: quantity == 2,
                displacement: quantity == 3,
            };
            let row = row_of(without, recorded());
            for (output, identity) in IDENTITY_OUTPUTS.into_iter().enumerate() {
                let expected = output / CORRECTED_HARMONICS != quantity;
                assert_eq!(row.mask[output], expected, "output {output} without quantity {quantity}");
                assert!(expected || row.targets[output] == identity);
            }
        }
    }

    #[test]
    fn h1_gives_the_tuning_where_h2_is_unknown() {
        let mut real = recorded();
        assert!((row_of(NO_DISPLACEMENT, real.clone()).targets[FREQUENCIES] - 3.0).abs() < 1e-4);
        unknown(&mut real.harmonics[1].frequency_hz);
        let row = row_of(NO_DISPLACEMENT, real.clone());
        assert!(row.mask[FREQUENCIES] && (row.targets[FREQUENCIES] - 2.0).abs() < 1e-4, "{row:?}");
        let row = row_of(Without { frequencies: true, ..NO_DISPLACEMENT }, real.clone());
        assert!(!row.mask[FREQUENCIES]);
        unknown(&mut real.harmonics[0].frequency_hz);
        assert!(!row_of(NO_DISPLACEMENT, real).mask[FREQUENCIES]);
    }

    #[test]
    fn a_note_without_levels_and_frequencies_has_no_row() {
        let mut real = recorded();
        for harmonic in &mut real.harmonics[1..] {
            unknown(&mut harmonic.frequency_hz);
            unknown(&mut harmonic.levels.steady_db);
        }
        assert_eq!(rows(NO_DISPLACEMENT, real), []);
    }

    #[test]
    fn noise_turns_a_level_into_an_upper_bound() {
        let (mut real, mut model) = (recorded(), rendered());
        real.harmonics[2].levels.steady_db.status = Status::TooShort;
        real.harmonics[2].levels.early_db.value += 0.5;
        real.harmonics[3].levels.steady_db.status = Status::UnderNoise;
        unknown(&mut real.harmonics[4].levels.steady_db);
        real.harmonics[5].floor_db = -22.0;
        // Recording and model both below the floor of the recording.
        real.harmonics[6].floor_db = -10.0;
        model.harmonics[7].levels.steady_db.value = -200.0;
        let expected = [
            Some(Evidence::Measured(0.0)),
            Some(Evidence::Measured(1.0)),
            Some(Evidence::Measured(0.5)),
            Some(Evidence::AtMost(3.0)),
            None,
            Some(Evidence::Measured(2.0)),
            Some(Evidence::Measured(0.0)),
            Some(Evidence::Measured(62.0)),
        ];
        assert_eq!(level_evidence(&real, &model), expected);
        let levels = [Some(0.0), Some(1.0), Some(0.5), None, None, Some(2.0), Some(0.0), Some(62.0)];
        assert_eq!(level_residuals_db(&real, &model), levels);
    }

    #[test]
    fn levels_explained_by_displacement_are_no_targets() {
        let render = |request: &Request| measured::render_instrument(Instrument::EP200, request).unwrap();
        let plain = render(&request(&note(None)));
        let real = render(&request(&note(None)).corrected(&displaced(1.5)));
        let sum = |levels: &[f32]| levels.iter().map(|level| level.abs()).sum::<f32>();
        let unexplained = level_residuals_db(&real, &plain).map(|residual_db| residual_db.unwrap_or(0.0) as f32);
        for renderer in [&ReferenceVoice::EP200 as &dyn Renderer, &Synth] {
            let model = Model { renderer, without: Without::default() };
            let row = residual_rows(model, "a.wav", &[note(Some(real.clone()))], &[Some(plain.clone())])
                .unwrap()
                .pop()
                .unwrap();
            assert!(row.mask[DISPLACEMENT] && (1.3..1.6).contains(&row.targets[DISPLACEMENT]), "{row:?}");
            assert!(sum(&row.targets[..FREQUENCIES]) < 0.3 * sum(&unexplained), "{row:?}");
        }
    }
}
