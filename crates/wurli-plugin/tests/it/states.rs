//! State and the player's weights.

use std::ffi::CString;

use clack_extensions::preset_discovery::PluginPresetLoad;
use clack_extensions::preset_discovery::preset_data::Location;
use openwurli_dsp::voice::{Polyphony, Slot};
use wurli_plugin::{Param, VOICES};
use wurli_weights::{RuntimeNetwork, sample_weights};

use crate::host::{DEFAULT_STATE, Input, Instance, Played, RESTART, Session, Timed, difference};
use crate::random::Random;

const SAMPLE_RATE: f64 = 48_000.0;
const NOTES: [Timed; 2] = [(0, Input::Midi([0x90, 60, 100])), (2_000, Input::Midi([0x90, 67, 40]))];

/// Folder that is removed at the end.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wurli-plugin-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the folder is created");
        Self(path)
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path.to_str().expect("UTF-8").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn play(instance: &mut Instance) -> Vec<f32> {
    instance.play(SAMPLE_RATE, 512, &NOTES, 9_600).left
}

/// Returns what the sample weights sound like.
pub(crate) fn sample() -> Vec<f32> {
    let weights = sample_weights();
    let network = RuntimeNetwork::fold(&weights);
    let corrections = |key, velocity| network.compute_corrections(key, velocity);
    let mut polyphony = Polyphony::new(SAMPLE_RATE as f32, vec![Slot::new(); VOICES], corrections);
    let mut samples = vec![0.0; 9_600];
    polyphony.handle_message(&[0x90, 60, 100]);
    polyphony.render(&mut samples[..2_000]);
    polyphony.handle_message(&[0x90, 67, 40]);
    polyphony.render(&mut samples[2_000..]);
    samples
}

fn choose(instance: &mut Instance, path: &str) -> bool {
    let handle = instance.plugin.plugin_handle();
    let presets: PluginPresetLoad = handle.get_extension().expect("the plugin loads presets");
    let path = CString::new(path).expect("no NUL");
    presets.load_from_location(&handle, Location::File { path: &path }, None).is_ok()
}

#[test]
fn chosen_weights_play_and_are_stored_with_their_content() {
    let folder = Folder::new("chosen");
    let path = folder.write("piano.weights", &sample_weights().to_bytes());
    let mut instance = Instance::new();
    assert!(choose(&mut instance, &path));
    assert_eq!(difference(&play(&mut instance), &sample()), 0.0);
    let state = instance.save();
    drop(folder);
    let mut other = Instance::new();
    assert!(other.load(&state));
    assert_eq!(other.take_log(), [""; 0]);
    assert_eq!(difference(&play(&mut other), &sample()), 0.0, "the file is gone");
    assert_eq!(other.save(), state);
}

#[test]
fn path_in_the_state_is_read() {
    let folder = Folder::new("path");
    let path = folder.write("piano.weights", &sample_weights().to_bytes());
    let mut instance = Instance::new();
    assert!(instance.load(format!("openwurli-plugin 1\nweights-path={path}\nend\n").as_bytes()));
    assert_eq!(difference(&play(&mut instance), &sample()), 0.0);
}

#[test]
fn weights_change_while_notes_sound() {
    let folder = Folder::new("playing");
    let path = folder.write("piano.weights", &sample_weights().to_bytes());
    let mut instance = Instance::new();
    let mut session = Session::start(&mut instance.plugin, SAMPLE_RATE, 512);
    session.play(512, &NOTES, 9_600, &mut Played::default());
    assert!(choose(&mut instance, &path));
    session.0.reset();
    let mut played = Played::default();
    session.play(512, &NOTES, 9_600, &mut played);
    assert_eq!(difference(&played.left, &sample()), 0.0);
    session.stop(&mut instance.plugin);
}

#[test]
fn more_changes_than_are_queued_ask_for_a_restart() {
    let folder = Folder::new("queue");
    let path = folder.write("piano.weights", &sample_weights().to_bytes());
    let mut instance = Instance::new();
    let session = Session::start(&mut instance.plugin, SAMPLE_RATE, 512);
    for _ in 0..100 {
        assert!(instance.load(DEFAULT_STATE) && choose(&mut instance, &path));
    }
    assert!(instance.take_log().contains(&RESTART.to_owned()));
    session.stop(&mut instance.plugin);
    assert_eq!(difference(&play(&mut instance), &sample()), 0.0);
}

