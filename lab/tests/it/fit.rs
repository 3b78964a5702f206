//! The constants of the voice are found again in what the voice itself sounds like.

use openwurli_lab::voice_fit::{FitNote, FitResult, FitSettings, UpperLevels, fit};
use wurli_train::renderer::measured::{Request, SAMPLE_RATE, render_instrument};
use wurli_train::renderer::{Note, ReferenceVoice};
use wurli_voice::pickup::Pickup;
use wurli_voice::{Instrument, MlpCorrections};

/// A search that ends within seconds without optimisation.
const SETTINGS: FitSettings = FitSettings {
    decay_weight_db: 1.0,
    upper_weight: 1.0,
    prior_weight_db: 0.0,
    starts: 2,
    seed: 9,
    evaluations: 600,
    leave_one_out: false,
};

fn truth() -> Instrument {
    let pickup = Pickup {
        rest_offset: 1.3,
        plate: 1.5,
        far_edge: 1.6,
        far_strength: 1.1,
        lip_strength: 0.05,
        lip_width: 0.4,
        lip_height: 0.1,
    };
    Instrument { pickup, corner_hz: 2300.0, ..Instrument::EP200 }
}

fn notes() -> Vec<FitNote> {
    let request = |midi, velocity| Request::plain(midi, velocity, 1.6);
    let keys = [33, 42, 51, 60, 69, 78];
    keys.iter()
        .flat_map(|midi| [30, 70, 110].map(|velocity| (*midi, velocity)))
        .map(|(midi, velocity)| {
            let measurement = render_instrument(truth(), &request(midi, velocity)).expect("a rendered note");
            let note =
                Note { midi, velocity, corrections: MlpCorrections::IDENTITY, seconds: 1.6, sample_rate: SAMPLE_RATE };
            let audio = ReferenceVoice { instrument: truth() }.play(&note);
            let upper = UpperLevels::measure(&audio, (0.0, 1.6), measurement.f0_hz);
            FitNote { midi, velocity, duration_s: 1.6, measurement, upper }
        })
        .collect()
}

fn perturbed() -> Instrument {
    let Instrument { displacement: [a0, a1, a2, a3, a4, a5], decay: [d0, d1, d2], .. } = truth();
    Instrument {
        displacement: [a0 + 0.15, a1 + 0.1, a2 - 0.1, a3 - 0.1, a4 + 0.1, a5],
        pickup: Pickup {
            rest_offset: 1.45,
            plate: 1.6,
            far_edge: 1.4,
            far_strength: 1.0,
            lip_strength: 0.04,
            lip_width: 0.5,
            lip_height: 0.15,
        },
        corner_hz: 3000.0,
        decay: [d0 - 0.2, d1 + 0.15, d2],
    }
}

fn run(notes: &[FitNote], settings: &FitSettings) -> FitResult {
    fit(notes, &perturbed(), settings, &mut |_| ())
}

#[test]
fn the_voices_own_constants_are_found_from_a_perturbed_start() {
    let result = run(&notes(), &SETTINGS);
    let (found, truth) = (result.instrument, truth());
    println!("{result}");
    let level_db = |errors: openwurli_lab::voice_fit::Errors| errors.level_db.value().unwrap();
    assert!(level_db(result.before) > 2.0, "the start is already right: {}", result.before);
    assert!(level_db(result.after) < 0.3, "{}", result.after);
    assert!(level_db(result.rendered) < 0.4, "{}", result.rendered);
    // An error of 0.3 dB leaves open: the displacement by 5 %, the geometry by 5 %, the far edge by
    // 10 %, the corner by 15 %.
    for (found, truth) in found.displacement.iter().zip(truth.displacement) {
        assert!((found - truth).abs() < 0.05, "displacement {found}, not {truth}");
    }
    for (found, truth) in found.decay.iter().zip(truth.decay) {
        assert!((found - truth).abs() < 0.05, "decay {found}, not {truth}");
    }
    let (pickup, true_pickup) = (found.pickup, truth.pickup);
    assert!((pickup.rest_offset / true_pickup.rest_offset - 1.0).abs() < 0.05, "{pickup:?}");
    assert!((pickup.plate / true_pickup.plate - 1.0).abs() < 0.05, "{pickup:?}");
    assert!((pickup.far_edge / true_pickup.far_edge - 1.0).abs() < 0.1, "{pickup:?}");
    assert!((found.corner_hz / truth.corner_hz - 1.0).abs() < 0.15, "corner {} Hz", found.corner_hz);
}

#[test]
fn two_fits_of_the_same_notes_agree_to_the_last_bit_and_print_what_to_paste() {
    let settings = FitSettings { evaluations: 60, leave_one_out: true, ..SETTINGS };
    let notes = notes();
    let mut heard = Vec::new();
    let first = fit(&notes, &perturbed(), &settings, &mut |progress| heard.push(progress));
    assert_eq!(first, run(&notes, &settings));
    // Two starts, the refinement, six keys left out.
    assert!(
        heard.iter().map(|progress| progress.done).eq(1..=9) && heard.iter().all(|progress| progress.searches == 9)
    );
    assert_eq!(first.left_out.level_db.count(), first.after.level_db.count());
    let text = first.to_string();
    for line in ["displacement: [", "pickup: Pickup {", "corner_hz: ", "decay: [", "left out: levels "] {
        assert!(text.lines().any(|printed| printed.starts_with(line)), "{line} is not in:\n{text}");
    }
}

#[test]
fn nothing_measured_leaves_the_start_as_it_was() {
    let result = run(&[], &SETTINGS);
    assert_eq!(result.after.level_db.value(), None);
    // Without a prior and without notes every place is as good as the start.
    let (found, start) = (result.instrument, perturbed());
    assert!(found.displacement == start.displacement && found.decay == start.decay);
}
