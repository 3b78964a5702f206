//! Cache keys: hashes of everything that an artifact depends on.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 hash of everything that an artifact depends on.
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

/// Hashes the dependencies of an artifact part by part.
///
/// Every part is hashed with its name and length, so that different lists of parts have different
/// keys.
pub struct KeyBuilder(Sha256);

impl KeyBuilder {
    /// Starts the key of an artifact of `stage` at `version` of its code.
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
            // Only a hand-written Serialize fails; its message still distinguishes values.
            Err(error) => self.bytes(name, error.to_string().as_bytes()),
        }
    }

    /// Starts a part of `length` bytes that is added in pieces. The key equals that of
    /// [`bytes`](Self::bytes).
    #[must_use]
    pub fn part(mut self, name: &str, length: u64) -> PartHasher {
        self.0.update((name.len() as u64).to_le_bytes());
        self.0.update(name.as_bytes());
        self.0.update(length.to_le_bytes());
        PartHasher(self)
    }

    /// Returns the key.
    #[must_use]
    pub fn finish(self) -> Key {
        Key(self.0.finalize().into())
    }
}

/// Part of a key that is hashed in pieces.
pub struct PartHasher(KeyBuilder);

impl PartHasher {
    /// Adds the next bytes. Their total must be the length given to [`KeyBuilder::part`].
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
    fn every_part_and_its_name_affect_the_key() {
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
    fn pieces_hash_like_the_whole_part() {
        let mut part = KeyBuilder::new("notes", 1).part("audio", 3);
        part.update(b"a");
        part.update(b"bc");
        let whole = KeyBuilder::new("notes", 1).bytes("audio", b"abc").finish();
        assert_eq!(part.finish().finish(), whole);
        // A changed hash would invalidate every cache.
        assert!(whole.to_string().starts_with("d726cd04476ab53d"), "{whole}");
    }

    #[test]
    fn displays_as_hexadecimal() {
        assert_eq!(Key([0xab; 32]).to_string(), "ab".repeat(32));
    }
}
