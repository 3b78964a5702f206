//! Conditions under which a region sounds, other than key and velocity.

/// Ranges of what is neither key nor velocity, with the value before anything is played.
const RANGES: [(&str, f64); 5] = [("bend", 0.0), ("chanaft", 0.0), ("polyaft", 0.0), ("prog", 0.0), ("bpm", 120.0)];
/// Controllers that do not begin at 0.
const CONTROLLERS: [(&str, f64); 4] = [("7", 100.0), ("8", 64.0), ("10", 64.0), ("11", 127.0)];

/// Greatest value of a controller in `loccN`; in `lohdccN` it is 1.
const CONTROLLER_MAX: f64 = 127.0;

/// Returns true for opcodes that limit when a region sounds, and those that set controllers.
pub(super) fn is_condition(name: &str) -> bool {
    matches!(name, "sw_down" | "sw_up" | "sw_previous") || range(name).is_some() || set_by(name).is_some()
}

/// Returns the controller that `set_ccN` or `set_hdccN` sets, and the factor from its values to
/// MIDI's.
pub(super) fn set_by(name: &str) -> Option<(&str, f64)> {
    let number = |prefix| name.strip_prefix(prefix).filter(|number| is_number(number));
    number("set_cc").map(|number| (number, 1.0)).or_else(|| number("set_hdcc").map(|number| (number, CONTROLLER_MAX)))
}

/// Returns true if the condition `name = value` holds before anything is played. `set` are the
/// controllers that the pack sets.
pub(super) fn holds_by_default(name: &str, value: Option<f64>, set: &dyn Fn(&str) -> Option<f64>) -> bool {
    if matches!(name, "sw_down" | "sw_previous") {
        return false;
    }
    let (Some((limit, of)), Some(bound)) = (range(name), value) else { return true };
    let (at, bound) = match of {
        Of::Controller(number, factor) => {
            let usual = CONTROLLERS.iter().find(|(known, _)| *known == number).map_or(0.0, |(_, value)| *value);
            (set(number).unwrap_or(usual), bound * factor)
        }
        Of::Other(value) => (value, bound),
    };
    match limit {
        Limit::AtLeast => at >= bound,
        Limit::AtMost => at <= bound,
        Limit::Above => at > bound,
        Limit::Below => at < bound,
    }
}

/// Values for which a region sounds.
enum Limit {
    AtLeast,
    AtMost,
    /// A fade-in is silent at its low end.
    Above,
    /// A fade-out is silent at its high end.
    Below,
}

enum Of<'a> {
    /// A controller, and the factor from the opcode's values to MIDI's.
    Controller(&'a str, f64),
    Other(f64),
}

/// Splits `loccN`, `hibend`, …: its limit, and what it limits.
fn range(name: &str) -> Option<(Limit, Of<'_>)> {
    let limits = [("lo", Limit::AtLeast), ("hi", Limit::AtMost), ("xfin_lo", Limit::Above), ("xfout_hi", Limit::Below)];
    let (what, limit) = limits.into_iter().find_map(|(prefix, limit)| Some((name.strip_prefix(prefix)?, limit)))?;
    let number = |prefix| what.strip_prefix(prefix).filter(|number| is_number(number));
    let controller = number("cc").map(|number| Of::Controller(number, 1.0));
    let controller = controller.or_else(|| number("hdcc").map(|number| Of::Controller(number, CONTROLLER_MAX)));
    let other = || RANGES.iter().find(|(known, _)| *known == what).map(|(_, value)| Of::Other(*value));
    Some((limit, controller.or_else(other)?))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_by_default_or_does_not() {
        let none = |_: &str| None;
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
            ("sw_down", 24.0, false),
            ("sw_up", 24.0, true),
            ("lokey", 60.0, true),
            ("lovel", 60.0, true),
            ("volume", -6.0, true),
        ] {
            assert_eq!(holds_by_default(name, Some(value), &none), holds, "{name}");
        }
        assert!(holds_by_default("locc20", Some(64.0), &|number| (number == "20").then_some(100.0)));
        assert_eq!((set_by("set_cc7"), set_by("set_hdcc20")), (Some(("7", 1.0)), Some(("20", 127.0))));
        assert!(is_condition("locc64") && is_condition("set_cc20") && !is_condition("lovel") && !is_condition("lokey"));
    }
}
