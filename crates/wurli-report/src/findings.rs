//! Text of the summary: the mean errors, and the notes that need attention.

use wurli_train::comparison::NoteErrors;
use wurli_train::evaluation::{Mean, Means, Summary};
use wurli_train::isolation::{SubScores, Tier};

use crate::Report;
use crate::note::ReportedNote;

/// Single notes below this length hardly show their decays, s.
const SHORT_S: f64 = 0.5;
/// Most notes that a finding names.
const NAMED_NOTES: usize = 3;
/// A note counts as worse beyond this change, dB: about the smallest audible change of a harmonic.
const WORSE_DB: f64 = 1.0;
/// Errors count as equal within this fraction.
const EQUAL_FRACTION: f64 = 0.03;

/// A note or a group of notes that needs attention: text with links to notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Finding(pub(super) Vec<Part>);

/// A part of a finding.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    /// A link to a note, by its index on the page.
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

    /// Appends links to notes; of many, to the first few and the number of the others.
    fn notes(mut self, indices: &[usize]) -> Self {
        let named = if indices.len() > NAMED_NOTES + 1 { NAMED_NOTES } else { indices.len() };
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

/// Returns the mean errors in a few sentences.
pub(super) fn headline(before: &Summary, after: &Summary, left_out: Option<&Summary>) -> Vec<String> {
    let (plain, corrected) = (&before.all, &after.all);
    let mut sentences = vec![match plain.level_db.count {
        0 => "No level could be compared: no measured note has a known velocity.".to_owned(),
        _ => format!(
            "Harmonics 2\u{2013}8 of the uncorrected model are {:.1} dB off on average, those of the corrected \
             one {:.1} dB.",
            plain.level_db.value, corrected.level_db.value
        ),
    }];
    let tuning = before_and_after(plain, corrected, |means| &means.frequency_cents).map(|(before, after)| {
        format!("Tuning is {after:.1} cents off, instead of {before:.1}") //
    });
    let decay = before_and_after(plain, corrected, |means| &means.decay_log2).map(|(before, after)| {
        let factor = |log2: f64| format!("{:.2}", log2.exp2());
        format!("decays are off by a factor of {}, instead of {}", factor(after), factor(before))
    });
    match (tuning, decay) {
        (Some(tuning), Some(decay)) => sentences.push(format!("{tuning}, and {decay}.")),
        (Some(one), None) => sentences.push(format!("{one}.")),
        (None, Some(one)) => sentences.push(format!("On average, {one}.")),
        (None, None) => {}
    }
    if let Some(means) = left_out.filter(|summary| summary.all.level_db.count > 0).map(|summary| &summary.all) {
        let (own, none) = (means.level_db.value, plain.level_db.value);
        let (lowest, highest) = means.level_db.interval;
        let verdict = if own < none * (1.0 - EQUAL_FRACTION) && highest < none {
            "keys between the recorded ones improve too"
        } else if own > none * (1.0 + EQUAL_FRACTION) && lowest > none {
            "keys between the recorded ones get worse: record more of them, or set fit = \"keyboard\""
        } else if (own / none - 1.0).abs() <= EQUAL_FRACTION {
            "keys between the recorded ones stay as they were"
        } else {
            "too few notes to tell whether keys between them improve"
        };
        sentences.push(format!(
            "On keys left out of the training, levels are {own:.1} dB off, against {none:.1} dB without correction: \
             {verdict}."
        ));
    }
    sentences
}

fn before_and_after(before: &Means, after: &Means, quantity: fn(&Means) -> &Mean) -> Option<(f64, f64)> {
    let (before, after) = (quantity(before), quantity(after));
    (before.count > 0 && after.count > 0).then_some((before.value, after.value))
}

/// Returns what needs attention, the most urgent first.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let notes = &report.notes;
    let finding = Finding::default;
    let mut findings: Vec<Finding> =
        report.warnings.iter().map(|warning| finding().text(format!("{warning}."))).collect();

    let is_rejected = |note: &ReportedNote| note.measured.note.tier == Tier::Reject;
    findings.extend(listed(notes, is_rejected).into_iter().map(|i| {
        let (location, reason) = (location(&notes[i]), rejection_reason(&notes[i]));
        finding().note(i).text(format!(" {location} was rejected: {reason}."))
    }));
    let unmeasured = |note: &ReportedNote| !is_rejected(note) && note.uncorrected.is_none();
    findings.extend(listed(notes, unmeasured).into_iter().map(|i| {
        let again = if notes[i].of_performance { "Record it alone." } else { "Record it again." };
        let text = format!(
            " {} could not be measured: it is too short, or too soft beside other notes. {again}",
            location(&notes[i])
        );
        finding().note(i).text(text)
    }));
    let length_s = |note: &ReportedNote| note.measured.note.event.offset_s - note.measured.note.event.onset_s;
    let short = listed(notes, |note| !note.of_performance && !is_rejected(note) && length_s(note) < SHORT_S);
    if !short.is_empty() {
        let (are, their) = if short.len() == 1 { ("is", "its") } else { ("are", "their") };
        findings.push(finding().notes(&short).text(format!(
            " {are} shorter than {SHORT_S} s, too short for most of {their} decays: hold keys for two seconds."
        )));
    }
    let worse = listed(notes, |note| {
        let errors = note.mean_errors(|errors| &errors.level_db);
        matches!(errors, [Some(before), Some(after)] if after > before + WORSE_DB)
    });
    if !worse.is_empty() {
        let (are, their) = if worse.len() == 1 { ("is", "its") } else { ("are", "their") };
        findings.push(finding().notes(&worse).text(format!(
            " {are} further off with the corrections than without: {their} errors differ from those of neighbouring keys."
        )));
    }
    findings.extend(worst(notes));
    findings
}

