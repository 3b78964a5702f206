//! Conditions under which a region sounds, other than key and velocity.

use std::collections::{BTreeMap, BTreeSet};

/// Ranges of what is neither key nor velocity, with the value before anything is played.
const RANGES: [(&str, f64); 6] =
    [("bend", 0.0), ("chan", 1.0), ("chanaft", 0.0), ("polyaft", 0.0), ("prog", 0.0), ("bpm", 120.0)];
/// Controllers that do not begin at 0.
const CONTROLLERS: [(&str, f64); 4] = [("7", 100.0), ("8", 64.0), ("10", 64.0), ("11", 127.0)];
/// Prefixes of the opcodes that limit a range.
const LIMITS: [&str; 6] = ["xfin_lo", "xfin_hi", "xfout_lo", "xfout_hi", "lo", "hi"];

/// Greatest value of a controller in `loccN`; in `lohdccN` it is 1.
const CONTROLLER_MAX: f64 = 127.0;

/// Values of a controller, or of what else chooses regions, for which a region sounds.
pub(super) type Range = (i32, i32);

/// Conditions of a region.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    /// False if the region is silent before anything is played.
    pub(super) hold_by_default: bool,
    /// Ranges of what it depends on, by name: `cc1`, `bend`, `sw_down`.
    pub(super) ranges: BTreeMap<String, Range>,
}

impl Conditions {
    /// Reads the conditions of a region with the opcodes `names`. `value` gives their values, and
    /// `set` the controllers that the pack sets.
    pub(super) fn read<'a>(
        names: impl Iterator<Item = &'a str>,
        value: &dyn Fn(&str) -> Option<f64>,
        set: &dyn Fn(&str) -> Option<f64>,
    ) -> Self {
        let mut found = Self { hold_by_default: true, ranges: BTreeMap::new() };
        let mut limited = BTreeSet::new();
        for name in names {
            if matches!(name, "sw_down" | "sw_previous") {
                found.hold_by_default = false;
                found.ranges.extend(value(name).map(|key| (name.to_owned(), (key as i32, key as i32))));
            }
            limited.extend(limited_by(name));
        }
        for what in limited {
            let usual =
                |number: &str| CONTROLLERS.iter().find(|(known, _)| *known == number).map_or(0.0, |(_, at)| *at);
            let number = controller(what);
            let at = match number {
                Some((number, _)) => set(number).unwrap_or_else(|| usual(number)),
                None => RANGES.iter().find(|(known, _)| *known == what).map_or(0.0, |(_, at)| *at),
            };
            let factor = number.map_or(1.0, |(_, factor)| factor);
            let limits = Limits::read(&|prefix| Some(factor * value(&format!("{prefix}{what}"))?));
            found.hold_by_default &= limits.hold(at);
            let (name, bounds) = match number {
                Some((number, _)) => (format!("cc{number}"), (0.0, CONTROLLER_MAX)),
                None => (what.to_owned(), (f64::from(i32::MIN), f64::from(i32::MAX))),
            };
            let (low, high) = limits.range(bounds);
            // `locc1` and `lohdcc1` may both limit controller 1.
            let both = found.ranges.entry(name).or_insert((low, high));
            *both = (both.0.max(low), both.1.min(high));
        }
        found
    }
}

/// Limits of one quantity. A crossfade counts from its middle.
struct Limits {
    low: Option<f64>,
    high: Option<f64>,
    fade_in: Option<f64>,
    fade_out: Option<f64>,
    /// A fade-out is silent at its high end.
    silent_from: Option<f64>,
}

impl Limits {
    fn read(value: &dyn Fn(&str) -> Option<f64>) -> Self {
        // A fade with one end bounds the range there.
        let middle = |from: Option<f64>, to: Option<f64>| Some((from.or(to)? + to.or(from)?) / 2.0);
        Self {
            low: value("lo"),
            high: value("hi"),
            fade_in: middle(value("xfin_lo"), value("xfin_hi")),
            fade_out: middle(value("xfout_lo"), value("xfout_hi")),
            silent_from: value("xfout_hi"),
        }
    }

    fn hold(&self, at: f64) -> bool {
        self.low.is_none_or(|low| at >= low)
            && self.high.is_none_or(|high| at <= high)
            && self.fade_in.is_none_or(|middle| at > middle)
            && self.fade_out.is_none_or(|middle| at <= middle)
            && self.silent_from.is_none_or(|high| at < high)
    }

