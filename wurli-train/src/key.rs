//! Content keys: what an artifact was made of, as one hash.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 of everything an artifact depends on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub [u8; 32]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Gathers what an artifact depends on, part by part. Every part is hashed with its name and length, so that no two lists
/// of parts run together.
pub struct KeyBuilder(Sha256);

impl KeyBuilder {
    /// Begins the key of an artifact of `stage`, whose code is of `version`.
    #[must_use]
    pub fn new(stage: &str, version: u32) -> Self {
        Self(Sha256::new()).bytes(stage, &version.to_le_bytes())
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(self, name: &str, bytes: &[u8]) -> Self {
        let mut part = self.part(name, bytes.len() as u64);
        part.update(bytes);
        part.finish()
    }

    /// Adds the key of an input.
    #[must_use]
    pub fn key(self, name: &str, key: Key) -> Self {
        self.bytes(name, &key.0)
    }

    /// Adds a value by its serialised form, floating-point numbers by their bits.
    #[must_use]
    pub fn value<T: Serialize>(self, name: &str, value: &T) -> Self {
        match bincode::serde::encode_to_vec(value, bincode::config::standard()) {
            Ok(bytes) => self.bytes(name, &bytes),
            // Only a hand-written Serialize can fail; its message still tells values of different failure apart.
            Err(error) => self.bytes(name, error.to_string().as_bytes()),
        }
    }

    /// Begins to add bytes that are not all in memory, `length` of them: the key is that of [`bytes`](Self::bytes).
    #[must_use]
    pub fn part(mut self, name: &str, length: u64) -> PartHasher {
        self.0.update((name.len() as u64).to_le_bytes());
        self.0.update(name.as_bytes());
        self.0.update(length.to_le_bytes());
        PartHasher(self)
    }

    /// The key.
    #[must_use]
    pub fn finish(self) -> Key {
        Key(self.0.finalize().into())
    }
}

/// Takes in a part of a key, piece by piece.
pub struct PartHasher(KeyBuilder);

impl PartHasher {
    /// Adds the next bytes of the part; all together, they must be as many as was said.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.0.update(bytes);
    }

    /// Ends the part.
    #[must_use]
    pub fn finish(self) -> KeyBuilder {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_and_its_name_count() {
        let base = || KeyBuilder::new("notes", 1);
        let keys = [
            base().finish(),
            KeyBuilder::new("notes", 2).finish(),
            KeyBuilder::new("note", 1).finish(),
            base().bytes("a", b"bc").finish(),
            base().bytes("ab", b"c").finish(),
            base().bytes("a", b"b").bytes("c", b"").finish(),
            base().value("v", &1.0f32).finish(),
            base().value("v", &-1.0f32).finish(),
        ];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[..i] {
                assert_ne!(a, b);
            }
        }
        assert_eq!(base().value("v", &0.5f64).finish(), base().value("v", &0.5f64).finish());
    }

    #[test]
    fn a_part_counts_the_same_in_pieces() {
        let mut part = KeyBuilder::new("notes", 1).part("audio", 3);
        part.update(b"a");
        part.update(b"bc");
        let whole = KeyBuilder::new("notes", 1).bytes("audio", b"abc").finish();
        assert_eq!(part.finish().finish(), whole);
        // As it was before parts came in pieces, or every cache would be worth nothing.
        assert!(whole.to_string().starts_with("d726cd04476ab53d"), "{whole}");
    }

    #[test]
    fn a_key_is_written_in_hexadecimal() {
        assert_eq!(Key([0xab; 32]).to_string(), "ab".repeat(32));
    }
}
