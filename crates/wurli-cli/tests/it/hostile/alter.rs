//! Files altered as accidents and attackers do.

use wurli_train::random::Random;

/// Numbers at which programs stumble.
const NUMBERS: [u64; 10] = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX];
/// Longest file that is made.
const LENGTH_MAX: usize = 1 << 16;

/// Returns one of the seeds, altered once to eight times.
pub(crate) fn altered(seeds: &[Vec<u8>], words: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.index(seeds.len())].clone();
    for _ in 0..=random.index(8) {
        once(&mut bytes, seeds, words, random);
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

fn once(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&[u8]], random: &mut Random) {
    // Headers decide more than what follows them.
    let reach = if random.index(2) == 0 { bytes.len().min(64) } else { bytes.len() };
    let at = random.index(reach + 1).min(bytes.len());
    let most = if random.index(4) == 0 { 4096 } else { 9 };
    let length = random.index(most).min(bytes.len() - at);
    match random.index(9) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.index(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.index(256) as u8;
            }
        }
        // A number that is at an end of its range, in either order of bytes.
        2 => {
            let number = NUMBERS[random.index(NUMBERS.len())];
            let width = [1, 2, 3, 4, 8][random.index(5)].min(bytes.len() - at);
            let order = if random.index(2) == 0 {
                number.to_le_bytes()
            } else {
                (number << (64 - 8 * width.max(1))).to_be_bytes()
            };
            bytes[at..at + width].copy_from_slice(&order[..width]);
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..at + length)),
        5 => {
            let times = 1 + random.index(20);
            let again = bytes[at..at + length].repeat(times);
            bytes.splice(at..at, again);
        }
        6 => {
            let other = &seeds[random.index(seeds.len())];
            let from = random.index(other.len());
            let some = &other[from..(from + length.max(8)).min(other.len())];
            bytes.splice(at..at + length, some.iter().copied());
        }
        7 => {
            let some: Vec<u8> = (0..length).map(|_| random.index(256) as u8).collect();
            bytes.splice(at..at + length, some);
        }
        _ => {
            if let Some(word) = words.get(random.index(words.len())) {
                let times = if random.index(8) == 0 { random.index(500) } else { 1 };
                bytes.splice(at..at, word.repeat(times));
            }
        }
    }
}
