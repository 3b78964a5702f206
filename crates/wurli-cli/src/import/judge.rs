//! Decisions about a whole pack, from the sound of its recordings: which reading of the names is
//! right, by how many octaves names are off, and whether they contradict the sound.

use super::Claim;
use super::names::Reading;
use super::pitch::{self, Note, Sounding};
use super::warning::ImportWarning;
use crate::commands::table::counted;
use wurli_train::measure::octaves::OCTAVES;
use wurli_train::note_name::note_name;
use wurli_train::progress::Progress;
use wurli_train::transcription::Labels;

/// Share of recordings that must sound as claimed for names not to be in doubt.
const CONVINCING: f64 = 0.8;
/// Share of recordings that must sound as claimed for another reading than the first to be taken.
const PLAUSIBLE: f64 = 0.5;
/// Two pitches further apart than this are different keys, semitones.
const SAME_KEY: f64 = 0.5;
/// A whole pack further than this from its names is not a matter of tuning, semitones.
const TUNING_MAX: f64 = 0.75;
/// Fewest recordings that decide about a pack.
const SEVERAL: usize = 2;

/// Returns the reading of the names that most recordings agree with, and the octaves in which each
/// of them sounds. The first reading, unless at least half of the recordings agree with another
/// one. `readings` are in order of the number of their claims, the most first.
pub(super) fn best_reading(readings: Vec<Reading>, progress: &dyn Progress) -> Option<(Reading, Vec<Option<i16>>)> {
    let mut best: Option<(f64, Reading, Vec<Option<i16>>)> = None;
    let mut known = pitch::Known::default();
    for reading in readings {
        // No more recordings can agree with a reading than it has claims.
        if best.as_ref().is_some_and(|(best, ..)| *best >= reading.claims.len() as f64) {
            break;
        }
        let listened = known.listen(&reading.claims, progress);
        let share = agreement(&listened) as f64 / listened.len().max(1) as f64;
        // A reading of few files that agrees must not win over one of all.
        let weighed = share * reading.claims.len() as f64;
        if best.as_ref().is_none_or(|(best, ..)| share >= PLAUSIBLE && weighed > *best) {
            best = Some((weighed, reading, listened));
        }
    }
    best.map(|(_, reading, listened)| (reading, listened))
}

/// Returns the number of recordings at the most common octave.
fn agreement(lowest: &[Option<i16>]) -> usize {
    OCTAVES.map(|octave| count(lowest, octave)).into_iter().max().unwrap_or(0)
}

fn count(lowest: &[Option<i16>], octave: i16) -> usize {
    lowest.iter().flatten().filter(|lowest| **lowest == octave).count()
}

/// Returns the notes of the recordings that sound as claimed.
///
/// If several and most recordings sound the same number of octaves from their claims, all claims
/// are moved: no measurement tells a wrong name from another convention, but a pack does.
/// `listened` are the octaves from [`pitch::Known::listen`].
///
/// # Errors
/// The contradiction, if most recordings sound other keys than claimed, unless labels are retuned.
pub(super) fn check(
    claims: &[Claim],
    listened: &[Option<i16>],
    labels: Labels,
    warnings: &mut Vec<ImportWarning>,
) -> Result<Vec<Note>, String> {
    let octaves = common(listened, warnings);
    let labelled = claims.iter().filter(|claim| !claim.midi.is_empty()).count();
    let agree = count(listened, octaves) as f64;
    if labels == Labels::Kept && labelled >= SEVERAL && agree < CONVINCING * labelled as f64 {
        contradiction(&pitch::sounding(claims, octaves))?;
    }
    let mut notes = Vec::new();
    for (note, found) in pitch::find(claims, octaves, labels) {
        notes.extend(note);
        warnings.extend(found);
    }
    Ok(notes)
}

/// Returns the octave by which several and most recordings are off.
fn common(lowest: &[Option<i16>], warnings: &mut Vec<ImportWarning>) -> i16 {
    let heard = lowest.iter().flatten().count();
    let counted = OCTAVES.map(|octave| (count(lowest, octave), octave));
    match counted.into_iter().max_by_key(|(of, octave)| (*of, -octave.abs())) {
        Some((of, octaves)) if octaves != 0 && of >= SEVERAL && 2 * of > lowest.len() => {
            warnings.push(ImportWarning::Octaves { octaves, of, heard });
            octaves
        }
        _ => 0,
    }
}

