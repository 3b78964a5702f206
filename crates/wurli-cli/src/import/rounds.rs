//! Order of the strikes in a take: once through the keys per dynamic, or each key at all dynamics
//! in turn.
//!
//! A key that was forgotten in one round and struck twice in another has as many strikes as the
//! others, but other dynamics.

use std::collections::BTreeMap;

use wurli_train::note_event::NoteEvent;

/// Strikes of each key, in order.
type Strikes<'a> = BTreeMap<u8, Vec<&'a NoteEvent>>;

/// Returns the keys whose strikes do not fit the order of the others, with the reason. All keys of
/// `strikes` have `rounds` strikes.
pub(super) fn out_of_order(strikes: &Strikes<'_>, events: &[NoteEvent], rounds: usize) -> Vec<(u8, String)> {
    if rounds < 2 {
        return Vec::new();
    }
    let in_a_row: Vec<u8> =
        strikes.iter().filter(|(_, struck)| is_in_a_row(struck, events)).map(|(midi, _)| *midi).collect();
    if 2 * in_a_row.len() > strikes.len() {
        let why = "its strikes do not follow one another as those of the other keys do".to_owned();
        return strikes.keys().filter(|midi| !in_a_row.contains(midi)).map(|midi| (*midi, why.clone())).collect();
    }
    let mut found: BTreeMap<u8, String> = BTreeMap::new();
    for round in 1..rounds {
        let Some(boundary_s) = boundary(strikes, events, round) else { continue };
        for (midi, struck) in strikes {
            match crosses(struck, round, boundary_s) {
                Some(Side::Before) => {
                    drop(found.insert(*midi, format!("strike {} lies before round {}", round + 1, round + 1)))
                }
                Some(Side::After) => drop(found.insert(*midi, format!("strike {round} lies after round {round}"))),
                None => {}
            }
        }
        if let Some(midi) = turned(events, strikes, boundary_s) {
            found.insert(
                midi,
                format!("it was struck twice between rounds {round} and {}, against the order of the keys", round + 1),
            );
        }
    }
    found.into_iter().collect()
}

enum Side {
    Before,
    After,
}

fn is_in_a_row(struck: &[&NoteEvent], events: &[NoteEvent]) -> bool {
    let (Some(first), Some(last)) = (struck.first(), struck.last()) else { return false };
    let within = |event: &&NoteEvent| (first.onset_s..=last.onset_s).contains(&event.onset_s);
    events.iter().filter(within).all(|event| event.midi == first.midi)
}

/// Returns the side of the boundary before strike `round` on which a key has one strike too many.
fn crosses(struck: &[&NoteEvent], round: usize, boundary_s: f64) -> Option<Side> {
    let (before, after) = (struck.get(round.checked_sub(1)?)?, struck.get(round)?);
    if before.onset_s > boundary_s {
        return Some(Side::After);
    }
    (after.onset_s < boundary_s).then_some(Side::Before)
}

/// Returns the time that separates most strikes `round − 1` from strikes `round`, s.
fn boundary(strikes: &Strikes<'_>, events: &[NoteEvent], round: usize) -> Option<f64> {
    let wrong = |time_s: f64| strikes.values().filter(|struck| crosses(struck, round, time_s).is_some()).count();
    let between = events.windows(2).map(|pair| 0.5 * (pair[0].onset_s + pair[1].onset_s));
    between.min_by_key(|time_s| wrong(*time_s))
}

/// Returns the key on both sides of the boundary that breaks the order of the scale on one of them.
fn turned(events: &[NoteEvent], strikes: &Strikes<'_>, boundary_s: f64) -> Option<u8> {
    let at = events.iter().position(|event| event.onset_s > boundary_s)?;
    let (before, after) = events.split_at(at);
    let midi = before.last()?.midi;
    if after.first()?.midi != midi || !strikes.contains_key(&midi) {
        return None;
    }
    let breaks = |keys: &[u8]| keys.len() > 3 && is_monotone(&keys[1..]) && !is_monotone(keys);
    let round = strikes.len();
    let backwards: Vec<u8> = before.iter().rev().take(round).map(|event| event.midi).collect();
    let forwards: Vec<u8> = after.iter().take(round).map(|event| event.midi).collect();
    (breaks(&backwards) || breaks(&forwards)).then_some(midi)
}

fn is_monotone(keys: &[u8]) -> bool {
    keys.windows(2).all(|pair| pair[1] > pair[0]) || keys.windows(2).all(|pair| pair[1] < pair[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(order: &[u8], rounds: usize) -> Vec<u8> {
        let event = |(i, midi): (usize, &u8)| NoteEvent {
            onset_s: i as f64,
            offset_s: i as f64 + 0.5,
            midi: *midi,
            velocity: 64,
            velocity_known: false,
            f0_hz: 440.0,
        };
        let events: Vec<_> = order.iter().enumerate().map(event).collect();
        let mut strikes: Strikes<'_> = BTreeMap::new();
        for event in &events {
            strikes.entry(event.midi).or_default().push(event);
        }
        strikes.retain(|_, struck| struck.len() == rounds);
        out_of_order(&strikes, &events, rounds).into_iter().map(|(midi, _)| midi).collect()
    }

    #[test]
    fn strikes_are_checked_against_the_rounds() {
        for (order, rounds, expected) in [
            (&[1, 2, 3, 4, 1, 2, 3, 4][..], 2, &[][..]),
            // Up, and down again.
            (&[1, 2, 3, 4, 4, 3, 2, 1], 2, &[]),
            (&[1, 1, 2, 2, 3, 3], 2, &[]),
            // Forgotten in the first round, struck twice in the second, or the other way round.
            (&[1, 2, 4, 5, 1, 2, 3, 3, 4, 5], 2, &[3]),
            (&[1, 2, 3, 3, 4, 5, 1, 2, 4, 5], 2, &[3]),
            (&[2, 3, 4, 1, 1, 2, 3, 4], 2, &[1]),
            (&[1, 2, 3, 4, 4, 1, 2, 3], 2, &[4]),
            (&[1, 2, 3, 4, 1, 3, 4, 1, 2, 2, 3, 4], 3, &[2]),
            // Another key came between the strikes of 2.
            (&[1, 1, 2, 3, 3, 4, 4, 2], 2, &[2]),
            (&[1], 1, &[]),
        ] {
            assert_eq!(wrong(order, rounds), expected, "{order:?}");
        }
    }
}
