//! Worth of the corrections on the real instrument.

use wurli_testkit::recordings::ep200;
use wurli_train::catalogue::{Fit, Selection};
use wurli_train::comparison::{WholeNoteErrors, corrections_of};
use wurli_train::evaluation::{Errors, Fold, NoteComparison, closed_loop, errors_with, leave_one_out};
use wurli_train::pipeline::cache::Cache;
use wurli_train::pipeline::settings::Settings;
use wurli_train::pipeline::{Pipeline, compared_notes, examples, measured_notes};
use wurli_train::progress::Silent;
use wurli_train::renderer::ReferenceVoice;
use wurli_train::stage::Stage;
use wurli_train::training::TrainingSettings;

/// The promise of `fit = "keyboard"`, on the recordings that it was chosen by: much better on the
/// recorded keys, no worse on the others, and on those no worse than the simplest that one could do
/// instead.
#[test]
fn corrections_work_on_the_real_instrument() {
    let Some(folder) = ep200() else { return };
    let cache = Cache::none();
    let pipeline = Pipeline::open(&folder, Selection::All, Settings::default(), &cache, &Silent).unwrap();
    let analysed = pipeline.analyse(Stage::Residuals).unwrap();
    let (notes, examples) = (measured_notes(&analysed), examples(&analysed));
    let trained = pipeline.train(&analysed).unwrap();
    let loops = closed_loop(&ReferenceVoice::EP200, &compared_notes(&analysed), &trained.weights, &Silent).unwrap();
    let settings = TrainingSettings::for_fit(Fit::Keyboard);
    let left_out =
        leave_one_out(&ReferenceVoice::EP200, &examples, Fold::Keys, &settings, &[settings.shrinkage], &Silent)
            .unwrap()
            .swap_remove(0);
    let level_db = |notes: &[NoteComparison]| Errors::mean(notes).level_db;
    let (before, after) = (loops.uncorrected, loops.corrected);
    println!("uncorrected {before:?}\ncorrected {after:?}\nleft out {:?}", Errors::mean(&left_out.network));

    assert!(before.level_db < 4.3, "uncorrected {} dB", before.level_db);
    assert!(after.level_db < 3.0, "corrected {} dB", after.level_db);
    assert!(after.decay_log2 < 0.35, "corrected decays {}", after.decay_log2);
    // The coverage that is reduced for growing levels is that of the tuning, too.
    assert!(after.frequency_cents < 2.0, "corrected tuning {} cents", after.frequency_cents);
    let left_out_db = level_db(&left_out.network);
    // 4.18 dB against 4.15 dB: the lowest and the highest key are left out too, and the fade of 12
    // semitones beyond the others reaches them. From seed to seed it scatters by 1 %.
    assert!(left_out_db <= 1.02 * before.level_db, "left out {left_out_db} dB, uncorrected {} dB", before.level_db);
    for (name, baseline) in [("mean offset", &left_out.mean_offset), ("nearest note", &left_out.nearest)] {
        assert!(left_out_db <= level_db(baseline), "{name} {} dB, left out {left_out_db} dB", level_db(baseline));
    }
    // Short trainings and predictions tell nearly the same.
    let assessment = pipeline.assess(&analysed, &trained.weights).unwrap();
    let [predicted_before, predicted] =
        [&assessment.other_keys.uncorrected, &assessment.other_keys.corrected].map(|notes| level_db(notes));
    println!("predicted: uncorrected {predicted_before} dB, left out {predicted} dB");
    assert!((predicted_before - before.level_db).abs() < 0.1, "{predicted_before} dB, not {} dB", before.level_db);
    assert!((predicted - left_out_db).abs() < 0.15, "{predicted} dB, not {left_out_db} dB");
    assert!(level_db(&assessment.other_dynamics.corrected) <= 1.02 * level_db(&assessment.other_dynamics.uncorrected));
    let [before, after] = [&assessment.whole_notes.uncorrected, &assessment.whole_notes.corrected]
        .map(|notes| (notes.len(), WholeNoteErrors::mean(notes)));
    println!("whole notes: {before:?}, corrected {after:?}");
    assert_eq!((before.0, after.0), (34, 34));
    assert!(before.1.sustain_db < 4.7 && after.1.sustain_db < 4.4, "{before:?} {after:?}");
    assert!(before.1.attack_db < 5.3 && after.1.attack_db < 5.1, "{before:?} {after:?}");
    // Errors of a note do not depend on the others that are measured beside it.
    let alone =
        errors_with(&ReferenceVoice::EP200, &notes[..1], |note| corrections_of(&trained.weights, note), &Silent)
            .unwrap();
    assert_eq!(
        alone,
        errors_with(&ReferenceVoice::EP200, &notes, |note| corrections_of(&trained.weights, note), &Silent).unwrap()
            [..1]
    );
}
