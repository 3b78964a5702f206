//! Small host for tests.

use std::ffi::CString;
use std::sync::{Arc, Mutex};

use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::PluginParams;
use clack_extensions::state::PluginState;
use clack_extensions::tail::{PluginTail, TailLength};
use clack_host::events::Match;
use clack_host::events::event_types::{
    MidiEvent, NoteChokeEvent, NoteEndEvent, NoteExpressionEvent, NoteExpressionType, NoteOffEvent, NoteOnEvent,
    ParamValueEvent,
};
use clack_host::prelude::*;
use wurli_plugin::{ID, LibraryEntry, Param};

/// State of a new instance with the compiled weights, whatever weights the user of the machine has.
pub(crate) const DEFAULT_STATE: &[u8] = b"openwurli-plugin 1\nend\n";

/// Message that stands for a request to restart.
pub(crate) const RESTART: &str = "restart";

/// Messages of the plugin.
pub(crate) type Log = Mutex<Vec<String>>;

pub(crate) struct TestHost;

pub(crate) struct HostShared(pub(crate) Arc<Log>);

impl SharedHandler<'_> for HostShared {
    fn request_restart(&self) {
        self.0.lock().expect("no test panicked while it wrote").push(RESTART.to_owned());
    }
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostLogImpl for HostShared {
    fn log(&self, severity: LogSeverity, message: &str) {
        self.0.lock().expect("no test panicked while it wrote").push(format!("{severity} {message}"));
    }
}

impl HostHandlers for TestHost {
    type Shared<'a> = HostShared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _: &HostShared) {
        builder.register::<HostLog>();
    }
}

/// Event of a test.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    On {
        key: u8,
        velocity: f64,
    },
    Off {
        key: u8,
    },
    Choke {
        key: u8,
    },
    /// Note-off of all notes.
    AllOff,
    /// Tuning, semitones.
    Tune {
        key: u8,
        semitones: f64,
    },
    Midi([u8; 3]),
    /// Note-on, note-off or choke (0..3) of a note of which one part is a wildcard: port, channel,
    /// key, identifier or all.
    Wildcard {
        kind: usize,
        part: usize,
        key: u8,
    },
    Set(Param, f64),
}

/// Event at a sample.
pub(crate) type Timed = (usize, Input);

/// Returns one note per key, whose identifier is the key.
fn note(key: u8) -> Pckn {
    Pckn::new(0u16, 0u16, u16::from(key), u32::from(key))
}

impl Input {
    fn push(self, time: u32, events: &mut EventBuffer) {
        match self {
            Self::On { key, velocity } => events.push(&NoteOnEvent::new(time, note(key), velocity)),
            Self::Off { key } => events.push(&NoteOffEvent::new(time, note(key), 0.0)),
            Self::Choke { key } => events.push(&NoteChokeEvent::new(time, note(key))),
            Self::AllOff => events.push(&NoteOffEvent::new(time, Pckn::match_all(), 0.0)),
            Self::Tune { key, semitones } => {
                let target = Pckn { key: Match::All, ..note(key) };
                events.push(&NoteExpressionEvent::new(time, target, NoteExpressionType::Tuning, semitones));
            }
            Self::Midi(message) => events.push(&MidiEvent::new(time, 0, message)),
            Self::Wildcard { kind, part, key } => {
                let target = with_wildcard(note(key), part);
                match kind {
                    0 => events.push(&NoteOnEvent::new(time, target, 0.5)),
                    1 => events.push(&NoteOffEvent::new(time, target, 0.5)),
                    _ => events.push(&NoteChokeEvent::new(time, target)),
                }
            }
            Self::Set(param, value) => events.push(&set(time, param, value)),
        }
    }
}

fn with_wildcard(note: Pckn, part: usize) -> Pckn {
    match part {
        0 => Pckn { port_index: Match::All, ..note },
        1 => Pckn { channel: Match::All, ..note },
        2 => Pckn { key: Match::All, ..note },
        3 => Pckn { note_id: Match::All, ..note },
        _ => Pckn::match_all(),
    }
}

fn set(time: u32, param: Param, value: f64) -> ParamValueEvent {
    ParamValueEvent::new(time, param.id(), Pckn::match_all(), value)
}

/// Instance of the plugin.
pub(crate) struct Instance {
    pub(crate) plugin: PluginInstance<TestHost>,
    log: Arc<Log>,
}

impl Instance {
    /// Creates an instance with default parameters and the compiled weights.
    pub(crate) fn new() -> Self {
        let mut instance = Self::with_users_weights();
        assert!(instance.load(DEFAULT_STATE));
        instance
    }

    /// Creates an instance as hosts do.
    pub(crate) fn with_users_weights() -> Self {
        let entry = PluginEntry::load_from_clack::<LibraryEntry>(c"").expect("the entry loads");
        let info = HostInfo::new("test", "openwurli", "", "1").expect("no NUL");
        let id = CString::new(ID).expect("no NUL");
        let log = Arc::new(Log::default());
        let plugin = PluginInstance::new(|_| HostShared(Arc::clone(&log)), |_| (), &entry, &id, &info);
        Self { plugin: plugin.expect("the plugin is created"), log }
    }

