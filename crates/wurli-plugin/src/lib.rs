//! A modelled Wurlitzer electric piano as a CLAP plugin and, around it, a VST3 plugin.
//!
//! The voices are [`Polyphony`](openwurli_dsp::voice::Polyphony), the tremolo is
//! [`Tremolo`](openwurli_dsp::voice::Tremolo). This crate connects them to a host. docs/plugin.md
//! says how to build and install it.
//!
//! | module | contents |
//! |---|---|
//! | `audio` | processing: events and parameters at their samples |
//! | `notes` | notes of the host and the keys that they play |
//! | `params` | the parameters |
//! | `smoothing` | their changes |
//! | `weights` | the player's weights file and the corrections of a note |
//! | `main_thread`, `state` | what the host stores |
//! | `ports` | audio and note ports |
//! | `presets` | weights files in the host's list of presets |

mod audio;
mod main_thread;
mod notes;
mod params;
mod ports;
mod presets;
mod smoothing;
mod state;
mod weights;

pub use audio::{Processor, VOICES};
pub use main_thread::{MainThread, Shared};
pub use params::Param;
pub use presets::LibraryEntry;

use clack_extensions::audio_ports::PluginAudioPorts;
use clack_extensions::latency::PluginLatency;
use clack_extensions::note_ports::PluginNotePorts;
use clack_extensions::params::PluginParams;
use clack_extensions::preset_discovery::PluginPresetLoad;
use clack_extensions::state::PluginState;
use clack_extensions::tail::PluginTail;
use clack_extensions::voice_info::PluginVoiceInfo;
use clack_plugin::plugin::features::{INSTRUMENT, STEREO, SYNTHESIZER};
use clack_plugin::prelude::*;

/// Identifier of the plugin.
pub const ID: &str = "org.openwurli.openwurli";

/// The plugin.
#[derive(Debug)]
pub struct Openwurli;

impl Plugin for Openwurli {
    type AudioProcessor<'a> = Processor<'a>;
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;

    fn declare_extensions(builder: &mut PluginExtensions<Self>, _shared: Option<&Shared>) {
        builder
            .register::<PluginAudioPorts>()
            .register::<PluginLatency>()
            .register::<PluginNotePorts>()
            .register::<PluginParams>()
            .register::<PluginPresetLoad>()
            .register::<PluginState>()
            .register::<PluginTail>()
            .register::<PluginVoiceInfo>();
    }
}

impl DefaultPluginFactory for Openwurli {
    fn get_descriptor() -> PluginDescriptor {
        PluginDescriptor::new(ID, "openwurli")
            .with_vendor("openwurli")
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_description("Modelled Wurlitzer electric piano, corrected by recordings")
            .with_features([INSTRUMENT, SYNTHESIZER, STEREO])
    }

    fn new_shared(_host: HostSharedHandle<'_>) -> Result<Shared, PluginError> {
        Ok(Shared::default())
    }

    fn new_main_thread<'a>(host: HostMainThreadHandle<'a>, shared: &'a Shared) -> Result<MainThread<'a>, PluginError> {
        Ok(MainThread::new(host, shared))
    }
}

clack_export_entry!(LibraryEntry);

#[cfg(feature = "vst3")]
clap_wrapper::export_vst3!();
