//! Corrections never do harm: beyond what was recorded they move nothing further than within it, from one key or
//! velocity to the next they change gradually, and the corrected voice neither clips, clicks nor rings, nor turns
//! shrill.

mod take;

use std::ops::RangeInclusive;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use openwurli_dsp::voice::corrections::{IDENTITY_OUTPUTS, OUTPUTS};
use openwurli_dsp::voice::{HIGHEST_KEY, Instrument, LEVEL_REFERENCE_S, LOWEST_KEY, harmonic_amplitudes};
use openwurli_dsp::{MlpCorrections, TRAINING, compute_corrections};
use take::{MEASURED, SAMPLE_RATE, Take, at, octaves_db, to_db};

/// Parts of a step of MIDI velocity at which the corrections are looked at.
const PARTS: u16 = 32;

/// The corrections of a key at the velocities 0, 1/32, 2/32, … 127 of 127.
fn along_velocity(midi: u8) -> Vec<[f32; OUTPUTS]> {
    let steps = 127 * PARTS;
    (0..=steps).map(|i| compute_corrections(midi, f32::from(i) / f32::from(steps)).to_outputs()).collect()
}

fn trained_keys() -> RangeInclusive<u8> {
    TRAINING.lowest_midi..=TRAINING.highest_midi
}

/// The places of the trained velocities in [`along_velocity`].
fn trained_places() -> RangeInclusive<usize> {
    let place = |velocity: u8| usize::from(PARTS) * usize::from(velocity);
    place(TRAINING.lowest_velocity)..=place(TRAINING.highest_velocity)
}

/// Lowest and highest value of each output over all trained keys and velocities, and the identity.
struct Reached {
    lowest: [f32; OUTPUTS],
    highest: [f32; OUTPUTS],
}

impl Reached {
    fn new() -> Self {
        let [mut lowest, mut highest] = [IDENTITY_OUTPUTS; 2];
        for midi in trained_keys() {
            for outputs in &along_velocity(midi)[trained_places()] {
                for i in 0..OUTPUTS {
                    lowest[i] = lowest[i].min(outputs[i]);
                    highest[i] = highest[i].max(outputs[i]);
                }
            }
        }
        Self { lowest, highest }
    }

    fn magnitude(&self, output: usize) -> f32 {
        self.lowest[output].abs().max(self.highest[output].abs())
    }

    fn departure(&self, output: usize) -> f32 {
        let identity = IDENTITY_OUTPUTS[output];
        (self.highest[output] - identity).max(identity - self.lowest[output])
    }

    /// What rounding may add to the difference of two corrections: `reference.rs` holds each to 1e-5 of itself, or of 1
    /// where it is less.
    fn rounding(&self, output: usize) -> f32 {
        2e-5 * self.magnitude(output).max(1.0)
    }
}

/// Raises the largest change of each output to that over `span` places of a row.
fn raise(largest: &mut [f32; OUTPUTS], row: &[[f32; OUTPUTS]], span: usize) {
    for (before, after) in row.iter().zip(row.iter().skip(span)) {
        for i in 0..OUTPUTS {
            largest[i] = largest[i].max((after[i] - before[i]).abs());
        }
    }
}

#[test]
fn no_correction_goes_further_beyond_the_recordings_than_within_them() {
    let reached = Reached::new();
    for midi in LOWEST_KEY..=HIGHEST_KEY {
        for (place, outputs) in along_velocity(midi).iter().enumerate() {
            for (i, output) in outputs.iter().enumerate() {
                // The fade rounds two products that share the departure, and their sum, by 2⁻²⁴ each.
                let allowed = f32::EPSILON * reached.magnitude(i);
                let (lowest, highest) = (reached.lowest[i], reached.highest[i]);
                let velocity = place as f32 / f32::from(PARTS);
                assert!(
                    (lowest - allowed..=highest + allowed).contains(output),
                    "output {i} on key {midi} at velocity {velocity}: {output}, on trained ones {lowest} to {highest}"
                );
            }
        }
    }
}

