//! Count of what an import leaves out.

use std::fmt;
use std::iter::Sum;

/// Number of recordings and SFZ regions that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Files, and strikes of a take.
    pub recordings: usize,
    /// Regions of an SFZ file.
    pub regions: usize,
}

impl LeftOut {
    pub(super) const fn recordings(recordings: usize) -> Self {
        Self { recordings, regions: 0 }
    }

    pub(super) const fn regions(regions: usize) -> Self {
        Self { recordings: 0, regions }
    }
}

impl Sum for LeftOut {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), |sum, item| Self {
            recordings: sum.recordings + item.recordings,
            regions: sum.regions + item.regions,
        })
    }
}

/// Formats `12`, `12 and 3 regions` or `3 regions`.
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regions = |s: &str| format!("{} region{s}", self.regions);
        let regions = if self.regions == 1 { regions("") } else { regions("s") };
        match (self.recordings, self.regions) {
            (recordings, 0) => write!(formatter, "{recordings}"),
            (0, _) => formatter.write_str(&regions),
            (recordings, _) => write!(formatter, "{recordings} and {regions}"),
        }
    }
}
