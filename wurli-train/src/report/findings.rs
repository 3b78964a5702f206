//! What the first screen says: how good it came out, and which notes to look at.

use crate::evaluation::{Mean, Means, NoteErrors, Summary};
use crate::plot::signed;
use crate::stages::isolation::{SubScores, Tier};

use super::Report;
use super::note::Note;

/// A single note below this is too short for its decays, s.
const SHORT_S: f64 = 0.5;
/// Notes that are named one by one.
const NAMED: usize = 3;
/// A note is further off than before only where it is by more than this, dB: about what one can hear of a harmonic.
const WORSE_DB: f64 = 1.0;
/// Errors count as equal within this share.
const EQUAL_SHARE: f64 = 0.03;

/// Something to look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// What, in one or two sentences.
    pub(super) text: String,
    /// The notes that it is about, by their place on the page.
    pub(super) notes: Vec<usize>,
}

/// How good it came out, in a few sentences.
pub(super) fn headline(before: &Summary, after: &Summary, left_out: Option<&Summary>) -> Vec<String> {
    let (plain, corrected) = (&before.all, &after.all);
    let mut sentences = vec![match plain.level_db.count {
        0 => "No level could be compared: of no note that was measured the velocity is known.".to_owned(),
        _ => format!(
            "Harmonics 2\u{2013}8 of the uncorrected model are {:.1} dB from these recordings on average, those of the corrected one \
             {:.1} dB.",
            plain.level_db.value, corrected.level_db.value
        ),
    }];
    let tuning = compared(plain, corrected, |means| &means.frequency_cents).map(|(before, after)| {
        format!("Its tuning is {after:.1} cents off, instead of {before:.1}") //
    });
    let decay = compared(plain, corrected, |means| &means.decay_log2).map(|(before, after)| {
        let factor = |log2: f64| format!("{:.2}", log2.exp2());
        format!("its decays are off by a factor of {}, instead of {}", factor(after), factor(before))
    });
    match (tuning, decay) {
        (Some(tuning), Some(decay)) => sentences.push(format!("{tuning}, and {decay}.")),
        (Some(one), None) => sentences.push(format!("{one}.")),
        (None, Some(one)) => sentences.push(format!("By the mean, {one}.")),
        (None, None) => {}
    }
    if let Some(means) = left_out.filter(|summary| summary.all.level_db.count > 0).map(|summary| &summary.all) {
        let (own, none) = (means.level_db.value, plain.level_db.value);
        let verdict = if own < none * (1.0 - EQUAL_SHARE) {
            "keys between the recorded ones gain too"
        } else if own <= none * (1.0 + EQUAL_SHARE) {
            "keys between the recorded ones keep the levels that they had"
        } else {
            "keys between the recorded ones lose by it: record more of them, or set fit = \"keyboard\""
        };
        sentences.push(format!(
            "On keys left out of the training, levels are {own:.1} dB off, against {none:.1} dB without correction: {verdict}."
        ));
    }
    sentences
}

fn compared(before: &Means, after: &Means, of: fn(&Means) -> &Mean) -> Option<(f64, f64)> {
    let (before, after) = (of(before), of(after));
    (before.count > 0 && after.count > 0).then_some((before.value, after.value))
}

/// What to look at, the most urgent first.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let notes = &report.notes;
    let mut findings: Vec<Finding> = report
        .warnings
        .iter()
        .map(|warning| Finding { text: format!("{warning}. Record it again, 6 dB lower."), notes: Vec::new() })
        .collect();

    let is_rejected = |note: &Note| note.measured.note.tier == Tier::Reject;
    findings.extend(notes.iter().enumerate().filter(|(_, note)| is_rejected(note)).map(|(i, note)| Finding {
        text: format!("{} was rejected: {}.", placed(note), rejection(note)),
        notes: vec![i],
    }));
    let unread = |note: &Note| !is_rejected(note) && note.plain.is_none();
    findings.extend(notes.iter().enumerate().filter(|(_, note)| unread(note)).map(|(i, note)| Finding {
        text: format!(
            "{} could not be measured: it is too short, or too soft for its noise. Record it again.",
            placed(note)
        ),
        notes: vec![i],
    }));
    let length_s = |note: &Note| note.measured.note.event.offset_s - note.measured.note.event.onset_s;
    let short = listed(notes, |note| !note.of_performance && !is_rejected(note) && length_s(note) < SHORT_S);
    if !short.is_empty() {
        findings.push(Finding {
            text: format!(
                "{} {} shorter than {SHORT_S} s, so that little is known of {} decays: hold keys for two seconds.",
                named(notes, &short),
                if short.len() == 1 { "is" } else { "are" },
                if short.len() == 1 { "its" } else { "their" },
            ),
            notes: short,
        });
    }
    let worse = listed(
        notes,
        |note| matches!(note.mean_errors(|errors| &errors.level_db), [Some(before), Some(after)] if after > before + WORSE_DB),
    );
    if !worse.is_empty() {
        findings.push(Finding {
            text: format!(
                "{} {} further off with the corrections than without: what their neighbours have in common does not hold for {}.",
                named(notes, &worse),
                if worse.len() == 1 { "is" } else { "are" },
                if worse.len() == 1 { "it" } else { "them" },
            ),
            notes: worse,
        });
    }
    findings.extend(worst(notes));
    findings
}

