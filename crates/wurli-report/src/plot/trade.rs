//! Trade-off between errors on trained notes and on notes left out of the training.

use crate::plot::axis::Axis;
use crate::plot::chart::{Chart, Panel, Rule};
use crate::plot::series::{Colour, Marker, Point, Series};

/// Size of the panel, px.
const PANEL_PX: (f64, f64) = (720.0, 440.0);
/// Margin around the points, as a fraction of their range.
const MARGIN: f64 = 0.05;
/// Markers in the order of assignment. Four markers and five colours repeat after twenty groups.
const MARKERS: [Marker; 4] = [Marker::Dot, Marker::Square, Marker::Triangle, Marker::Diamond];

/// Errors of one training setting.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeOff {
    /// Label of the point.
    pub label: String,
    /// Name of the series.
    pub group: String,
    /// Mean absolute level error of trained notes, dB.
    pub trained_db: f64,
    /// Mean absolute level error of notes left out, dB.
    pub left_out_db: f64,
    /// Highlights the point as the chosen setting.
    pub chosen: bool,
}

/// Draws left-out error against trained error as an SVG file.
///
/// Each setting is a point; those of a group are joined in their order. A dashed line marks the
/// error without corrections, dB. Values that are not finite are ignored.
#[must_use]
pub fn trade_off(title: &str, settings: &[TradeOff], uncorrected_db: f64) -> String {
    let drawn = || settings.iter().filter(|one| one.trained_db.is_finite() && one.left_out_db.is_finite());
    let mut groups: Vec<&str> = Vec::new();
    for one in drawn() {
        if !groups.contains(&one.group.as_str()) {
            groups.push(&one.group);
        }
    }
    let series = groups.iter().enumerate().map(|(i, group)| Series {
        name: (*group).to_owned(),
        colour: Colour::ALL[i % Colour::ALL.len()],
        marker: MARKERS[i % MARKERS.len()],
        connected: true,
        dashed: false,
        points: drawn().filter(|one| one.group == *group).map(point).collect(),
    });
    let mut description =
        "Error on notes left out of the training against error on the notes trained on, dB; a point for each \
                           training setting."
            .to_owned();
    let mut rules = Vec::new();
    if uncorrected_db.is_finite() {
        description += &format!(" Without corrections {uncorrected_db:.2} dB.");
        rules.push(Rule { y: uncorrected_db, label: format!("no correction: {uncorrected_db:.2} dB"), dashed: true });
    }
    for one in drawn().filter(|one| one.chosen) {
        description += &format!(" Chosen: {}", point(one).hint);
        description.push('.');
    }
    Chart {
        title: title.to_owned(),
        description,
        x: Axis::around("error on the notes trained on, dB", with_margin(drawn().map(|one| one.trained_db))),
        y: Axis::around(
            "error on notes left out, dB",
            with_margin(drawn().map(|one| one.left_out_db).chain([uncorrected_db])),
        ),
        panels: vec![Panel { rules, series: series.collect(), ..Panel::default() }],
        columns: 1,
        panel_px: PANEL_PX,
    }
    .to_svg()
}

/// Appends two values a little outside the others, which leaves space for a ring and a label.
fn with_margin(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let ends = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    let margin = (ends.1 - ends.0) * MARGIN;
    values.extend([ends.0 - margin, ends.1 + margin]);
    values
}

fn point(one: &TradeOff) -> Point {
    let TradeOff { label, group, trained_db, left_out_db, chosen } = one;
    Point {
        x: *trained_db,
        y: *left_out_db,
        label: if *chosen { format!("{label} (chosen)") } else { label.clone() },
        hint: format!("{group}, {label}: {trained_db:.2} dB trained, {left_out_db:.2} dB left out"),
        ringed: *chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::test_svg::{Element, elements};

    fn setting(group: &str, label: &str, trained_db: f64, left_out_db: f64) -> TradeOff {
        TradeOff { label: label.into(), group: group.into(), trained_db, left_out_db, chosen: false }
    }

    fn with_class<'a>(drawing: &'a [Element], class: &str) -> Vec<&'a Element> {
        drawing.iter().filter(|element| element.has_class(class)).collect()
    }

    #[test]
    fn points_match_the_axes_and_the_chosen_one_is_ringed() {
        let mut settings = [
            setting("keyboard", "weak", 4.0, 4.5),
            setting("keyboard", "strong", 3.0, 5.0),
            setting("notes", "1000 epochs", 2.0, 6.0),
        ];
        settings[1].chosen = true;
        let drawing = elements(&trade_off("Trade-off", &settings, 5.0)).unwrap();
        let labels: Vec<_> = with_class(&drawing, "point-label").iter().map(|label| label.text.clone()).collect();
        assert_eq!(labels, ["weak", "strong (chosen)", "1000 epochs"]);
        let tick = |label: &str, axis: &str| {
            let of_axis = |e: &&&Element| (e.attribute("text-anchor") == Some("middle")) == (axis == "x");
            with_class(&drawing, "tick").iter().filter(of_axis).find(|e| e.text == label).unwrap().number(axis)
        };
        let [ring] = with_class(&drawing, "ring")[..] else { panic!("{drawing:?}") };
        let [rule] = with_class(&drawing, "rule")[..] else { panic!("{drawing:?}") };
        assert!((ring.number("cx") - tick("3.0", "x")).abs() < 0.02);
        // Its left-out error equals that of no correction.
        assert!((ring.number("cy") - rule.number("y1")).abs() < 0.02 && rule.has_class("dashed"));
        assert!(tick("4.5", "y") > ring.number("cy") && ring.number("cy") > tick("6.0", "y"));
        assert!(drawing[2].text.contains("Chosen: keyboard, strong: 3.00 dB trained, 5.00 dB left out."));
        assert_eq!(with_class(&drawing, "rule-label")[0].text, "no correction: 5.00 dB");
    }

    #[test]
    fn groups_differ_in_colour_and_shape() {
        let settings = ["a", "b", "c"].map(|group| setting(group, "1", 1.0, 2.0));
        let drawing = elements(&trade_off("Trade-off", &settings, 3.0)).unwrap();
        for (class, element) in [("blue", "circle"), ("vermilion", "polygon"), ("green", "polygon")] {
            let at = drawing.iter().rposition(|e| e.has_class(class)).unwrap();
            assert_eq!(drawing[at + 1].name, element);
        }
        let shapes: std::collections::HashSet<_> =
            (0..20).map(|i| (i % Colour::ALL.len(), i % MARKERS.len())).collect();
        assert_eq!(shapes.len(), 20);
    }

    #[test]
    fn ignores_infinite_values_and_escapes_labels() {
        let settings = [
            setting("a<b", "x & y", 2.0, 3.0),
            setting("none", "lost", f64::NAN, 3.0),
            setting("none", "", 1.0, f64::INFINITY),
        ];
        let svg = trade_off("Trade-off", &settings, f64::NAN);
        assert!(!svg.contains("NaN") && !svg.contains("inf") && !svg.contains("lost"), "{svg}");
        let drawing = elements(&svg).unwrap();
        assert_eq!(with_class(&drawing, "point-label")[0].text, "x & y");
        assert_eq!(with_class(&drawing, "legend").iter().map(|e| e.text.as_str()).collect::<Vec<_>>(), ["a<b"]);
        assert!(with_class(&drawing, "rule").is_empty());
        assert!(elements(&trade_off("Nothing", &[], f64::NAN)).is_ok());
    }
}