/// Fails if most recordings sound other keys than claimed. A common tuning is no contradiction.
fn contradiction(sounding: &[Sounding]) -> Result<(), String> {
    let from_octave = |semitones: f64| semitones - 12.0 * (semitones / 12.0).round();
    let offsets: Vec<f64> = sounding.iter().map(|found| from_octave(found.semitones)).collect();
    let near = |tuning: f64| offsets.iter().filter(|offset| from_octave(**offset - tuning).abs() <= SAME_KEY).count();
    let usual = offsets.iter().copied().max_by(|a, b| near(*a).cmp(&near(*b)).then(b.abs().total_cmp(&a.abs())));
    let Some(usual) = usual else { return Ok(()) };
    let scattered = 2 * near(usual) < sounding.len();
    // In octaves that no convention explains, or that only some notes are off by.
    let far = sounding.iter().filter(|found| found.semitones.abs() > TUNING_MAX).count();
    let contradicts = scattered || usual.abs() > TUNING_MAX || 2 * far > sounding.len();
    if sounding.len() < SEVERAL || !contradicts {
        return Ok(());
    }
    let wrong: Vec<&Sounding> = sounding.iter().filter(|found| found.semitones.abs() > SAME_KEY).collect();
    let Some(first) = wrong.first() else { return Ok(()) };
    Err(format!(
        "{} of {} recordings sound other keys than they are labelled{}: {} is labelled {}, and {} sounds; rename them, or give --retune \
         to take the keys that sound",
        wrong.len(),
        sounding.len(),
        common_shift(&wrong).map_or_else(String::new, |shift| format!(", most of them {shift}")),
        first.path.display(),
        note_name(first.labelled),
        note_name(first.sounds)
    ))
}

/// Returns the interval by which most recordings are off, in words.
fn common_shift(wrong: &[&Sounding]) -> Option<String> {
    let count = |shift: f64| wrong.iter().filter(|found| (found.semitones - shift).abs() <= SAME_KEY).count();
    let shift = wrong.iter().map(|found| found.semitones.round()).max_by_key(|shift| count(*shift))?;
    let direction = if shift > 0.0 { "higher" } else { "lower" };
    let is_common = shift != 0.0 && 2 * count(shift) > wrong.len();
    is_common.then(|| format!("{} {direction}", counted(shift.abs() as usize, "semitone")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_moved_by_what_several_and_most_agree_on() {
        let mut warnings = Vec::new();
        for (lowest, octaves) in [
            (vec![Some(1), Some(1), Some(0)], 1),
            (vec![Some(1), Some(1), None, Some(0)], 0),
            (vec![Some(1), Some(0)], 0),
            (vec![Some(-1)], 0),
            (vec![Some(-1), Some(-1)], -1),
            (vec![None, None], 0),
            (vec![], 0),
        ] {
            assert_eq!(common(&lowest, &mut warnings), octaves, "{lowest:?}");
        }
        assert_eq!(
            warnings[0].to_string(),
            "2 of 3 recordings sound 1 octave higher than the pack says, read with C4 = MIDI 60: all notes are moved by 12 semitones"
        );
        assert_eq!(warnings.len(), 2);
    }

    #[test]
    fn labels_that_sounds_contradict_are_refused_and_a_tuning_is_not() {
        let found = |offsets: &[f64]| {
            let sounding = |semitones: &f64| Sounding {
                path: "a.wav".into(),
                labelled: 60,
                sounds: (60.0 + semitones.round()) as u8,
                semitones: *semitones,
            };
            contradiction(&offsets.iter().map(sounding).collect::<Vec<_>>()).err()
        };
        for good in [&[0.1, 0.0, -0.2][..], &[-0.6, -0.7, -0.5], &[0.0, -2.0], &[12.0, 0.1, 0.0, 3.0], &[7.0], &[]] {
            assert_eq!(found(good), None, "{good:?}");
        }
        // Octaves of Helmholtz, c1 for C4, are too many to be a convention that is known here.
        for (bad, shift) in [
            (&[36.0, 36.0, 36.1][..], ", most of them 36 semitones higher"),
            (&[5.0, -3.0], ""),
            (&[20.0, 20.0, 20.1], ", most of them 20 semitones higher"),
            (&[1.0, 5.0, -4.0, 3.0], ""),
            (&[-12.0, -11.0, -11.0], ", most of them 11 semitones lower"),
            (&[-1.0, -0.9, -1.1], ", most of them 1 semitone lower"),
        ] {
            let reason = found(bad).unwrap_or_default();
            let start =
                format!("{0} of {0} recordings sound other keys than they are labelled{shift}: a.wav", bad.len());
            assert!(reason.starts_with(&start), "{bad:?}: {reason}");
        }
        assert!(found(&[5.0, -3.0]).unwrap().starts_with(
            "2 of 2 recordings sound other keys than they are labelled: a.wav is labelled C4, and F4 sounds;"
        ));
    }
}
