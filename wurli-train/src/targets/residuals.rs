//! Stage 5, `residuals`: what the recordings show less what the model shows, as a training set.
//!
//! Displacement first: what a change of the reed's swing explains of a note's levels goes to `displacement_scale`, and the model is
//! measured again with it; only what then remains goes to levels and decays. A quantity that was not observed has no
//! target.

use rayon::prelude::*;
use wurli_voice::MlpCorrections;
use wurli_voice::corrections::{
    DECAYS, DISPLACEMENT, FREQUENCIES, IDENTITY_OUTPUTS, LEVELS, MAX_OUTPUTS, MIN_OUTPUTS, OUTPUTS,
};

use super::levels::{evidence, level_residuals_db};
use super::row::Row;
use crate::dsp::interval_cents;
use crate::measure::{HARMONICS, Measurement};
use crate::parallel::in_order;
use crate::renderer::{RenderError, Renderer, sounding_hz};
use crate::targets::decays::DecayResponse;
use crate::targets::displacement;
use crate::targets::displacement::{LevelResponse, LevelTable};
use crate::without::Without;
use wurli_weights::{midi_to_input, velocity_to_input};

use crate::isolation::MeasuredNote;
use crate::renderer::measured;
use crate::renderer::measured::Request;

/// How the model's rendering of a note was measured: with the length and the velocity of the recorded one.
#[must_use]
pub fn request(measured: &MeasuredNote) -> Request {
    let event = &measured.note.event;
    Request::plain(event.midi, event.velocity, event.offset_s - event.onset_s)
}

/// The model that recordings are compared with: who plays it, and what of it is not to be corrected.
#[derive(Clone, Copy)]
pub struct Model<'a> {
    /// Who plays.
    pub renderer: &'a dyn Renderer,
    /// What has no target.
    pub without: Without,
}

/// Residuals of the notes of one recording; `rendered` are the model's measurements of the same notes. Notes of which either
/// could not be measured have no row.
///
/// # Errors
/// [`RenderError`] where the model does not play a note.
pub fn residual_rows(
    model: Model<'_>,
    file: &str,
    recorded: &[MeasuredNote],
    rendered: &[Option<Measurement>],
) -> Result<Vec<Row>, RenderError> {
    let of_note = |(index, (note, plain)): (usize, (&MeasuredNote, &Option<Measurement>))| -> Result<_, RenderError> {
        let (Some(real), Some(plain)) = (&note.measurement, plain) else { return Ok(None) };
        Ok(row(model, file, note, real, plain)?.map(|row| Row { note: index, ..row }))
    };
    let rows = in_order(recorded.par_iter().zip(rendered).enumerate(), of_note)?;
    Ok(rows.into_iter().flatten().collect())
}

