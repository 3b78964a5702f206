//! What the words and pictures of the page mean.

use crate::Report;
use crate::clip::{LONGEST_S, MATCHED_S};
use crate::html::Html;

pub(super) fn content(_: &Report, html: &mut Html) {
    let entries = [
        (
            "Levels",
            "of a harmonic are in dB against H1, the fundamental, of the same note, 50\u{2013}450 ms after its onset. How loud a recording is \
             does not matter."
                .to_owned(),
        ),
        ("Tuning", "is in cents: hundredths of a semitone.".to_owned()),
        (
            "Decays",
            "are compared by the binary logarithm of their ratio: an error of 1 octave is a harmonic that dies twice as fast, or half as fast, \
             as the recorded one."
                .to_owned(),
        ),
        (
            "Players",
            format!(
                "have the recording from its onset on, at most {LONGEST_S} s of it, the model, and the model with the corrections. All three are \
                 brought to the loudness that ITU-R BS.1770 gives the recording's first {MATCHED_S} s, and are as long as the recorded note; the \
                 rate keeps H8. They are FLAC: what you hear is what was rendered. With the focus in a note, the keys 1, 2 and 3 play one of \
                 them, and 0 stops it."
            ),
        ),
        (
            "Spectra",
            "are those of the clips as they are played, in the window in which levels are read. Where two curves differ at a harmonic, so do two \
             players."
                .to_owned(),
        ),
        (
            "Rejected, under the noise, not observed",
            "means that nothing is known, and nothing is corrected for it. wurli-train harmonic K says why, note by note.".to_owned(),
        ),
    ];
    html.element("dl", &[("class", "words")], |html| {
        for (word, meaning) in &entries {
            html.leaf("dt", &[], word);
            html.leaf("dd", &[], meaning);
        }
    });
}
