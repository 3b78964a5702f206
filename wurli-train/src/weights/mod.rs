//! The weights file: what stage 7 writes and `wurli-macros` reads.
