//! The plugin in a host.

mod allocations;
mod blocks;
mod events;
mod host;
mod instances;
mod parameters;
mod samples;
mod states;