    /// Returns and forgets the messages so far.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().expect("no test panicked while it wrote"))
    }

    fn extension<E: clack_host::extensions::Extension<ExtensionSide = clack_host::extensions::PluginExtensionSide>>(
        &mut self,
    ) -> E {
        self.plugin.plugin_handle().get_extension().expect("the plugin has the extension")
    }

    pub(crate) fn load(&mut self, state: &[u8]) -> bool {
        self.load_from(&mut &*state)
    }

    pub(crate) fn load_from(&mut self, state: &mut impl std::io::Read) -> bool {
        let extension: PluginState = self.extension();
        extension.load(&self.plugin.plugin_handle(), state).is_ok()
    }

    pub(crate) fn save(&mut self) -> Vec<u8> {
        let mut state = Vec::new();
        self.save_to(&mut state);
        state
    }

    pub(crate) fn save_to(&mut self, state: &mut impl std::io::Write) {
        let extension: PluginState = self.extension();
        extension.save(&self.plugin.plugin_handle(), state).expect("the state is saved");
    }

    /// Sets parameters while the plugin is inactive.
    pub(crate) fn set(&mut self, values: &[(Param, f64)]) {
        let events: Vec<ParamValueEvent> = values.iter().map(|(param, value)| set(0, *param, *value)).collect();
        self.flush(&events);
    }

    /// Sends parameter events while the plugin is inactive.
    pub(crate) fn flush(&mut self, events: &[ParamValueEvent]) {
        let params: PluginParams = self.extension();
        let mut handle = self.plugin.inactive_plugin_handle().expect("the plugin is inactive");
        params.flush(&mut handle, &InputEvents::from_buffer(&events), &mut OutputEvents::void());
    }

    pub(crate) fn get(&mut self, param: Param) -> f64 {
        let params: PluginParams = self.extension();
        params.get_value(&self.plugin.plugin_handle(), param.id()).expect("the parameter has a value")
    }

    /// Activates, plays `events` in blocks of `block` samples and deactivates.
    pub(crate) fn play(&mut self, sample_rate: f64, block: usize, events: &[Timed], length: usize) -> Played {
        let mut session = Session::start(&mut self.plugin, sample_rate, block);
        let mut played = Played::default();
        session.play(block, events, length, &mut played);
        session.stop(&mut self.plugin);
        played
    }
}

/// Output of the plugin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Played {
    pub(crate) left: Vec<f32>,
    pub(crate) right: Vec<f32>,
    /// Keys whose notes ended, and when.
    pub(crate) ended: Vec<(usize, u16)>,
    /// False if the plugin may sleep.
    pub(crate) is_awake: bool,
}

/// Activated instance.
pub(crate) struct Session(pub(crate) StartedPluginAudioProcessor<TestHost>);

impl Session {
    pub(crate) fn start(plugin: &mut PluginInstance<TestHost>, sample_rate: f64, block: usize) -> Self {
        let configuration =
            PluginAudioConfiguration { sample_rate, min_frames_count: 1, max_frames_count: block as u32 };
        let stopped = plugin.activate(|_, _| (), configuration).expect("the plugin is activated");
        Self(stopped.start_processing().expect("processing starts"))
    }

    pub(crate) fn stop(self, plugin: &mut PluginInstance<TestHost>) {
        plugin.deactivate(self.0.stop_processing());
    }

    /// Appends `length` samples to `played`. Times of events are from the start of the call.
    pub(crate) fn play(&mut self, block: usize, events: &[Timed], length: usize, played: &mut Played) {
        let mut ports = AudioPorts::with_capacity(2, 1);
        let (mut done, mut events) = (0, events);
        while done < length {
            let frames = block.min(length - done);
            let now = events.partition_point(|(time, _)| *time < done + frames);
            let mut input = EventBuffer::new();
            for (time, event) in &events[..now] {
                event.push((time - done) as u32, &mut input);
            }
            events = &events[now..];
            // Samples that the plugin must overwrite.
            let mut output = [vec![f32::NAN; frames], vec![f32::NAN; frames]];
            let mut ended = EventBuffer::new();
            let mut buffers = ports.with_output_buffers([AudioPortBuffer {
                latency: 0,
                channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(Vec::as_mut_slice)),
            }]);
            let status = self.0.process(
                &InputAudioBuffers::empty(),
                &mut buffers,
                &InputEvents::from_buffer(&input),
                &mut OutputEvents::from_buffer(&mut ended),
                None,
                None,
            );
            played.is_awake = status.expect("the plugin processes") != ProcessStatus::Sleep;
            let start = played.left.len();
            for event in ended.iter().filter_map(|event| event.as_event::<NoteEndEvent>()) {
                let key = event.key().into_specific().expect("a key");
                played.ended.push((start + event.header().time() as usize, key));
            }
            let [left, right] = &output;
            played.left.extend(left);
            played.right.extend(right);
            done += frames;
        }
    }

    pub(crate) fn tail(&mut self) -> TailLength {
        let handle = self.0.plugin_handle();
        let tail: PluginTail = handle.get_extension().expect("the plugin has the extension");
        tail.get(&handle)
    }
}

/// Returns the largest magnitude.
pub(crate) fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Returns the largest difference.
pub(crate) fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().chain(b).all(|sample| sample.is_finite()));
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}
