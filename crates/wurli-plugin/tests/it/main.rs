//! The plugin in a host.

mod allocations;
mod blocks;
mod entry;
mod events;
mod host;
mod instances;
mod parameters;
mod presets;
mod processing;
mod random;
mod samples;
mod states;