/// What is linear in pieces changes by half as much over half the step, once the step is shorter than the steepest
/// piece; a jump stays what it is. An eighth of the change c in a 32nd of the step leaves room for pieces as short as a
/// quarter of a MIDI step, and for no jump J of more than a ninth of c: J + c/32 ≤ (J + c)/8.
#[test]
fn a_smaller_step_of_velocity_changes_the_corrections_by_less() {
    let reached = Reached::new();
    let [mut over_a_step, mut over_a_part] = [[0.0; OUTPUTS]; 2];
    for midi in LOWEST_KEY..=HIGHEST_KEY {
        let row = along_velocity(midi);
        raise(&mut over_a_step, &row, PARTS.into());
        raise(&mut over_a_part, &row, 1);
    }
    for i in 0..OUTPUTS {
        let (step, part) = (over_a_step[i], over_a_part[i]);
        let allowed = step / 8.0 + reached.rounding(i);
        assert!(part <= allowed, "output {i} changes by {step} over a step and by {part}, not {allowed}, over a 32nd");
    }
}

/// Between keys there is nothing to look at. But what slopes changes by twice as much over two keys as over one, and
/// what jumps by no more: with a slope of c beside it, a jump of more than 2c is noticed, J + c > 3/4·(J + 2c).
#[test]
fn from_key_to_key_corrections_slope_and_do_not_jump() {
    let reached = Reached::new();
    let rows: Vec<_> = (LOWEST_KEY..=HIGHEST_KEY).map(along_velocity).collect();
    let lowest = usize::from(TRAINING.lowest_midi - LOWEST_KEY);
    let highest = usize::from(TRAINING.highest_midi - LOWEST_KEY);
    let [mut over_a_key, mut over_two, mut in_the_fade] = [[0.0; OUTPUTS]; 3];
    for place in trained_places() {
        let column: Vec<_> = rows.iter().map(|row| row[place]).collect();
        raise(&mut over_a_key, &column[lowest..=highest], 1);
        raise(&mut over_two, &column[lowest..=highest], 2);
        raise(&mut in_the_fade, &column[..=lowest], 1);
        raise(&mut in_the_fade, &column[highest..], 1);
    }
    for i in 0..OUTPUTS {
        let (one, two, rounding) = (over_a_key[i], over_two[i], reached.rounding(i));
        let allowed = 0.75 * two + rounding;
        assert!(one <= allowed, "output {i} changes by {two} over two keys and by {one}, not {allowed}, over one");
        // Beyond the range, the twelve semitones that `compute_corrections` names share the departure.
        let (fade, allowed) = (in_the_fade[i], reached.departure(i) / 12.0 + rounding);
        assert!(fade <= allowed, "output {i} fades by {fade}, not {allowed}, from one key to the next");
    }
}

/// H1 and the harmonics that are corrected.
const FOLLOWED: usize = 8;
/// A harmonic that is weaker than the strongest by more than this is masked, and cannot be measured well beside it.
const MASKED_DB: f64 = 40.0;
/// Smaller differences of level are not noticed. They are measured: the windows let −93 dB of a neighbour through, 0.02
/// dB of a harmonic at [`MASKED_DB`], and two changes are four measurements beside two neighbours each.
const NOTICED_DB: f64 = 1.0;

/// What a listener may find fault with in one corrected note.
#[derive(Debug)]
struct Heard {
    midi: u8,
    /// 1..=127.
    velocity: u8,
    finite: bool,
    peak: f64,
    /// The mean over the allowed one.
    mean: f64,
    /// The worst jump over the allowed one: in the onset, while held, from the release on.
    jumps: [f64; 3],
    /// By how much more than uncorrected a harmonic rises while the key is held.
    swell_db: f64,
    /// By how much less than uncorrected, and less than a twentieth allows, a harmonic falls under the damper.
    ring_db: f64,
    /// By how much the peak rises when the key is let go.
    thump_db: f64,
    tilt: Tilt,
}

