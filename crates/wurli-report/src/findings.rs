//! What the first screen says: how good it came out, and which notes to look at.

use wurli_train::comparison::NoteErrors;
use wurli_train::evaluation::{Mean, Means, Summary};
use wurli_train::isolation::{SubScores, Tier};

use crate::Report;
use crate::note::Note;

/// A single note below this is too short for its decays, s.
const SHORT_S: f64 = 0.5;
/// Notes that are named one by one.
const NAMED: usize = 3;
/// A note is further off than before only where it is by more than this, dB: about what one can hear of a harmonic.
const WORSE_DB: f64 = 1.0;
/// Errors count as equal within this share.
const EQUAL_SHARE: f64 = 0.03;

/// Something to look at: text, with notes named in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Finding(pub(super) Vec<Part>);

/// A part of what is said.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text.
    Text(String),
    /// The name of a note, by its place on the page.
    Note(usize),
}

impl Finding {
    fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    fn note(mut self, index: usize) -> Self {
        self.0.push(Part::Note(index));
        self
    }

    /// A few notes; of many, the number of the others.
    fn notes(mut self, indices: &[usize]) -> Self {
        let named = if indices.len() > NAMED + 1 { NAMED } else { indices.len() };
        let others = indices.len() - named;
        for (i, index) in indices[..named].iter().enumerate() {
            let before = match (i, i + 1 == named && others == 0) {
                (0, _) => "",
                (_, true) => " and ",
                (_, false) => ", ",
            };
            self = self.text(before).note(*index);
        }
        if others > 0 { self.text(format!(" and {others} more")) } else { self }
    }
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
        let (lowest, highest) = means.level_db.interval;
        let verdict = if own < none * (1.0 - EQUAL_SHARE) && highest < none {
            "keys between the recorded ones gain too"
        } else if own > none * (1.0 + EQUAL_SHARE) && lowest > none {
            "keys between the recorded ones lose by it: record more of them, or set fit = \"keyboard\""
        } else if (own / none - 1.0).abs() <= EQUAL_SHARE {
            "keys between the recorded ones keep the levels that they had"
        } else {
            "these notes are too few to tell whether keys between them gain or lose"
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
    let finding = Finding::default;
    let mut findings: Vec<Finding> =
        report.warnings.iter().map(|warning| finding().text(format!("{warning}."))).collect();

    let is_rejected = |note: &Note| note.measured.note.tier == Tier::Reject;
    findings.extend(listed(notes, is_rejected).into_iter().map(|i| {
        let (place, reason) = (place(&notes[i]), rejection(&notes[i]));
        finding().note(i).text(format!(" {place} was rejected: {reason}."))
    }));
    let unread = |note: &Note| !is_rejected(note) && note.plain.is_none();
    findings.extend(listed(notes, unread).into_iter().map(|i| {
        let again = if notes[i].of_performance { "Record it alone." } else { "Record it again." };
        let text = format!(
            " {} could not be measured: it is too short, or too soft beside what else sounds. {again}",
            place(&notes[i])
        );
        finding().note(i).text(text)
    }));
    let length_s = |note: &Note| note.measured.note.event.offset_s - note.measured.note.event.onset_s;
    let short = listed(notes, |note| !note.of_performance && !is_rejected(note) && length_s(note) < SHORT_S);
    if !short.is_empty() {
        let (are, their) = if short.len() == 1 { ("is", "its") } else { ("are", "their") };
        findings.push(finding().notes(&short).text(format!(
            " {are} shorter than {SHORT_S} s, so that little is known of {their} decays: hold keys for two seconds."
        )));
    }
    let worse = listed(
        notes,
        |note| matches!(note.mean_errors(|errors| &errors.level_db), [Some(before), Some(after)] if after > before + WORSE_DB),
    );
    if !worse.is_empty() {
        let (are, their, them) = if worse.len() == 1 { ("is", "its", "it") } else { ("are", "their", "them") };
        findings.push(finding().notes(&worse).text(format!(
            " {are} further off with the corrections than without: what {their} neighbours have in common does not hold for {them}."
        )));
    }
    findings.extend(worst(notes));
    findings
}

/// The notes that remain furthest off.
fn worst(notes: &[Note]) -> Option<Finding> {
    let errors = |note: &Note| note.mean_errors(|errors| &errors.level_db);
    let mut worst: Vec<(usize, f64, f64)> = notes
        .iter()
        .enumerate()
        .filter_map(|(i, note)| match errors(note) {
            [Some(before), Some(after)] => Some((i, before, after)),
            _ => None,
        })
        .collect();
    worst.sort_by(|a, b| b.2.total_cmp(&a.2));
    worst.truncate(NAMED);
    let mut finding = Finding::default().text("Furthest from their recordings after correction: ");
    for (nth, (i, before, after)) in worst.iter().enumerate() {
        let most = notes[*i].corrected.as_ref().and_then(|rendered| furthest(&rendered.errors));
        let most = most.map_or(String::new(), |(k, db)| {
            format!(", H{k} too {} by {:.0}", if db > 0.0 { "loud" } else { "soft" }, db.abs())
        });
        let after = format!(" ({after:.1} dB off, {before:.1} before{most})");
        finding = finding.text(if nth == 0 { "" } else { "; " }).note(*i).text(after);
    }
    let advice = ". A note that stands out from its neighbours in one dynamic alone is more often a wrong velocity or a bad take than a \
                  strange reed: listen to it.";
    (!worst.is_empty()).then(|| finding.text(advice))
}

/// The harmonic whose level is furthest off, 2..=8, and by how much: positive where the rendering is too loud, dB.
fn furthest(errors: &NoteErrors) -> Option<(usize, f64)> {
    let levels = errors.level_db.iter().enumerate().filter_map(|(i, error)| Some((i + 1, (*error)?)));
    levels.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

fn listed(notes: &[Note], is_meant: impl Fn(&Note) -> bool) -> Vec<usize> {
    (0..notes.len()).filter(|i| is_meant(&notes[*i])).collect()
}

/// Where a note is found.
fn place(note: &Note) -> String {
    match note.of_performance {
        true => format!("at {:.2} s of {}", note.measured.note.event.onset_s, note.file),
        false => format!("({})", note.file),
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
        let mut scattered = summary(4.1, 4.0, 0.5);
        scattered.all.level_db.interval = (2.9, 5.2);
        let unclear = headline(&summary(4.48, 4.7, 1.0), &summary(3.89, 2.0, 0.5), Some(&scattered)).join(" ");
        assert!(unclear.contains("too few to tell"), "{unclear}");
        assert!(said(3.0).contains("gain too") && said(5.3).contains("record more"), "{}", said(5.3));
        let unknown = headline(&Summary::default(), &Summary::default(), None);
        assert!(unknown.len() == 1 && unknown[0].starts_with("No level could be compared"), "{unknown:?}");
    }

    #[test]
    fn a_few_notes_are_named_and_many_counted() {
        let said = |indices: &[usize]| {
            let parts = Finding::default().notes(indices).0;
            let words = parts.iter().map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Note(index) => format!("#{index}"),
            });
            words.collect::<String>()
        };
        assert_eq!(said(&[4]), "#4");
        assert_eq!(said(&[4, 5]), "#4 and #5");
        assert_eq!(said(&[4, 5, 6, 7]), "#4, #5, #6 and #7");
        assert_eq!(said(&[4, 5, 6, 7, 8]), "#4, #5, #6 and 2 more");
        assert_eq!(said(&[]), "");
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
