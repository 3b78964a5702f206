//! The plugin on the host's main thread: state, weights and messages.

use std::cell::RefCell;
use std::ffi::{CStr, CString};

use clack_extensions::latency::PluginLatencyImpl;
use clack_extensions::log::{HostLog, LogSeverity};
use clack_extensions::params::{HostParams, ParamRescanFlags};
use clack_extensions::preset_discovery::preset_data::Location;
use clack_extensions::preset_discovery::{HostPresetLoad, PluginPresetLoadImpl};
use clack_extensions::state::HostState;
use clack_extensions::voice_info::{PluginVoiceInfoImpl, VoiceInfo, VoiceInfoFlags};
use clack_plugin::prelude::*;
use rtrb::Producer;

use crate::audio::VOICES;
use crate::params::{Param, Values};
use crate::state::State;
use crate::weights::{Choice, Corrector, Source, channel};

/// Data of all threads.
#[derive(Debug, Default)]
pub struct Shared {
    pub(crate) values: Values,
}

impl PluginShared<'_> for Shared {}

/// Data of the main thread.
pub struct MainThread<'a> {
    pub(crate) shared: &'a Shared,
    host: HostMainThreadHandle<'a>,
    weights: RefCell<PlayersWeights>,
}

/// Weights that the player chose.
struct PlayersWeights {
    source: Source,
    choice: Choice,
    /// Way to the audio thread, while the plugin is active.
    queue: Option<Producer<Choice>>,
}

impl<'a> PluginMainThread<'a, Shared> for MainThread<'a> {}

impl<'a> MainThread<'a> {
    pub(crate) fn new(host: HostMainThreadHandle<'a>, shared: &'a Shared) -> Self {
        let weights = PlayersWeights { source: Source::default(), choice: None, queue: None };
        let main_thread = Self { shared, host, weights: RefCell::new(weights) };
        // The error is in the log. The compiled weights play.
        let _ = main_thread.choose(Source::for_new_instance());
        main_thread
    }

    /// Returns what the host stores.
    pub(crate) fn state(&self) -> State {
        let values = Param::ALL.map(|param| self.shared.values.get(param));
        State { values, source: self.weights.borrow().source.clone() }
    }

    /// Applies a state. Weights that cannot be read are logged.
    pub(crate) fn restore(&self, state: State) {
        for (param, value) in Param::ALL.into_iter().zip(state.values) {
            self.shared.values.set(param, value);
        }
        // The error is in the log. The compiled weights play.
        let _ = self.choose(state.source);
        if let Some(params) = self.host.get_extension::<HostParams>() {
            params.rescan(&self.host, ParamRescanFlags::VALUES);
        }
    }

    /// Reads weights and hands them to the audio thread. The compiled ones take their place if that
    /// fails.
    ///
    /// # Errors
    ///
    /// If the weights cannot be read. The message is in the host's log, too.
    fn choose(&self, mut source: Source) -> Result<(), String> {
        let loaded = source.load();
        let result = loaded.as_ref().map(|_| ()).map_err(|error| format!("{error}; the compiled weights play"));
        let mut weights = self.weights.borrow_mut();
        weights.source = source;
        weights.choice = loaded.unwrap_or_default();
        let choice = weights.choice.clone();
        let is_full = weights.queue.as_mut().is_some_and(|queue| queue.push(choice).is_err());
        drop(weights);
        if is_full {
            // No note was struck since the queue began to fill. Activation takes the latest choice.
            self.host.request_restart();
        }
        if let Err(message) = &result {
            self.warn(message);
        }
        result
    }

    /// Opens a new way to the audio thread.
    pub(crate) fn connect(&self) -> Corrector {
        let mut weights = self.weights.borrow_mut();
        let (queue, corrector) = channel(weights.choice.clone());
        weights.queue = Some(queue);
        corrector
    }

    /// Closes the way to the audio thread.
    pub(crate) fn disconnect(&self) {
        self.weights.borrow_mut().queue = None;
    }

    /// Writes a warning to the host's log, or to the standard error output if it has none.
    fn warn(&self, message: &str) {
        let text = CString::new(message.replace('\0', "")).unwrap_or_default();
        match self.host.get_extension::<HostLog>() {
            Some(log) => log.log(&self.host, LogSeverity::Warning, &text),
            None => eprintln!("openwurli: {message}"),
        }
    }
}

impl PluginPresetLoadImpl for MainThread<'_> {
    fn load_from_location(&self, location: Location, load_key: Option<&CStr>) -> Result<(), PluginError> {
        let Location::File { path } = location else {
            return Err(PluginError::Message("presets are weights files; there is none in the plugin itself"));
        };
        let path = path.to_string_lossy().into_owned();
        self.choose(Source { path: Some(path), content: None }).map_err(|error| PluginError::Error(error.into()))?;
        if let Some(state) = self.host.get_extension::<HostState>() {
            state.mark_dirty(&self.host);
        }
        if let Some(presets) = self.host.get_extension::<HostPresetLoad>() {
            presets.loaded(&self.host, location, load_key);
        }
        Ok(())
    }
}

impl PluginLatencyImpl for MainThread<'_> {
    fn get(&self) -> u32 {
        0
    }
}

impl PluginVoiceInfoImpl for MainThread<'_> {
    fn get(&self) -> Option<VoiceInfo> {
        let voices = VOICES as u32;
        Some(VoiceInfo { voice_count: voices, voice_capacity: voices, flags: VoiceInfoFlags::empty() })
    }
}