#[test]
fn missing_and_foreign_files_are_logged_and_the_compiled_weights_play() {
    let folder = Folder::new("foreign");
    let mut cut = sample_weights().to_bytes().to_vec();
    cut.pop();
    let good = folder.write("good.weights", &sample_weights().to_bytes());
    let compiled = play(&mut Instance::new());
    assert!(difference(&compiled, &sample()) > 0.01);
    for (path, cause) in [
        (folder.write("song.wav", b"RIFF\0\0\0\0WAVE"), "not a weights file"),
        (folder.write("cut.weights", &cut), "cut short"),
        (folder.0.join("missing.weights").display().to_string(), "wurli-train"),
        (folder.0.display().to_string(), "wurli-train"),
    ] {
        let mut instance = Instance::new();
        assert!(choose(&mut instance, &good));
        assert!(!choose(&mut instance, &path), "{path}");
        assert_eq!(difference(&play(&mut instance), &compiled), 0.0, "{path}");
        let mut instance = Instance::new();
        assert!(instance.load(format!("openwurli-plugin 1\ngain=-1\nweights-path={path}\nend\n").as_bytes()));
        let log = instance.take_log();
        assert_eq!(log.len(), 1, "{path}: {log:?}");
        assert!(log[0].starts_with("WARN ") && log[0].contains(&path) && log[0].contains(cause), "{log:?}");
        assert_eq!(instance.get(Param::Gain), -1.0);
        instance.set(&[(Param::Gain, 0.0)]);
        assert_eq!(difference(&play(&mut instance), &compiled), 0.0, "{path}");
    }
}

#[test]
fn state_round_trip_keeps_every_parameter() {
    let values = Param::ALL.map(|param| (param, param.range().0 + 0.37 * (param.range().1 - param.range().0)));
    let mut instance = Instance::new();
    instance.set(&values);
    let state = instance.save();
    let mut other = Instance::new();
    assert!(other.load(&state));
    for (param, value) in values {
        assert_eq!(other.get(param), value, "{param:?}");
    }
    assert_eq!(other.save(), state);
}

#[test]
fn random_states_are_refused_and_change_nothing() {
    let mut instance = Instance::new();
    instance.set(&[(Param::Gain, -3.5)]);
    let state = instance.save();
    let mut seed = 1_u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let mut refused = 0;
    for round in 0..3_000 {
        let mut bytes: Vec<u8> =
            if round % 3 == 0 { (0..next() % 3_000).map(|_| next() as u8).collect() } else { state.clone() };
        match round % 3 {
            1 => {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            2 => bytes.truncate(next() % (bytes.len() - 1)),
            _ => {}
        }
        if !instance.load(&bytes) {
            refused += 1;
            assert_eq!(instance.save(), state, "round {round}");
        }
        for param in Param::ALL {
            let (min, max) = param.range();
            assert!((min..=max).contains(&instance.get(param)), "round {round}: {param:?}");
        }
        assert!(instance.load(&state));
    }
    assert!(refused > 2_500, "{refused}");
    assert!(!instance.load(b"") && !instance.load(&vec![0xFF; 2 << 20]));
    assert!(play(&mut instance).iter().all(|sample| sample.is_finite()));
}

/// Stream that takes and gives a few bytes at a time.
struct Chunks {
    bytes: Vec<u8>,
    done: usize,
    most: usize,
}

impl std::io::Read for Chunks {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.most.min(out.len()).min(self.bytes.len() - self.done);
        out[..count].copy_from_slice(&self.bytes[self.done..self.done + count]);
        self.done += count;
        Ok(count)
    }
}

impl std::io::Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.most.min(bytes.len());
        self.bytes.extend(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn random_values_come_back_through_streams_of_any_chunks() {
    let folder = Folder::new("chunks");
    let path = folder.write("piano.weights", &sample_weights().to_bytes());
    let mut random = Random(6);
    for most in [1, 2, 17, 23, 4_096] {
        for is_flushed in [true, false] {
            let values = random.values(most == 2);
            let mut instance = Instance::new();
            assert!(choose(&mut instance, &path));
            if is_flushed {
                instance.set(&values);
            } else {
                let events = values.map(|(param, value)| (0, Input::Set(param, value)));
                instance.play(SAMPLE_RATE, 64, &events, 64);
            }
            let expected = instance.save();
            let mut stream = Chunks { bytes: Vec::new(), done: 0, most };
            instance.save_to(&mut stream);
            assert!(stream.bytes == expected, "chunks of {most}");
            let mut other = Instance::new();
            assert!(other.load_from(&mut stream), "chunks of {most}");
            for (param, value) in values {
                assert_eq!(other.get(param), value, "{param:?}, chunks of {most}");
            }
            assert!(other.save() == expected, "chunks of {most}");
        }
    }
}