/// The notes that remain furthest off.
fn worst(notes: &[Note]) -> Option<Finding> {
    let mut errors: Vec<(usize, [f64; 2])> = notes
        .iter()
        .enumerate()
        .filter_map(|(i, note)| match note.mean_errors(|errors| &errors.level_db) {
            [Some(before), Some(after)] => Some((i, [before, after])),
            _ => None,
        })
        .collect();
    errors.sort_by(|a, b| b.1[1].total_cmp(&a.1[1]));
    errors.truncate(NAMED);
    let described = errors.iter().map(|(i, [before, after])| {
        let most = notes[*i].corrected.as_ref().and_then(|rendered| furthest(&rendered.errors));
        let most = most.map_or(String::new(), |(k, db)| format!(", most of all H{k} by {} dB", signed(db, 0)));
        format!("{} ({after:.1} dB off, {before:.1} before{most})", notes[*i].name())
    });
    let described: Vec<String> = described.collect();
    (!described.is_empty()).then(|| Finding {
        text: format!(
            "Furthest from their recordings after correction: {}. A note that stands out from its neighbours in one dynamic alone is more \
             often a wrong velocity or a bad take than a strange reed: listen to it below.",
            described.join("; ")
        ),
        notes: errors.iter().map(|(i, _)| *i).collect(),
    })
}

/// The harmonic whose level is furthest off, 2..=8, and by how much: positive where the rendering is too loud, dB.
fn furthest(errors: &NoteErrors) -> Option<(usize, f64)> {
    let levels = errors.level_db.iter().enumerate().filter_map(|(i, error)| Some((i + 1, (*error)?)));
    levels.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

fn listed(notes: &[Note], is_meant: impl Fn(&Note) -> bool) -> Vec<usize> {
    (0..notes.len()).filter(|i| is_meant(&notes[*i])).collect()
}

/// A few notes by name, of many the number too.
fn named(notes: &[Note], indices: &[usize]) -> String {
    let names: Vec<String> = indices.iter().take(NAMED).map(|i| notes[*i].name()).collect();
    match (indices.len().saturating_sub(NAMED), names.as_slice()) {
        (0, [one]) => one.clone(),
        (0, [others @ .., last]) => format!("{} and {last}", others.join(", ")),
        (more, _) => format!("{} and {more} more notes", names.join(", ")),
    }
}

/// A note and where it is found.
fn placed(note: &Note) -> String {
    match note.of_performance {
        true => format!("{} at {:.2} s of {}", note.name(), note.measured.note.event.onset_s, note.file),
        false => format!("{} ({})", note.name(), note.file),
    }
}

/// Why a note is not used, by the lowest of its scores, and what to do.
fn rejection(note: &Note) -> &'static str {
    let SubScores { temporal, collision, dominance, duration } = note.measured.note.scores;
    let reasons = [
        (temporal, "other notes sound through it; record it alone"),
        (collision, "its harmonics coincide with those of other notes; record it alone"),
        (dominance, "other notes drown it; record it alone"),
        (duration, "it is too short; hold the key for two seconds"),
    ];
    let lowest = reasons.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    lowest.map_or("it stands too little alone", |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(level_db: f64, cents: f64, log2: f64) -> Summary {
        let mean = |value| Mean { value, interval: (value, value), count: 5 };
        let all = Means { level_db: mean(level_db), decay_log2: mean(log2), frequency_cents: mean(cents) };
        Summary { all, ..Summary::default() }
    }

    #[test]
    fn the_headline_says_how_far_off_and_what_keys_between_gain() {
        let said = |left_out_db: f64| {
            let left_out = summary(left_out_db, 4.0, 0.5);
            headline(&summary(4.48, 4.7, 1.0), &summary(3.89, 2.0, 0.5), Some(&left_out)).join(" ")
        };
        let same = said(4.45);
        assert!(same.contains("are 4.5 dB from") && same.contains("corrected one 3.9 dB"), "{same}");
        assert!(same.contains("2.0 cents off, instead of 4.7") && same.contains("factor of 1.41, instead of 2.00"));
        assert!(same.contains("keep the levels that they had"), "{same}");
        assert!(said(3.0).contains("gain too") && said(5.3).contains("record more"), "{}", said(5.3));
        let unknown = headline(&Summary::default(), &Summary::default(), None);
        assert!(unknown.len() == 1 && unknown[0].starts_with("No level could be compared"), "{unknown:?}");
    }

    #[test]
    fn the_harmonic_that_is_furthest_off_keeps_its_sign() {
        let mut errors = NoteErrors::default();
        assert_eq!(furthest(&errors), None);
        errors.level_db[2] = Some(4.0);
        errors.level_db[5] = Some(-9.0);
        assert_eq!(furthest(&errors), Some((6, -9.0)));
    }
}