    /// Returns the range within the bounds of the quantity.
    fn range(&self, (least, greatest): (f64, f64)) -> Range {
        let low = self.low.unwrap_or(least).max(self.fade_in.unwrap_or(least));
        let high = self.high.unwrap_or(greatest).min(self.fade_out.unwrap_or(greatest));
        let bounded = |value: f64| value.round().clamp(least, greatest) as i32;
        (bounded(low), bounded(high))
    }
}

/// Returns true for opcodes that limit when a region sounds, and those that set controllers.
pub(super) fn is_condition(name: &str) -> bool {
    matches!(name, "sw_down" | "sw_up" | "sw_previous") || limited_by(name).is_some() || set_by(name).is_some()
}

/// Returns the controller that `set_ccN` or `set_hdccN` sets, and the factor from its values to
/// MIDI's.
pub(super) fn set_by(name: &str) -> Option<(&str, f64)> {
    controller(name.strip_prefix("set_")?)
}

/// Returns what an opcode limits: `cc64` for `locc64` and `xfin_hicc64`.
fn limited_by(name: &str) -> Option<&str> {
    let what = LIMITS.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    (controller(what).is_some() || RANGES.iter().any(|(known, _)| *known == what)).then_some(what)
}

/// Returns the number of `ccN` or `hdccN`, and the factor from its values to MIDI's.
fn controller(what: &str) -> Option<(&str, f64)> {
    let (number, factor) = match what.strip_prefix("hdcc") {
        Some(number) => (number, CONTROLLER_MAX),
        None => (what.strip_prefix("cc")?, 1.0),
    };
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((number, factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(opcodes: &[(&str, f64)], set: &[(&str, f64)]) -> Conditions {
        let get = |of: &[(&str, f64)], name: &str| of.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Conditions::read(opcodes.iter().map(|(name, _)| *name), &|name| get(opcodes, name), &|name| get(set, name))
    }

    #[test]
    fn a_condition_holds_by_default_or_does_not() {
        for (name, value, holds) in [
            ("locc64", 65.0, false),
            ("hicc64", 63.0, true),
            ("locc7", 90.0, true),
            ("locc1", 0.0, true),
            ("lobend", 100.0, false),
            ("lohdcc64", 0.5, false),
            ("hihdcc64", 0.5, true),
            ("xfin_locc1", 0.0, false),
            ("xfout_hicc1", 80.0, true),
            ("xfout_hicc7", 100.0, false),
            ("lochanaft", 1.0, false),
            ("lochan", 2.0, false),
            ("hichan", 1.0, true),
            ("sw_down", 24.0, false),
            ("sw_up", 24.0, true),
            ("lokey", 60.0, true),
            ("lovel", 60.0, true),
            ("volume", -6.0, true),
        ] {
            assert_eq!(conditions(&[(name, value)], &[]).hold_by_default, holds, "{name}");
        }
        assert!(conditions(&[("locc20", 64.0)], &[("20", 100.0)]).hold_by_default);
        assert_eq!((set_by("set_cc7"), set_by("set_hdcc20")), (Some(("7", 1.0)), Some(("20", 127.0))));
        for name in ["locc64", "set_cc20", "xfin_hicc1", "xfout_lohdcc1"] {
            assert!(is_condition(name), "{name}");
        }
        assert!(!is_condition("lovel") && !is_condition("lokey") && !is_condition("xfin_lovel"));
    }

    #[test]
    fn limits_in_both_units_of_a_controller_are_intersected() {
        for (opcodes, range) in [
            ([("locc1", 64.0), ("hihdcc1", 0.8)], (64, 102)),
            ([("hicc1", 40.0), ("hihdcc1", 0.8)], (0, 40)),
            ([("hicc1", 110.0), ("lohdcc1", 0.5)], (64, 110)),
        ] {
            assert_eq!(conditions(&opcodes, &[]).ranges, BTreeMap::from([("cc1".to_owned(), range)]), "{opcodes:?}");
        }
    }

    #[test]
    fn of_two_that_a_controller_crossfades_one_sounds_by_default() {
        let soft = [("xfout_locc1", 0.0), ("xfout_hicc1", 127.0)];
        let hard = [("xfin_locc1", 0.0), ("xfin_hicc1", 127.0)];
        for (at, sounds) in [(0.0, [true, false]), (63.0, [true, false]), (64.0, [false, true]), (127.0, [false, true])]
        {
            let found = [soft, hard].map(|opcodes| conditions(&opcodes, &[("1", at)]));
            assert_eq!(found.each_ref().map(|found| found.hold_by_default), sounds, "{at}");
            assert_eq!(found.map(|found| found.ranges["cc1"]), [(0, 64), (64, 127)]);
        }
    }
}
