//! The authors' tools: fitting the voice's constants, and resynthesis of recordings.

#![forbid(unsafe_code)]

pub mod resynthesis;
pub mod voice_fit;
