//! The glossary of the page.

use maud::{Markup, html};

use crate::Report;
use crate::clip::{LONGEST_S, LOUDNESS_WINDOW_S};

pub(super) fn content(_: &Report) -> Markup {
    let players = format!(
        "The recording from its onset, at most {LONGEST_S} s of it, the model, and the corrected model. The model's \
         clips are as long as the recorded note, and their first {LOUDNESS_WINDOW_S} s are as loud as the recording's \
         by ITU-R BS.1770. The sample rate keeps H8. The format is FLAC, which is lossless. With the focus in a note, \
         the keys 1, 2 and 3 play its clips and 0 stops them."
    );
    let entries = [
        (
            "Level",
            "Level of a harmonic relative to H1, the fundamental, of the same note, in dB, 50\u{2013}450 ms after \
             the onset. The loudness of a recording does not matter.",
        ),
        ("Tuning", "Frequency error in cents, hundredths of a semitone."),
        (
            "Decay",
            "Decay rates are compared by the binary logarithm of their ratio. An error of 1 octave means that the \
             harmonic decays twice as fast as the recorded one, or half as fast.",
        ),
        ("Player", &players),
        (
            "Spectrum",
            "Spectrum of the clips as they are played, in the window in which levels are measured. Where two curves \
             differ at a harmonic, two players differ there.",
        ),
        (
            "Rejected, below the noise, not observed",
            "Nothing could be measured, and nothing is corrected. The command wurli-train harmonic K lists the reason \
             for each note.",
        ),
    ];
    html! {
        dl class="words" {
            @for (term, meaning) in &entries { dt { (term) } dd { (meaning) } }
        }
    }
}
