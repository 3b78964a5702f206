//! Synthetic notes, performances and data folders for tests and examples.
