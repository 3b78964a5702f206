//! The authors' tools: fitting the voice, choosing the fit, making stand-ins for recordings.

#![forbid(unsafe_code)]

pub mod resynthesis;
pub mod voice_fit;
