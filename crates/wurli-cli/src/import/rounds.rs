//! Order of the strikes in a take: once through the keys per dynamic, or each key at all dynamics
//! in turn.
//!
//! A key that was forgotten in one round and struck twice in another has as many strikes as the
//! others, but other dynamics. Where the order allows both, as at the turn between a round up and a
//! round down, the levels decide.

use std::collections::BTreeMap;

use wurli_train::note_event::NoteEvent;
use wurli_train::transcription::TranscriptionSettings;

/// Least median difference between two rounds from which levels tell them apart, dB.
const DIFFERENCE_DB_MIN: f64 = 4.0;
/// Strikes that differ by less than this share of the median difference are of one round.
const DIFFERENCE_SHARE_MIN: f64 = 0.25;
/// Fewest other keys that say how rounds differ.
const OTHERS_MIN: usize = 3;

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
        let apart = strikes.keys().filter(|midi| !in_a_row.contains(midi)).map(|midi| (*midi, why.clone()));
        let same_round = |midi: &u8| (1..rounds).find_map(|round| of_one_round(strikes, *midi, round));
        return apart.chain(in_a_row.iter().filter_map(|midi| Some((*midi, same_round(midi)?)))).collect();
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
        let Some((midi, breaks_order)) = turned(events, strikes, boundary_s) else { continue };
        if breaks_order {
            found.insert(
                midi,
                format!("it was struck twice between rounds {round} and {}, against the order of the keys", round + 1),
            );
        } else if let Some(why) = of_one_round(strikes, midi, round) {
            found.insert(midi, why);
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

/// Returns the reason if strikes `round − 1` and `round` of a key are equally loud, although those
/// rounds differ on the other keys.
fn of_one_round(strikes: &Strikes<'_>, midi: u8, round: usize) -> Option<String> {
    let difference_db = |struck: &Vec<&NoteEvent>| {
        let level_db = |event: &NoteEvent| {
            20.0 * TranscriptionSettings::default().velocity_exponent * f64::from(event.velocity).log10()
        };
        Some(level_db(struck.get(round)?) - level_db(struck.get(round.checked_sub(1)?)?))
    };
    let mut others_db: Vec<f64> =
        strikes.iter().filter(|(other, _)| **other != midi).filter_map(|(_, struck)| difference_db(struck)).collect();
    others_db.sort_by(f64::total_cmp);
    let usual_db = *others_db.get(others_db.len() / 2)?;
    let own_db = strikes.get(&midi).and_then(difference_db)?;
    let is_known = others_db.len() >= OTHERS_MIN && usual_db.abs() >= DIFFERENCE_DB_MIN;
    (is_known && own_db / usual_db < DIFFERENCE_SHARE_MIN).then(|| {
        format!(
            "strikes {round} and {} are {:.0} dB apart, those of the other keys {:.0} dB, as if both were of one round",
            round + 1,
            own_db.abs(),
            usual_db.abs()
        )
    })
}

/// Returns the key on both sides of the boundary, and whether it breaks the order of the scale on
/// one of them.
fn turned(events: &[NoteEvent], strikes: &Strikes<'_>, boundary_s: f64) -> Option<(u8, bool)> {
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
    Some((midi, breaks(&backwards) || breaks(&forwards)))
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
    fn levels_decide_where_the_order_does_not() {
        const S: u8 = 30;
        const H: u8 = 100;
        let wrong = |struck: &[(u8, u8)], rounds: usize| {
            let event = |(i, (midi, velocity)): (usize, &(u8, u8))| NoteEvent {
                onset_s: i as f64,
                offset_s: i as f64 + 0.5,
                midi: *midi,
                velocity: *velocity,
                velocity_known: false,
                f0_hz: 440.0,
            };
            let events: Vec<_> = struck.iter().enumerate().map(event).collect();
            let mut strikes: Strikes<'_> = BTreeMap::new();
            for event in &events {
                strikes.entry(event.midi).or_default().push(event);
            }
            out_of_order(&strikes, &events, rounds)
        };
        let up = |last: u8| [(1, S), (2, S), (3, S), (4, last)];
        let down = |first: u8| [(4, first), (3, H), (2, H), (1, H)];
        let in_turn = |third: u8| [(1, S), (1, H), (2, S), (2, H), (3, third), (3, H), (4, S), (4, H)];
        // Up and down; the highest key forgotten on the way up, or on the way down.
        for (struck, expected) in [
            ([up(S), down(H)].concat(), None),
            ([up(S), down(90)].concat(), None),
            ([up(H), down(H)].concat(), Some(4)),
            ([up(95), down(100)].concat(), Some(4)),
            ([up(S), down(S)].concat(), Some(4)),
            ([up(100), down(60)].concat(), Some(4)),
            (in_turn(S).to_vec(), None),
            (in_turn(H).to_vec(), Some(3)),
        ] {
            let found: Vec<u8> = wrong(&struck, 2).into_iter().map(|(midi, _)| midi).collect();
            assert_eq!(found, Vec::from_iter(expected), "{struck:?}");
        }
        let why = wrong(&[up(H), down(H)].concat(), 2).remove(0).1;
        assert_eq!(why, "strikes 1 and 2 are 0 dB apart, those of the other keys 8 dB, as if both were of one round");
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