fn row(
    model: Model<'_>,
    file: &str,
    measured: &MeasuredNote,
    real: &Measurement,
    plain: &Measurement,
) -> Result<Option<Row>, RenderError> {
    let Model { renderer, without } = model;
    let event = &measured.note.event;
    let mut targets = IDENTITY_OUTPUTS;
    let mut mask = [false; OUTPUTS];
    let mut set = |output: usize, value: f64| {
        targets[output] = (value as f32).clamp(MIN_OUTPUTS[output], MAX_OUTPUTS[output]);
        mask[output] = true;
    };

    let swing = if without.displacement { None } else { swing(renderer, measured, plain)? };
    let scale = swing.as_ref().and_then(|swing| displacement::estimate_scale(swing, &evidence(real, plain)));
    let explained = match scale {
        Some(scale) => Some(measured::render_and_measure(renderer, &request(measured).corrected(&scaled(scale)))?),
        None => None,
    };
    let model = match &explained {
        Some(Some(again)) => again,
        Some(None) => return Ok(None),
        None => plain,
    };
    // Displacement and levels belong to a velocity: of a note whose velocity is an estimate they would teach the wrong one. Tuning
    // and decays hardly depend on it.
    if let Some(scale) = scale.filter(|_| event.velocity_known) {
        set(DISPLACEMENT, scale);
    }

    let levels = if event.velocity_known { level_residuals_db(real, model) } else { [None; HARMONICS] };
    for (i, real_harmonic) in real.harmonics.iter().enumerate().skip(1) {
        let output = i - 1;
        if let Some(residual_db) = levels[i].filter(|_| !without.levels) {
            set(LEVELS + output, residual_db);
        }
        let frequency_hz = real_harmonic.frequency_hz.valid().filter(|_| !without.frequencies);
        if let (Some(frequency_hz), Some(model_hz)) = (frequency_hz, sounding_hz(renderer, model, i)) {
            set(FREQUENCIES + output, interval_cents(frequency_hz, model_hz));
        }
    }
    if !mask.contains(&true) {
        return Ok(None);
    }
    let place = (event.midi, event.velocity);
    let (decays, known) =
        DecayResponse::from_measurements(renderer.closed_form(), place, scale.unwrap_or(1.0), real, model);
    let known = known.map(|known| known && !without.decays);
    for (output, ratio) in decays.ratios().into_iter().enumerate().filter(|(output, _)| known[*output]) {
        targets[DECAYS + output] = ratio.clamp(MIN_OUTPUTS[DECAYS], MAX_OUTPUTS[DECAYS]);
        mask[DECAYS + output] = true;
    }
    // The tuning of the reed is that of H2, which has an output; where it was not heard, H1 says the same.
    let reed_hz = real.harmonics[0].frequency_hz.valid().filter(|_| !mask[FREQUENCIES] && !without.frequencies);
    if let Some(f0_hz) = reed_hz {
        let cents = interval_cents(f0_hz, model.f0_hz) as f32;
        targets[FREQUENCIES] = cents.clamp(MIN_OUTPUTS[FREQUENCIES], MAX_OUTPUTS[FREQUENCIES]);
        mask[FREQUENCIES] = true;
    }
    let response = swing
        .map_or_else(LevelResponse::none, |swing| LevelResponse::relative_to(&swing, f64::from(targets[DISPLACEMENT])));
    Ok(Some(Row {
        file: file.to_owned(),
        note: 0,
        midi: event.midi,
        velocity: event.velocity,
        tier: measured.note.tier,
        inputs: [midi_to_input(event.midi) as f32, velocity_to_input(event.velocity) as f32],
        targets,
        mask,
        response,
        decays,
        weight: measured.note.tier.weight() as f32,
    }))
}

fn scaled(displacement_scale: f64) -> MlpCorrections {
    MlpCorrections { displacement_scale: displacement_scale as f32, ..MlpCorrections::IDENTITY }
}

/// Levels of a note at every scale of its displacement: known of the reference voice, and heard of any other. `None` where one of them
/// cannot be heard.
fn swing(
    renderer: &dyn Renderer,
    measured: &MeasuredNote,
    plain: &Measurement,
) -> Result<Option<LevelTable>, RenderError> {
    if let Some(instrument) = renderer.closed_form() {
        let event = &measured.note.event;
        return Ok(Some(LevelTable::from_instrument(instrument, event.midi, event.velocity)));
    }
    let levels = |heard: &Measurement| heard.harmonics.map(|harmonic| harmonic.levels.steady_db.value);
    LevelTable::heard(levels(plain), |scale| {
        let heard = measured::render_and_measure(renderer, &request(measured).corrected(&scaled(scale)))?;
        Ok(heard.as_ref().map(levels))
    })
}

#[cfg(test)]
mod tests {
    use wurli_voice::Instrument;
    use wurli_voice::corrections::CORRECTED_HARMONICS;

    use super::*;
    use crate::audio::Audio;
    use crate::isolation::{ScoredNote, SubScores};
    use crate::key::Key;
    use crate::measure::Reading;
    use crate::note_event::NoteEvent;
    use crate::renderer::{Note, ReferenceVoice};

