//! Conditions under which a region sounds, other than key and velocity.

/// Ranges of what is neither key nor velocity, with the value before anything is played.
const RANGES: [(&str, f64); 5] = [("bend", 0.0), ("chanaft", 0.0), ("polyaft", 0.0), ("prog", 0.0), ("bpm", 120.0)];
/// Controllers that do not begin at 0.
const CONTROLLERS: [(&str, f64); 4] = [("7", 100.0), ("8", 64.0), ("10", 64.0), ("11", 127.0)];

/// Returns true for opcodes that limit when a region sounds, and those that set controllers.
pub(super) fn is_condition(name: &str) -> bool {
    matches!(name, "sw_down" | "sw_up" | "sw_previous") || range(name).is_some() || name.starts_with("set_cc")
}

/// Returns true if the condition `name = value` holds before anything is played. `set` are the
/// controllers that the pack sets.
pub(super) fn holds_by_default(name: &str, value: Option<f64>, set: &dyn Fn(&str) -> Option<f64>) -> bool {
    if matches!(name, "sw_down" | "sw_previous") {
        return false;
    }
    let (Some((is_low, of)), Some(bound)) = (range(name), value) else { return true };
    let at = match of {
        Of::Controller(number) => {
            let usual = CONTROLLERS.iter().find(|(known, _)| *known == number).map_or(0.0, |(_, value)| *value);
            set(number).unwrap_or(usual)
        }
        Of::Other(value) => value,
    };
    if is_low { at >= bound } else { at <= bound }
}

enum Of<'a> {
    Controller(&'a str),
    Other(f64),
}

/// Splits `loccN`, `hibend`, …: whether it is the lower bound, and what it bounds.
fn range(name: &str) -> Option<(bool, Of<'_>)> {
    let (is_low, what) = match (name.strip_prefix("lo"), name.strip_prefix("hi")) {
        (Some(what), _) => (true, what),
        (_, Some(what)) => (false, what),
        _ => return None,
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(number) = what.strip_prefix("cc").filter(|number| is_number(number)) {
        return Some((is_low, Of::Controller(number)));
    }
    RANGES.iter().find(|(known, _)| *known == what).map(|(_, value)| (is_low, Of::Other(*value)))
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
        assert!(is_condition("locc64") && is_condition("set_cc20") && !is_condition("lovel") && !is_condition("lokey"));
    }
}