/// Returns the notes with the largest remaining errors.
fn worst(notes: &[ReportedNote]) -> Option<Finding> {
    let errors = |note: &ReportedNote| note.mean_errors(|errors| &errors.level_db);
    let mut worst: Vec<(usize, f64, f64)> = notes
        .iter()
        .enumerate()
        .filter_map(|(i, note)| match errors(note) {
            [Some(before), Some(after)] => Some((i, before, after)),
            _ => None,
        })
        .collect();
    worst.sort_by(|a, b| b.2.total_cmp(&a.2));
    worst.truncate(NAMED_NOTES);
    let mut finding = Finding::default().text("Largest errors after correction: ");
    for (nth, (i, before, after)) in worst.iter().enumerate() {
        let largest = notes[*i].corrected.as_ref().and_then(|rendered| largest_level_error(&rendered.errors));
        let largest = largest.map_or(String::new(), |(k, db)| {
            format!(", H{k} too {} by {:.0}", if db > 0.0 { "loud" } else { "soft" }, db.abs())
        });
        let after = format!(" ({after:.1} dB off, {before:.1} before{largest})");
        finding = finding.text(if nth == 0 { "" } else { "; " }).note(*i).text(after);
    }
    let advice = ". A note that stands out from its neighbours in one dynamic alone is more often a wrong velocity or \
                  a bad take than an unusual reed: listen to it.";
    (!worst.is_empty()).then(|| finding.text(advice))
}

/// Returns the harmonic, 2..=8, with the largest level error, dB, positive if the rendering is too
/// loud.
fn largest_level_error(errors: &NoteErrors) -> Option<(usize, f64)> {
    let levels = errors.level_db.iter().enumerate().filter_map(|(i, error)| Some((i + 1, (*error)?)));
    levels.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
}

fn listed(notes: &[ReportedNote], is_meant: impl Fn(&ReportedNote) -> bool) -> Vec<usize> {
    (0..notes.len()).filter(|i| is_meant(&notes[*i])).collect()
}

/// Returns the file of a note, and its time in a performance.
fn location(note: &ReportedNote) -> String {
    match note.of_performance {
        true => format!("at {:.2} s of {}", note.measured.note.event.onset_s, note.file),
        false => format!("({})", note.file),
    }
}

/// Returns why a note was rejected, by its lowest score, and the remedy.
fn rejection_reason(note: &ReportedNote) -> &'static str {
    let SubScores { temporal, collision, dominance, duration } = note.measured.note.scores;
    let reasons = [
        (temporal, "other notes sound through it; record it alone"),
        (collision, "its harmonics coincide with those of other notes; record it alone"),
        (dominance, "other notes mask it; record it alone"),
        (duration, "it is too short; hold the key for two seconds"),
    ];
    let lowest = reasons.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    lowest.map_or("it is not isolated enough", |(_, reason)| reason)
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
    fn headline_states_errors_and_the_gain_of_keys_between() {
        let text = |left_out_db: f64| {
            let left_out = summary(left_out_db, 4.0, 0.5);
            headline(&summary(4.48, 4.7, 1.0), &summary(3.89, 2.0, 0.5), Some(&left_out)).join(" ")
        };
        let same = text(4.45);
        assert!(same.contains("are 4.5 dB off") && same.contains("corrected one 3.9 dB"), "{same}");
        assert!(same.contains("2.0 cents off, instead of 4.7") && same.contains("factor of 1.41, instead of 2.00"));
        assert!(same.contains("stay as they were"), "{same}");
        let mut scattered = summary(4.1, 4.0, 0.5);
        scattered.all.level_db.interval = (2.9, 5.2);
        let unclear = headline(&summary(4.48, 4.7, 1.0), &summary(3.89, 2.0, 0.5), Some(&scattered)).join(" ");
        assert!(unclear.contains("too few notes to tell"), "{unclear}");
        assert!(text(3.0).contains("improve too") && text(5.3).contains("record more"), "{}", text(5.3));
        let unknown = headline(&Summary::default(), &Summary::default(), None);
        assert!(unknown.len() == 1 && unknown[0].starts_with("No level could be compared"), "{unknown:?}");
    }

    #[test]
    fn names_few_notes_and_counts_many() {
        let text = |indices: &[usize]| {
            let parts = Finding::default().notes(indices).0;
            let words = parts.iter().map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Note(index) => format!("#{index}"),
            });
            words.collect::<String>()
        };
        assert_eq!(text(&[4]), "#4");
        assert_eq!(text(&[4, 5]), "#4 and #5");
        assert_eq!(text(&[4, 5, 6, 7]), "#4, #5, #6 and #7");
        assert_eq!(text(&[4, 5, 6, 7, 8]), "#4, #5, #6 and 2 more");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn largest_level_error_keeps_its_sign() {
        let mut errors = NoteErrors::default();
        assert_eq!(largest_level_error(&errors), None);
        errors.level_db[2] = Some(4.0);
        errors.level_db[5] = Some(-9.0);
        assert_eq!(largest_level_error(&errors), Some((6, -9.0)));
    }
}
