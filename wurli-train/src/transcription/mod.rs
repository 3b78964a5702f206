//! Notes of a performance.
