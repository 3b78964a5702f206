//! The library as a host scans it: entry, factories, descriptor.

#![allow(unsafe_code, reason = "hosts read C structures")]

use std::ffi::{CStr, CString, c_char};
use std::sync::Arc;

use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_host::prelude::*;
use wurli_plugin::{ID, Param};

use crate::host::{HostShared, Instance, Log, TestHost};

/// Features of which a plugin has at least one.
const CATEGORIES: [&CStr; 5] = [c"instrument", c"audio-effect", c"note-effect", c"note-detector", c"analyzer"];

fn entry() -> PluginEntry {
    // SAFETY: the entry is that of this program.
    unsafe { PluginEntry::load_from_raw(&wurli_plugin::clap_entry, c"/openwurli.clap") }.expect("the entry loads")
}

fn create(id: &str) -> Result<PluginInstance<TestHost>, PluginInstanceError> {
    let info = HostInfo::new("test", "openwurli", "", "1").expect("no NUL");
    let id = CString::new(id).expect("no NUL");
    PluginInstance::new(|_| HostShared(Arc::new(Log::default())), |_| (), &entry(), &id, &info)
}

#[test]
fn unknown_factories_and_plugins_are_not_there() {
    let get = entry().raw_entry().get_factory.expect("a function");
    for (name, is_there) in [
        (c"clap.plugin-factory", true),
        (c"clap.preset-discovery-factory/2", true),
        (c"clap.plugin-factory/1", false),
        (c"foo-factory-7", false),
        (c"", false),
    ] {
        // SAFETY: the entry was initialised, and the name ends with a zero.
        let factory = unsafe { get(name.as_ptr()) };
        assert_eq!(!factory.is_null(), is_there, "{name:?}");
    }
    assert!(create(ID).is_ok());
    for id in [format!("{ID}x1"), format!("{ID} "), ID[1..].to_owned(), ID.to_uppercase(), String::new()] {
        assert!(create(&id).is_err(), "{id:?}");
    }
}

/// Returns the strings of a descriptor: identifier, name, vendor, version, description, features.
///
/// # Safety
///
/// The pointers are null or point to strings, and the list ends with null.
unsafe fn strings(of: [*const c_char; 5], mut features: *const *const c_char) -> Vec<CString> {
    let text = |pointer: *const c_char| {
        // SAFETY: as promised by the caller.
        if pointer.is_null() { CString::default() } else { unsafe { CStr::from_ptr(pointer) }.to_owned() }
    };
    let mut strings = of.map(text).to_vec();
    // SAFETY: as promised by the caller.
    while let feature @ 1.. = unsafe { *features } as usize {
        strings.push(text(feature as *const c_char));
        // SAFETY: the end of the list is not reached.
        features = unsafe { features.add(1) };
    }
    strings
}

#[test]
fn descriptors_of_factory_and_instance_are_equal_and_complete() {
    let entry = entry();
    let factory = entry.get_plugin_factory().expect("a factory");
    assert_eq!(factory.plugin_count(), 1);
    let of_factory = factory.plugin_descriptor(0).expect("a descriptor").as_raw();
    let instance = create(ID).expect("an instance");
    // SAFETY: the instance lives, and CLAP requires these pointers.
    let of_instance = unsafe { &*instance.plugin_shared_handle().as_raw().desc };
    let [of_factory, of_instance] = [of_factory, of_instance]
        .map(|raw| unsafe { strings([raw.id, raw.name, raw.vendor, raw.version, raw.description], raw.features) });
    assert_eq!(of_factory, of_instance);
    let (texts, features) = of_factory.split_at(5);
    assert!(texts.iter().all(|text| !text.is_empty()) && texts[0].to_str() == Ok(ID), "{texts:?}");
    assert!(features.iter().any(|feature| CATEGORIES.contains(&feature.as_c_str())), "{features:?}");
    let mut unique = features.to_vec();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), features.len(), "{features:?}");
}

#[test]
fn new_instances_have_the_default_values_that_they_describe() {
    let mut instance = Instance::with_users_weights();
    let handle = instance.plugin.plugin_handle();
    let params: PluginParams = handle.get_extension().expect("the plugin has parameters");
    for index in 0..params.count(&handle) {
        let mut buffer = ParamInfoBuffer::new();
        let info = params.get_info(&handle, index, &mut buffer).expect("a description");
        assert_eq!(params.get_value(&handle, info.id), Some(info.default_value));
        assert!((info.min_value..=info.max_value).contains(&info.default_value) && !info.name.is_empty());
    }
    assert_eq!(
        params.get_info(&handle, Param::ALL.len() as u32, &mut ParamInfoBuffer::new()).map(|info| info.id),
        None
    );
}
