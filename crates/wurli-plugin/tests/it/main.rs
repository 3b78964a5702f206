//! The plugin in a host.

mod allocations;
mod blocks;
mod events;
mod host;
mod instances;
mod parameters;
mod presets;
mod samples;
mod states;
