//! What lies in a data folder.
