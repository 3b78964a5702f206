//! Level residuals of every note, before and after correction, with one panel per harmonic.

use std::collections::HashMap;

use wurli_train::comparison::NoteErrors;
use wurli_train::evaluation::NoteComparison;
use wurli_train::measure::HARMONICS;
use wurli_train::note_name::note_name;

use crate::plot::axis::{Axis, signed};
use crate::plot::chart::{Chart, Panel, Rule};
use crate::plot::series::{Colour, Marker, Point, Series};

/// Size of a single panel, and of one of several, px.
const SINGLE_PX: (f64, f64) = (860.0, 340.0);
const MULTIPLE_PX: (f64, f64) = (470.0, 180.0);

/// Level residual of one harmonic of one note: recording − voice, dB. Above zero the voice is too
/// quiet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResidualPoint {
    /// MIDI key.
    pub midi: u8,
    /// Velocity, 1..=127.
    pub velocity: u8,
    /// Number of the harmonic, 2..=8.
    pub harmonic: usize,
    /// Residual without corrections, dB.
    pub before_db: f64,
    /// Residual with corrections, dB; `None` if not observed.
    pub after_db: Option<f64>,
}

impl ResidualPoint {
    /// Converts errors of [`errors_with`](wurli_train::evaluation::errors_with), without and with
    /// corrections.
    ///
    /// `after` is empty if there are no corrections. Notes with the same key and velocity are
    /// matched in their order.
    #[must_use]
    pub fn from_errors(before: &[NoteComparison], after: &[NoteComparison]) -> Vec<Self> {
        let mut corrected: HashMap<(u8, u8), Vec<&NoteErrors>> = HashMap::new();
        for NoteComparison { midi, velocity, errors } in after.iter().rev() {
            corrected.entry((*midi, *velocity)).or_default().push(errors);
        }
        let mut points = Vec::new();
        for NoteComparison { midi, velocity, errors } in before {
            let after = corrected.get_mut(&(*midi, *velocity)).and_then(Vec::pop);
            for (i, error_db) in errors.level_db.iter().enumerate() {
                let Some(error_db) = error_db else { continue };
                points.push(Self {
                    midi: *midi,
                    velocity: *velocity,
                    harmonic: i + 1,
                    // An error is rendering − recording.
                    before_db: -error_db,
                    after_db: after.and_then(|errors| errors.level_db[i]).map(|error_db| -error_db),
                });
            }
        }
        points
    }
}

/// Draws level residuals against keys as an SVG file.
///
/// Each of `harmonics` (2..=8) has a panel with the residuals of all notes and their mean absolute
/// values. Values that are not finite are ignored.
#[must_use]
pub fn residuals(title: &str, harmonics: &[usize], points: &[ResidualPoint]) -> String {
    residual_chart(title, harmonics, points).to_svg()
}

/// Returns the chart that [`residuals`] draws.
#[must_use]
pub fn residual_chart(title: &str, harmonics: &[usize], points: &[ResidualPoint]) -> Chart {
    let drawn = |point: &&ResidualPoint| harmonics.contains(&point.harmonic);
    let values = points.iter().filter(drawn).flat_map(|point| std::iter::once(point.before_db).chain(point.after_db));
    let panels: Vec<Panel> = harmonics
        .iter()
        .map(|harmonic| {
            let points: Vec<_> = points.iter().filter(|point| point.harmonic == *harmonic).collect();
            panel(*harmonic, &points)
        })
        .collect();
    let means: Vec<_> = panels.iter().map(|panel| format!("{}: {}", panel.caption, panel.remark)).collect();
    let single = panels.len() == 1;
    Chart {
        title: title.to_owned(),
        description: format!(
            "Level of each recorded note minus that of the voice, dB, by key, before and after correction. {}.",
            means.join("; ")
        ),
        x: Axis::keys("key"),
        y: Axis::around("recording \u{2212} voice, dB", values.chain([-1.0, 1.0])),
        panels,
        columns: if single { 1 } else { 2 },
        panel_px: if single { SINGLE_PX } else { MULTIPLE_PX },
    }
}

/// Harmonics with a level relative to H1: H2–H8.
pub const LEVEL_HARMONICS: [usize; HARMONICS - 1] = [2, 3, 4, 5, 6, 7, 8];

fn panel(harmonic: usize, points: &[&ResidualPoint]) -> Panel {
    let marker = |point: &ResidualPoint, word: &str, y: f64| Point {
        x: f64::from(point.midi),
        y,
        hint: format!("{} velocity {}, {word}: {} dB", note_name(point.midi), point.velocity, signed(y, 1)),
        ..Point::default()
    };
    let before: Vec<Point> = points.iter().map(|point| marker(point, "before", point.before_db)).collect();
    let after: Vec<Point> = points.iter().filter_map(|point| Some(marker(point, "after", point.after_db?))).collect();
    let links = points.iter().filter_map(|point| {
        let x = f64::from(point.midi);
        Some([(x, point.before_db), (x, point.after_db?)])
    });
    let remark = match (mean(&before), mean(&after)) {
        (Some(before), Some(after)) => format!("mean error {before:.2} dB before, {after:.2} dB after"),
        (Some(before), None) => format!("mean error {before:.2} dB before"),
        (None, _) => "nothing observed".to_owned(),
    };
    let mut series = vec![Series {
        name: "before correction".into(),
        colour: Colour::Vermilion,
        marker: Marker::Circle,
        connected: false,
        dashed: false,
        points: before,
    }];
    if !after.is_empty() {
        series.push(Series {
            name: "after correction".into(),
            colour: Colour::Blue,
            marker: Marker::Diamond,
            connected: false,
            dashed: false,
            points: after,
        });
    }
    Panel {
        caption: format!("H{harmonic}"),
        remark,
        rules: vec![Rule { y: 0.0, label: String::new(), dashed: false }],
        links: links.collect(),
        intervals: Vec::new(),
        series,
    }
}

