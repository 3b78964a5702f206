//! Scores of a transcription: found notes against those that were played.

use wurli_train::note_event::NoteEvent;

const ONSET_TOLERANCE_S: f64 = 0.050;
const PITCH_TOLERANCE_CENTS: f64 = 50.0;

/// Sums over any number of performances.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// Notes played.
    pub played: usize,
    /// Notes found.
    pub found: usize,
    /// Found notes that were played, by onset and pitch.
    pub matched: usize,
    /// Matched notes whose end is right too.
    pub offsets_matched: usize,
    /// Found notes an octave off a played one.
    pub octave_errors: usize,
    onset_errors_s: Vec<f64>,
    pitch_errors_cents: Vec<f64>,
}

impl Score {
    /// Adds one performance. Pairs are matched one to one, nearest onset first.
    pub fn add(&mut self, played: &[NoteEvent], found: &[NoteEvent]) {
        let cents = |a: &NoteEvent, b: &NoteEvent| 1200.0 * (b.f0_hz / a.f0_hz).log2();
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (p, a) in played.iter().enumerate() {
            for (f, b) in found.iter().enumerate() {
                let distance_s = (a.onset_s - b.onset_s).abs();
                if distance_s <= ONSET_TOLERANCE_S && cents(a, b).abs() <= PITCH_TOLERANCE_CENTS {
                    pairs.push((distance_s, p, f));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut used_p, mut used_f) = (vec![false; played.len()], vec![false; found.len()]);
        for (distance_s, p, f) in pairs {
            if used_p[p] || used_f[f] {
                continue;
            }
            (used_p[p], used_f[f]) = (true, true);
            self.matched += 1;
            self.onset_errors_s.push(distance_s);
            self.pitch_errors_cents.push(cents(&played[p], &found[f]).abs());
            // As mir_eval: the larger of 50 ms and a fifth of the note's length.
            let tolerance_s = (0.2 * (played[p].offset_s - played[p].onset_s)).max(0.05);
            self.offsets_matched += usize::from((played[p].offset_s - found[f].offset_s).abs() <= tolerance_s);
        }
        for (note, _) in found.iter().zip(&used_f).filter(|(_, used)| !**used) {
            let octave =
                played.iter().any(|p| p.midi.abs_diff(note.midi) == 12 && (p.onset_s - note.onset_s).abs() < 0.05);
            self.octave_errors += usize::from(octave);
        }
        if std::env::var_os("SHOW_NOTES").is_some() {
            for (note, _) in played.iter().zip(&used_p).filter(|(_, used)| !**used) {
                eprintln!(
                    "  missed  {:7.3}–{:.3} s, {}, velocity {}",
                    note.onset_s, note.offset_s, note.midi, note.velocity
                );
            }
            for (note, _) in found.iter().zip(&used_f).filter(|(_, used)| !**used) {
                let beside: Vec<u8> =
                    played.iter().filter(|p| (p.onset_s - note.onset_s).abs() < 0.06).map(|p| p.midi).collect();
                let held: Vec<u8> = played
                    .iter()
                    .filter(|p| p.onset_s < note.onset_s - 0.06 && p.offset_s + 0.05 > note.onset_s)
                    .map(|p| p.midi)
                    .collect();
                eprintln!(
                    "  phantom {:7.3}–{:.3} s, {}, velocity {}, {:.2} Hz; struck {beside:?}, held {held:?}",
                    note.onset_s, note.offset_s, note.midi, note.velocity, note.f0_hz
                );
            }
        }
        self.played += played.len();
        self.found += found.len();
    }

    /// Returns the F1 of onsets and pitches, 0..=1.
    pub fn f1(&self) -> f64 {
        2.0 * self.matched as f64 / (self.played + self.found).max(1) as f64
    }

    /// Returns the F1 of onsets, pitches and ends, 0..=1.
    pub fn f1_with_offsets(&self) -> f64 {
        2.0 * self.offsets_matched as f64 / (self.played + self.found).max(1) as f64
    }

    /// Returns the median distance of matched onsets, seconds.
    pub fn median_onset_error_s(&self) -> f64 {
        median(&self.onset_errors_s)
    }

    /// Returns the median distance of matched pitches, cents.
    pub fn median_pitch_error_cents(&self) -> f64 {
        median(&self.pitch_errors_cents)
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        write!(
            f,
            "F1 {:.3} (precision {:.3}, recall {:.3}), with offsets {:.3}, {} octave errors, onset {:.1} ms, pitch {:.1} cents, {} notes",
            self.f1(),
            share(self.matched, self.found),
            share(self.matched, self.played),
            self.f1_with_offsets(),
            self.octave_errors,
            1e3 * self.median_onset_error_s(),
            self.median_pitch_error_cents(),
            self.played
        )
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}