    /// The voice as a synth of which nothing is known without listening.
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

    /// A rendering: the multiples of 262 Hz, 5 dB apart and falling by 6 dB/s.
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

    /// H2 to H8 louder by 1 to 7 dB, H1 to H8 sharp by 2 to 9 cents, and with decay ratios of 1.1 for H1 and H2, 1.2 for H3, up to 1.7.
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
        run(model, "a.wav", &[note(Some(recorded))], &[Some(rendered())]).unwrap()
    }

    fn row_of(without: Without, recorded: Measurement) -> Row {
        rows(without, recorded).pop().unwrap()
    }

    #[test]
    fn a_note_is_rendered_as_long_as_it_was_recorded() {
        assert_eq!(request(&note(None)), Request::plain(60, 78, 1.5));
    }

    #[test]
    fn a_row_says_which_note_of_the_recording_it_is() {
        let model = Model { renderer: &Synth, without: NO_DISPLACEMENT };
        let notes = [note(None), note(Some(recorded())), note(Some(recorded()))];
        let rows = run(model, "a.wav", &notes, &[Some(rendered()), None, Some(rendered())]).unwrap();
        assert_eq!(rows.iter().map(|row| row.note).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn every_harmonic_has_the_targets_that_bring_the_model_to_the_recording() {
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
    fn what_a_synth_does_without_has_no_target_and_all_else_has() {
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
    fn the_fundamental_tunes_the_reed_where_h2_was_not_heard() {
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
    fn a_note_of_which_neither_level_nor_frequency_was_observed_has_no_row() {
        let mut real = recorded();
        for harmonic in &mut real.harmonics[1..] {
            unknown(&mut harmonic.frequency_hz);
            unknown(&mut harmonic.levels.steady_db);
        }
        assert_eq!(rows(NO_DISPLACEMENT, real), []);
    }

    #[test]
    fn evidence_of_a_level_is_what_the_noise_lets_through() {
        let (mut real, mut model) = (recorded(), rendered());
        real.harmonics[2].levels.steady_db.status = Status::TooShort;
        real.harmonics[2].levels.early_db.value += 0.5;
        real.harmonics[3].levels.steady_db.status = Status::UnderNoise;
        unknown(&mut real.harmonics[4].levels.steady_db);
        real.harmonics[5].floor_db = -22.0;
        // Both in the noise of the recording.
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
        assert_eq!(evidence(&real, &model), expected);
        let levels = [Some(0.0), Some(1.0), Some(0.5), None, None, Some(2.0), Some(0.0), Some(62.0)];
        assert_eq!(level_residuals_db(&real, &model), levels);
    }

    /// Of the voice, whose levels are known at every scale, and of a synth that has to be listened to.
    #[test]
    fn what_displacement_explains_is_no_levels_target() {
        let heard = |request: &Request| measured::render_instrument(Instrument::EP200, request).unwrap();
        let plain = heard(&request(&note(None)));
        let real = heard(&request(&note(None)).corrected(&scaled(1.5)));
        let sum = |levels: &[f32]| levels.iter().map(|level| level.abs()).sum::<f32>();
        let unexplained = level_residuals_db(&real, &plain).map(|residual_db| residual_db.unwrap_or(0.0) as f32);
        for renderer in [&ReferenceVoice::EP200 as &dyn Renderer, &Synth] {
            let model = Model { renderer, without: Without::default() };
            let row = run(model, "a.wav", &[note(Some(real.clone()))], &[Some(plain.clone())]).unwrap().pop().unwrap();
            assert!(row.mask[DISPLACEMENT] && (1.3..1.6).contains(&row.targets[DISPLACEMENT]), "{row:?}");
            assert!(sum(&row.targets[..FREQUENCIES]) < 0.3 * sum(&unexplained), "{row:?}");
        }
    }
}
