//! Weights files of the user's folder, which CLAP hosts list as presets.

use std::ffi::{CStr, CString};
use std::path::Path;

use clack_extensions::preset_discovery::prelude::*;
use clack_plugin::entry::prelude::*;
use clack_plugin::prelude::PluginError;
use clack_plugin::utils::UniversalPluginId;

use crate::weights::{read, user_folder};
use crate::{ID, Openwurli};

/// Extension of weights files.
const EXTENSION: &CStr = c"weights";

/// Entry of the library: the plugin and its presets.
pub struct LibraryEntry {
    plugin: SinglePluginEntry<Openwurli>,
    presets: PresetDiscoveryFactoryWrapper<Presets>,
}

impl Entry for LibraryEntry {
    fn new(path: Option<&CStr>) -> Result<Self, EntryLoadError> {
        let id = CString::new(ID).map_err(|_| EntryLoadError)?;
        let descriptor = ProviderDescriptor::new("org.openwurli.weights", "openwurli weights").with_vendor("openwurli");
        let presets = PresetDiscoveryFactoryWrapper::new(Presets { id, descriptor });
        Ok(Self { plugin: SinglePluginEntry::new(path)?, presets })
    }

    fn declare_factories<'a>(&'a self, builder: &mut EntryFactories<'a>) {
        self.plugin.declare_factories(builder);
        builder.register_factory(&self.presets);
    }
}

/// Factory of the only provider.
struct Presets {
    /// Identifier of the plugin that reads the presets.
    id: CString,
    descriptor: ProviderDescriptor,
}

impl PresetDiscoveryFactoryImpl for Presets {
    fn provider_count(&self) -> u32 {
        1
    }

    fn provider_descriptor(&self, index: u32) -> Option<&ProviderDescriptor> {
        (index == 0).then_some(&self.descriptor)
    }

    fn create_provider<'a>(&'a self, indexer: IndexerInfo<'a>, id: &CStr) -> Option<ProviderInstance<'a>> {
        (Some(id) == self.descriptor.id()).then(|| {
            ProviderInstance::new(indexer, &self.descriptor, |mut indexer| {
                declare(&mut indexer)?;
                Ok(Provider { id: &self.id })
            })
        })
    }
}

/// Tells the host where weights files are.
fn declare(indexer: &mut Indexer) -> Result<(), PluginError> {
    indexer.declare_filetype(FileType {
        name: c"Weights of openwurli",
        description: Some(c"Corrections that wurli-train learned from recordings"),
        file_extension: Some(EXTENSION),
    })?;
    let folder = user_folder().filter(|folder| folder.is_dir());
    let Some(folder) = folder.and_then(|folder| CString::new(folder.to_string_lossy().into_owned()).ok()) else {
        return Ok(());
    };
    let location = Location::File { path: &folder };
    indexer.declare_location(LocationInfo { name: c"My weights", flags: Flags::IS_USER_CONTENT, location })?;
    Ok(())
}

/// Describes weights files to the host.
struct Provider<'a> {
    id: &'a CStr,
}

impl<'a> ProviderImpl<'a> for Provider<'a> {
    fn get_metadata(&mut self, location: Location, receiver: &mut MetadataReceiver) -> Result<(), PluginError> {
        let Location::File { path } = location else { return Ok(()) };
        let path = path.to_string_lossy();
        let path = Path::new(path.as_ref());
        read(path).map_err(|error| PluginError::Error(error.into()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = CString::new(name).unwrap_or_default();
        receiver
            .begin_preset(Some(&name), None)?
            .add_plugin_id(UniversalPluginId::clap(self.id))
            .set_flags(Flags::IS_USER_CONTENT);
        Ok(())
    }
}