/// 88 keys at 16 velocities, heard once for all tests.
static HEARD: LazyLock<Vec<Heard>> = LazyLock::new(|| {
    let notes: Vec<_> = (LOWEST_KEY..=HIGHEST_KEY).flat_map(|midi| (1..=16).map(move |i| (midi, 8 * i - 1))).collect();
    let next = AtomicUsize::new(0);
    let listen = || {
        let mine = std::iter::from_fn(|| notes.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.map(|(midi, velocity)| hear(*midi, *velocity)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let listeners: Vec<_> = (0..threads).map(|_| scope.spawn(listen)).collect();
        listeners.into_iter().flat_map(|listener| listener.join().expect("every note can be heard")).collect()
    })
});

fn hear(midi: u8, midi_velocity: u8) -> Heard {
    let velocity = f32::from(midi_velocity) / 127.0;
    let corrections = compute_corrections(midi, velocity);
    let corrected = Take::new(midi, velocity, &corrections);
    // The same swing of the same reed, its harmonics as the pickup makes them.
    let MlpCorrections { amp_offsets_db, .. } = MlpCorrections::IDENTITY;
    // The reed's own decay is part of what the pickup makes of it: in the bass, where it is overdriven, H1 grows while the swing falls.
    let decay_ratios = [corrections.reed_decay_ratio(); 7];
    let uncorrected = Take::new(midi, velocity, &MlpCorrections { amp_offsets_db, decay_ratios, ..corrections });
    let (released, window) = (corrected.released, corrected.window);
    let [before, after] = [released - window..released, released..released + window].map(|range| corrected.peak(range));
    let levels_db = corrected.levels_db(at(LEVEL_REFERENCE_S) - window / 2);
    Heard {
        midi,
        velocity: midi_velocity,
        finite: corrected.samples.iter().all(|sample| sample.is_finite()),
        peak: corrected.peak(0..corrected.samples.len()),
        mean: corrected.mean(),
        jumps: corrected.worst_jumps(),
        swell_db: swell_db(&corrected, &uncorrected, turning(midi, velocity, &corrections, released)),
        ring_db: ring_db(&corrected, &uncorrected),
        thump_db: to_db(after) - to_db(before),
        tilt: tilt(midi, velocity, levels_db),
    }
}

fn strongest(levels_db: &[f64]) -> f64 {
    levels_db.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// A correction may slow a decay down, not make a rise of it.
fn swell_db(corrected: &Take, uncorrected: &Take, turning: [bool; FOLLOWED]) -> f64 {
    let window = corrected.window;
    let starts = [at(0.05), at(LEVEL_REFERENCE_S) - window / 2, corrected.released - window];
    let [corrected, uncorrected] = [corrected, uncorrected].map(|take| starts.map(|first| take.levels_db(first)));
    let mut worst = f64::NEG_INFINITY;
    for (earlier, later) in [(0, 1), (1, 2)] {
        for k in (0..FOLLOWED).filter(|k| !turning[*k]) {
            if corrected[later][k] > strongest(&corrected[later]) - MASKED_DB {
                let rise_db = |levels: &[[f64; FOLLOWED]; 3]| levels[later][k] - levels[earlier][k];
                worst = worst.max(rise_db(&corrected) - rise_db(&uncorrected).max(0.0));
            }
        }
    }
    worst
}

/// Harmonics that turn their sign while the key is held. About the turn one half of a window cancels the other, and
/// what is left says nothing of the level.
fn turning(midi: u8, velocity: f32, corrections: &MlpCorrections, released: usize) -> [bool; FOLLOWED] {
    let scale = f64::from(corrections.displacement_scale);
    let signs: Vec<_> = (0..50)
        .map(|i| {
            let time_s = f64::from(i) / 50.0 * released as f64 / SAMPLE_RATE;
            let mut amplitudes = [0.0; FOLLOWED];
            harmonic_amplitudes(&Instrument::EP200, midi, velocity.into(), scale, time_s, &mut amplitudes);
            amplitudes.map(f64::is_sign_positive)
        })
        .collect();
    std::array::from_fn(|k| signs.iter().any(|sign| sign[k] != signs[0][k]))
}

/// Under the damper a corrected harmonic falls as an uncorrected one does. What falls fast has a broad spectrum: 1,000
/// dB/s spread −33 dB to a neighbour 60 Hz away, and a corrected neighbour is a different one. A twentieth of the fall
/// is allowed for that.
fn ring_db(corrected: &Take, uncorrected: &Take) -> f64 {
    // Past the control tick in which the damper falls.
    let first = corrected.released + at(0.002);
    let starts = [first, first + corrected.window / 2];
    let [corrected, uncorrected] = [corrected, uncorrected].map(|take| starts.map(|first| take.levels_db(first)));
    let audible = |levels_db: &[f64; FOLLOWED], k: usize| levels_db[k] > strongest(levels_db) - MASKED_DB;
    let mut worst = f64::NEG_INFINITY;
    for k in (0..FOLLOWED).filter(|k| audible(&corrected[1], *k) && audible(&uncorrected[0], *k)) {
        let [corrected_db, uncorrected_db] = [&corrected, &uncorrected].map(|levels| levels[0][k] - levels[1][k]);
        worst = worst.max(uncorrected_db - 0.05 * uncorrected_db.abs() - corrected_db);
    }
    worst
}

/// What the corrections add to the slope of the spectrum.
#[derive(Debug)]
struct Tilt {
    db_per_octave: f64,
    /// From the lowest to the highest that counts.
    octaves: f64,
}

/// A line through what the corrections add to the octaves H1, H2–H3, H4–H7 and H8–H15. Harmonics vanish here and there,
/// octaves do not; those that are 60 dB under the strongest do not count.
fn tilt(midi: u8, velocity: f32, corrected: [f64; MEASURED]) -> Tilt {
    let mut uncorrected = [0.0; MEASURED];
    harmonic_amplitudes(&Instrument::EP200, midi, velocity.into(), 1.0, LEVEL_REFERENCE_S.into(), &mut uncorrected);
    let [corrected, uncorrected] =
        [corrected, uncorrected.map(f64::abs).map(to_db)].map(|levels| octaves_db(midi, levels));
    let audible = (0..4).filter(|i| uncorrected[*i] > strongest(&uncorrected) - 60.0);
    let points: Vec<_> = audible.map(|i| (i as f64, corrected[i] - uncorrected[i])).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (middle, added) = (mean(|point| point.0), mean(|point| point.1));
    let covariance = points.iter().map(|(x, y)| (x - middle) * (y - added)).sum::<f64>();
    let variance = points.iter().map(|(x, _)| (x - middle).powi(2)).sum::<f64>();
    // Two neighbouring octaves have a variance of 0.5; one alone has none, and no slope.
    Tilt { db_per_octave: covariance / variance.max(0.5), octaves: points[points.len() - 1].0 - points[0].0 }
}

/// Fails with the worst note if that is beyond the limit.
fn assert_at_most(limit: f64, what: &str, of: impl Fn(&Heard) -> f64) {
    let worst = HEARD.iter().max_by(|a, b| of(a).total_cmp(&of(b))).expect("there are notes");
    println!("{what}: {:.3} of {limit:.3} on key {} at velocity {}", of(worst), worst.midi, worst.velocity);
    assert!(of(worst) <= limit, "{what}: {}, at most {limit} is allowed: {worst:?}", of(worst));
}

#[test]
fn every_corrected_note_is_finite_and_below_full_scale() {
    let broken = HEARD.iter().find(|note| !note.finite);
    assert!(broken.is_none(), "not finite: {broken:?}");
    assert_at_most(1.0, "peak", |note| note.peak);
}

#[test]
fn no_corrected_note_has_dc() {
    assert_at_most(1.0, "mean over the allowed one", |note| note.mean);
}

#[test]
fn no_corrected_note_clicks() {
    for (i, stage) in ["struck", "held", "released"].iter().enumerate() {
        assert_at_most(1.0, &format!("jump over the allowed one, {stage}"), |note| note.jumps[i]);
    }
}

#[test]
fn no_harmonic_swells_while_the_key_is_held() {
    assert_at_most(NOTICED_DB, "swell, dB", |note| note.swell_db);
}

#[test]
fn a_released_note_dies_as_fast_as_an_uncorrected_one() {
    assert_at_most(NOTICED_DB, "ring, dB", |note| note.ring_db);
    assert_at_most(NOTICED_DB, "thump, dB", |note| note.thump_db);
}

#[test]
fn the_spectrum_is_tilted_no_further_beyond_the_recordings_than_within_them() {
    let trained_velocities = TRAINING.lowest_velocity..=TRAINING.highest_velocity;
    let trained = |note: &&Heard| trained_keys().contains(&note.midi) && trained_velocities.contains(&note.velocity);
    let tilts: Vec<_> = HEARD.iter().filter(trained).map(|note| note.tilt.db_per_octave).collect();
    let upward = tilts.iter().fold(0.0, |upward: f64, tilt| upward.max(*tilt));
    let downward = tilts.iter().fold(0.0, |downward: f64, tilt| downward.max(-tilt));
    // The same offsets tilt the spectrum of a softer or louder blow a little more or less, having other harmonics to
    // act on.
    assert_at_most(NOTICED_DB, "upward tilt beyond the trained, dB", |Heard { tilt, .. }| {
        (tilt.db_per_octave - upward) * tilt.octaves
    });
    assert_at_most(NOTICED_DB, "downward tilt beyond the trained, dB", |Heard { tilt, .. }| {
        (-tilt.db_per_octave - downward) * tilt.octaves
    });
}
