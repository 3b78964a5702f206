//! Labels beside points, each where it covers neither a marker nor another label.

use crate::plot::svg::{Anchor, TEXT_PX, width_px};

/// Distance of a label from the middle of its marker, px.
const DISTANCE_PX: f64 = 9.0;
/// Height of a line of text, and of it what lies above the baseline, px.
const HEIGHT_PX: f64 = 13.0;
const ASCENT_PX: f64 = 10.0;
/// Half the height of what stands on the middle of a line: where its baseline lies below that.
const MIDDLE_PX: f64 = 4.0;

/// Half the width that a line is taken to have, and the distance of two areas that stand for it, px.
const LINE_PX: (f64, f64) = (1.5, 4.0);

/// A rectangle on paper, px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn about((x, y): (f64, f64), radius: f64) -> Self {
        Self { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }

    /// Small areas along a line.
    pub(super) fn along(from: (f64, f64), to: (f64, f64)) -> impl Iterator<Item = Self> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = (dx.hypot(dy) / LINE_PX.1).ceil().max(1.0);
        (0..=steps as usize).map(move |i| {
            let share = i as f64 / steps;
            Self::about((from.0 + share * dx, from.1 + share * dy), LINE_PX.0)
        })
    }

    fn shared_with(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }

    fn size(&self) -> f64 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// Where a label was put.
pub(super) struct Placed {
    pub(super) at: (f64, f64),
    pub(super) anchor: Anchor,
}

/// Places labels one after the other within a frame.
pub(super) struct Labels {
    frame: Area,
    taken: Vec<Area>,
}

impl Labels {
    /// `markers` are what no label should cover.
    pub(super) fn new(frame: Area, markers: Vec<Area>) -> Self {
        Self { frame, taken: markers }
    }

    /// Finds a place beside a point: the first of eight that is free, or else the one that covers least.
    pub(super) fn beside(&mut self, (x, y): (f64, f64), text: &str) -> Placed {
        let near = DISTANCE_PX * 0.75;
        let (above, below) = (y - near, y + near + ASCENT_PX - 2.0);
        let places = [
            (x + DISTANCE_PX, y + MIDDLE_PX, Anchor::Start),
            (x - DISTANCE_PX, y + MIDDLE_PX, Anchor::End),
            (x, above - 2.0, Anchor::Middle),
            (x, below + 2.0, Anchor::Middle),
            (x + near, above, Anchor::Start),
            (x + near, below, Anchor::Start),
            (x - near, above, Anchor::End),
            (x - near, below, Anchor::End),
        ];
        self.best(&places, text)
    }

    /// Finds a place above or below the right end of a horizontal line, or else at its left end.
    pub(super) fn beside_rule(&mut self, (right, y): (f64, f64), text: &str) -> Placed {
        let (above, below) = (y - 5.0, y + ASCENT_PX + 4.0);
        let (left, right) = (self.frame.left + 6.0, right - 6.0);
        let places = [
            (right, above, Anchor::End),
            (right, below, Anchor::End),
            (left, above, Anchor::Start),
            (left, below, Anchor::Start),
        ];
        self.best(&places, text)
    }

    fn best(&mut self, places: &[(f64, f64, Anchor)], text: &str) -> Placed {
        let width = width_px(text, TEXT_PX);
        let covered = |place: &(f64, f64, Anchor)| {
            let area = area(*place, width);
            let outside = area.size() - area.shared_with(&self.frame);
            // What the frame cuts off cannot be read at all; what two labels share can be guessed.
            self.taken.iter().map(|other| area.shared_with(other)).sum::<f64>() + 10.0 * outside
        };
        let (mut least, mut best) = (f64::INFINITY, (0.0, 0.0, Anchor::Start));
        for place in places {
            // Areas that differ by rounding alone are the same.
            if covered(place) < least - 1e-6 {
                (least, best) = (covered(place), *place);
            }
        }
        self.taken.push(area(best, width));
        Placed { at: (best.0, best.1), anchor: best.2 }
    }
}

fn area((x, y, anchor): (f64, f64, Anchor), width: f64) -> Area {
    let left = match anchor {
        Anchor::Start => x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let top = y - ASCENT_PX;
    Area { left, top, right: left + width, bottom: top + HEIGHT_PX }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Area = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 };

    #[test]
    fn labels_of_points_side_by_side_do_not_cover_each_other_or_a_marker() {
        let points = [(100.0, 100.0), (125.0, 100.0), (150.0, 102.0), (380.0, 100.0), (390.0, 295.0)];
        let markers: Vec<_> = points.iter().map(|point| Area::about(*point, 4.0)).collect();
        let mut labels = Labels::new(FRAME, markers.clone());
        for point in points {
            labels.beside(point, "400 epochs");
        }
        let (markers, placed) = labels.taken.split_at(markers.len());
        for (i, area) in placed.iter().enumerate() {
            assert_eq!(area.shared_with(&FRAME), area.size(), "{area:?} leaves the frame");
            assert!(markers.iter().chain(&placed[..i]).all(|other| area.shared_with(other) == 0.0), "{placed:?}");
        }
    }

    #[test]
    fn a_label_evades_a_line() {
        let line = Area::along((100.0, 100.0), (300.0, 102.0)).collect();
        let placed = Labels::new(FRAME, line).beside((100.0, 100.0), "keyboard");
        assert_eq!((placed.at, placed.anchor.name()), ((91.0, 104.0), "end"));
    }

    #[test]
    fn a_point_alone_is_named_at_its_right() {
        let placed = Labels::new(FRAME, Vec::new()).beside((100.0, 100.0), "keyboard");
        assert_eq!((placed.at, placed.anchor.name()), ((109.0, 104.0), "start"));
    }
}
