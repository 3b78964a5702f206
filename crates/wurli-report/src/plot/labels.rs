//! Label placement: labels beside points that cover neither markers nor other labels.

use crate::plot::svg::{Anchor, TEXT_PX, width_px};

/// Distance of a label from the centre of its marker, px.
const DISTANCE_PX: f64 = 9.0;
/// Height of a line of text, and its part above the baseline, px.
const HEIGHT_PX: f64 = 13.0;
const ASCENT_PX: f64 = 10.0;
/// Distance from the middle of a line of text down to its baseline, px.
const MIDDLE_PX: f64 = 4.0;
/// Half the assumed width of a line, and distance of the areas that represent it, px.
const LINE_PX: (f64, f64) = (1.5, 4.0);

/// A rectangle, px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn centred((x, y): (f64, f64), radius: f64) -> Self {
        Self { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }

    /// Returns small areas along a line.
    pub(super) fn along(from: (f64, f64), to: (f64, f64)) -> impl Iterator<Item = Self> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let steps = (dx.hypot(dy) / LINE_PX.1).ceil().max(1.0);
        (0..=steps as usize).map(move |i| {
            let fraction = i as f64 / steps;
            Self::centred((from.0 + fraction * dx, from.1 + fraction * dy), LINE_PX.0)
        })
    }

    fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        width.max(0.0) * height.max(0.0)
    }

    fn size(&self) -> f64 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// Position of a label.
pub(super) struct LabelPosition {
    pub(super) at: (f64, f64),
    pub(super) anchor: Anchor,
}

/// Places labels within a frame, one after the other.
pub(super) struct Labels {
    frame: Area,
    occupied: Vec<Area>,
}

impl Labels {
    /// Starts with the areas that no label should cover.
    pub(super) fn new(frame: Area, markers: Vec<Area>) -> Self {
        Self { frame, occupied: markers }
    }

    /// Finds a position beside a point: the first free one of eight, or the one that covers least.
    pub(super) fn beside(&mut self, (x, y): (f64, f64), text: &str) -> LabelPosition {
        let near = DISTANCE_PX * 0.75;
        let (above, below) = (y - near, y + near + ASCENT_PX - 2.0);
        let positions = [
            (x + DISTANCE_PX, y + MIDDLE_PX, Anchor::Start),
            (x - DISTANCE_PX, y + MIDDLE_PX, Anchor::End),
            (x, above - 2.0, Anchor::Middle),
            (x, below + 2.0, Anchor::Middle),
            (x + near, above, Anchor::Start),
            (x + near, below, Anchor::Start),
            (x - near, above, Anchor::End),
            (x - near, below, Anchor::End),
        ];
        self.best(&positions, text)
    }

    /// Finds a position above or below the right end of a horizontal line, or at its left end.
    pub(super) fn beside_rule(&mut self, (right, y): (f64, f64), text: &str) -> LabelPosition {
        let (above, below) = (y - 5.0, y + ASCENT_PX + 4.0);
        let (left, right) = (self.frame.left + 6.0, right - 6.0);
        let positions = [
            (right, above, Anchor::End),
            (right, below, Anchor::End),
            (left, above, Anchor::Start),
            (left, below, Anchor::Start),
        ];
        self.best(&positions, text)
    }

    fn best(&mut self, positions: &[(f64, f64, Anchor)], text: &str) -> LabelPosition {
        let width = width_px(text, TEXT_PX);
        let covered = |position: &(f64, f64, Anchor)| {
            let area = area(*position, width);
            let outside = area.size() - area.overlap(&self.frame);
            // Text beyond the frame is unreadable; overlapping text can be guessed.
            self.occupied.iter().map(|other| area.overlap(other)).sum::<f64>() + 10.0 * outside
        };
        let (mut least, mut best) = (f64::INFINITY, (0.0, 0.0, Anchor::Start));
        for position in positions {
            // The tolerance ignores rounding.
            if covered(position) < least - 1e-6 {
                (least, best) = (covered(position), *position);
            }
        }
        self.occupied.push(area(best, width));
        LabelPosition { at: (best.0, best.1), anchor: best.2 }
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
    fn labels_cover_neither_each_other_nor_markers() {
        let points = [(100.0, 100.0), (125.0, 100.0), (150.0, 102.0), (380.0, 100.0), (390.0, 295.0)];
        let markers: Vec<_> = points.iter().map(|point| Area::centred(*point, 4.0)).collect();
        let mut labels = Labels::new(FRAME, markers.clone());
        for point in points {
            labels.beside(point, "400 epochs");
        }
        let (markers, placed) = labels.occupied.split_at(markers.len());
        for (i, area) in placed.iter().enumerate() {
            assert_eq!(area.overlap(&FRAME), area.size(), "{area:?} leaves the frame");
            assert!(markers.iter().chain(&placed[..i]).all(|other| area.overlap(other) == 0.0), "{placed:?}");
        }
    }

    #[test]
    fn label_avoids_a_line() {
        let line = Area::along((100.0, 100.0), (300.0, 102.0)).collect();
        let placed = Labels::new(FRAME, line).beside((100.0, 100.0), "keyboard");
        assert_eq!((placed.at, placed.anchor.name()), ((91.0, 104.0), "end"));
    }

    #[test]
    fn single_point_is_labelled_at_the_right() {
        let placed = Labels::new(FRAME, Vec::new()).beside((100.0, 100.0), "keyboard");
        assert_eq!((placed.at, placed.anchor.name()), ((109.0, 104.0), "start"));
    }
}
