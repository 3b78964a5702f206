//! Stage 2, `isolation`: how far each note stands alone.