/// Returns the mean absolute value of the finite points.
fn mean(points: &[Point]) -> Option<f64> {
    let finite: Vec<f64> = points.iter().map(|point| point.y.abs()).filter(|value| value.is_finite()).collect();
    (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / finite.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::test_svg::{Element, elements};

    fn point(midi: u8, harmonic: usize, before_db: f64, after_db: Option<f64>) -> ResidualPoint {
        ResidualPoint { midi, velocity: 64, harmonic, before_db, after_db }
    }

    fn markers(drawing: &[Element]) -> Vec<&Element> {
        drawing.iter().filter(|element| element.has_class("empty")).collect()
    }

    fn texts<'a>(drawing: &'a [Element], class: &str) -> Vec<&'a str> {
        drawing.iter().filter(|element| element.has_class(class)).map(|element| element.text.as_str()).collect()
    }

    #[test]
    fn each_harmonic_has_a_panel_with_mean_errors() {
        let points = [
            point(33, 2, 4.0, Some(-1.0)),
            point(60, 2, -2.0, Some(2.0)),
            point(60, 3, 3.0, None),
            point(61, 9, 50.0, None),
        ];
        let drawing = elements(&residuals("Levels", &LEVEL_HARMONICS, &points)).unwrap();
        assert_eq!(texts(&drawing, "caption"), ["H2", "H3", "H4", "H5", "H6", "H7", "H8"]);
        let remarks = texts(&drawing, "remark");
        assert_eq!(
            remarks[..3],
            ["mean error 3.00 dB before, 1.50 dB after", "mean error 3.00 dB before", "nothing observed"]
        );
        assert_eq!(drawing.iter().filter(|element| element.has_class("rule")).count(), 7);
        assert_eq!(texts(&drawing, "legend"), ["before correction", "after correction"]);
        // The legend has one more marker. A point without a panel is not drawn and does not widen
        // the axis.
        assert_eq!(markers(&drawing).len(), 3 + 1);
        assert!(texts(&drawing, "tick").contains(&"4") && !texts(&drawing, "tick").contains(&"50"));
    }

    #[test]
    fn points_match_the_axes() {
        let points = [point(33, 3, 10.0, None), point(69, 3, -10.0, None)];
        let drawing = elements(&residuals("Level of H3", &[3], &points)).unwrap();
        let tick = |label: &str| drawing.iter().find(|e| e.has_class("tick") && e.text == label).unwrap();
        let zero = drawing.iter().find(|element| element.has_class("rule")).unwrap().number("y1");
        let placed: Vec<_> = markers(&drawing)[1..].iter().map(|e| (e.number("cx"), e.number("cy"))).collect();
        assert_eq!(
            placed.iter().map(|place| place.0).collect::<Vec<_>>(),
            ["A1", "A4"].map(|key| tick(key).number("x"))
        );
        // Both are as far from zero as the ticks of 10 dB.
        let height = zero - placed[0].1;
        assert!(height > 0.0 && (placed[1].1 - zero - height).abs() < 0.02, "{placed:?}");
        let ten = tick("10").number("y") - tick("0").number("y");
        assert!((height + ten).abs() < 0.02, "{height} {ten}");
    }

    #[test]
    fn ignores_values_that_are_not_finite() {
        let points = [
            point(60, 2, f64::NAN, Some(1.0)),
            point(61, 2, 2.0, Some(f64::INFINITY)),
            point(62, 2, f64::NEG_INFINITY, None),
        ];
        let svg = residuals("Levels", &[2], &points);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let drawing = elements(&svg).unwrap();
        assert_eq!(markers(&drawing).len(), 1 + 1);
        assert_eq!(drawing.iter().filter(|element| element.has_class("link")).count(), 0);
        assert_eq!(texts(&drawing, "remark"), ["mean error 2.00 dB before, 1.00 dB after"]);
        assert!(elements(&residuals("Levels", &LEVEL_HARMONICS, &[])).is_ok());
    }

    #[test]
    fn titles_are_escaped() {
        let svg = residuals("<script>\"a\" & b</script>", &[2], &[]);
        let drawing = elements(&svg).unwrap();
        assert_eq!(drawing[0].attribute("role"), Some("img"));
        assert_eq!((drawing[1].name.as_str(), drawing[2].name.as_str()), ("title", "desc"));
        assert_eq!(drawing[1].text, "<script>\"a\" & b</script>");
        assert!(drawing.iter().all(|element| element.name != "script"));
    }

    #[test]
    fn matches_notes_of_the_same_key_and_velocity_in_order() {
        let errors = |db: f64| {
            let mut errors = NoteErrors::default();
            errors.level_db[1] = Some(db);
            errors
        };
        let before = [(60, 64, errors(1.0)), (60, 64, errors(2.0)), (61, 64, errors(3.0))];
        let after = [(60, 64, errors(-4.0)), (60, 64, errors(-5.0))];
        let found: Vec<_> = ResidualPoint::from_errors(&before, &after)
            .iter()
            .map(|p| (p.midi, p.harmonic, p.before_db, p.after_db))
            .collect();
        assert_eq!(found, [(60, 2, -1.0, Some(4.0)), (60, 2, -2.0, Some(5.0)), (61, 2, -3.0, None)]);
    }
}
