//! Weights files as presets, and those that new instances read.

use std::ffi::{CStr, CString};
use std::process::Command;

use clack_extensions::preset_discovery::prelude::*;
use clack_host::prelude::*;
use clack_host::utils::{Timestamp, UniversalPluginId};
use wurli_plugin::{ID, LibraryEntry};
use wurli_weights::sample_weights;

use crate::host::{Instance, difference};
use crate::states::{Folder, play, sample};

/// Names the expected sound to the tests that run in a process of their own.
const EXPECTED: &str = "WURLI_TEST_EXPECTED";

#[derive(Default)]
struct Index {
    extensions: Vec<CString>,
    folders: Vec<CString>,
}

impl IndexerImpl for Index {
    fn declare_filetype(&mut self, file_type: FileType) -> Result<(), HostError> {
        self.extensions.extend(file_type.file_extension.map(CStr::to_owned));
        Ok(())
    }

    fn declare_location(&mut self, location: LocationInfo) -> Result<(), HostError> {
        if let Location::File { path } = location.location {
            self.folders.push(path.to_owned());
        }
        Ok(())
    }

    fn declare_soundpack(&mut self, _: Soundpack) -> Result<(), HostError> {
        Ok(())
    }
}

#[derive(Debug, Default, PartialEq)]
struct Presets {
    names: Vec<String>,
    plugins: Vec<String>,
    errors: Vec<String>,
}

fn text(text: Option<&CStr>) -> String {
    text.unwrap_or_default().to_string_lossy().into_owned()
}

impl MetadataReceiverImpl for Presets {
    fn on_error(&mut self, _: i32, message: Option<&CStr>) {
        self.errors.push(text(message));
    }

    fn begin_preset(&mut self, name: Option<&CStr>, _: Option<&CStr>) -> Result<(), HostError> {
        self.names.push(text(name));
        Ok(())
    }

    fn add_plugin_id(&mut self, plugin: UniversalPluginId) {
        self.plugins.push(text(Some(plugin.id)));
    }

    fn set_soundpack_id(&mut self, _: &CStr) {}
    fn set_flags(&mut self, _: Flags) {}
    fn add_creator(&mut self, _: &CStr) {}
    fn set_description(&mut self, _: &CStr) {}
    fn set_timestamps(&mut self, _: Option<Timestamp>, _: Option<Timestamp>) {}
    fn add_feature(&mut self, _: &CStr) {}
    fn add_extra_info(&mut self, _: &CStr, _: &CStr) {}
}

fn provider() -> Provider<Index> {
    let entry = PluginEntry::load_from_clack::<LibraryEntry>(c"").expect("the entry loads");
    let factory: PresetDiscoveryFactory = entry.get_factory().expect("the entry has presets");
    let descriptor = factory.get_provider_descriptor(0).expect("a provider");
    let info = HostInfo::new("test", "openwurli", "", "1").expect("no NUL");
    Provider::instantiate(Index::default(), &entry, descriptor.id().expect("an identifier"), &info).expect("a provider")
}

#[test]
fn weights_files_are_presets_and_others_are_not() {
    let folder = Folder::new("presets");
    let mut provider = provider();
    assert_eq!(provider.indexer().extensions, [c"weights".to_owned()]);
    let mut metadata = |path: &str| {
        let mut presets = Presets::default();
        let path = CString::new(path).expect("no NUL");
        provider.get_metadata(Location::File { path: &path }, &mut presets);
        presets
    };
    let presets = metadata(&folder.write("Ann's piano.weights", &sample_weights().to_bytes()));
    let expected = Presets { names: vec!["Ann's piano".into()], plugins: vec![ID.into()], errors: vec![] };
    assert_eq!(presets, expected);
    let path = folder.write("song.weights", b"RIFF");
    let presets = metadata(&path);
    assert!(presets.names.is_empty() && presets.errors.len() == 1 && presets.errors[0].contains(&path), "{presets:?}");
}

#[test]
#[ignore = "run by new_instances_read_the_users_weights, in an environment of its own"]
fn in_an_environment() {
    let (expected, folder) = (std::env::var(EXPECTED).expect("set by the test"), std::env::var("XDG_DATA_HOME"));
    let played = play(&mut Instance::with_users_weights());
    let is_sample = difference(&played, &sample()) == 0.0;
    let is_compiled = difference(&played, &play(&mut Instance::new())) == 0.0;
    assert_eq!((is_sample, is_compiled), (expected == "sample", expected == "compiled"));
    let folder = CString::new(format!("{}/openwurli", folder.expect("set by the test"))).expect("no NUL");
    assert_eq!(provider().indexer().folders, [folder]);
}

#[test]
#[cfg(target_os = "linux")]
fn new_instances_read_the_users_weights() {
    let folder = Folder::new("user");
    std::fs::create_dir(folder.0.join("openwurli")).expect("the folder is created");
    let named = folder.write("named.weights", &sample_weights().to_bytes());
    let check = |weights: Option<&str>, expected: &str| {
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "presets::in_an_environment", "--ignored"]);
        command.env("XDG_DATA_HOME", &folder.0).env(EXPECTED, expected).env_remove("WURLI_WEIGHTS");
        command.envs(weights.map(|path| ("WURLI_WEIGHTS", path)));
        let output = command.output().expect("the test runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{weights:?}, {expected}: {text}");
    };
    check(None, "compiled");
    check(Some(&named), "sample");
    check(Some("/nowhere.weights"), "compiled");
    folder.write("openwurli/wurli.weights", &sample_weights().to_bytes());
    check(None, "sample");
    check(Some(""), "compiled");
}
