//! `training_data.npz`: the training set as NumPy arrays.

use std::io::{Cursor, Write};

use npyz::WriterBuilder;
use npyz::zip::ZipWriter;
use npyz::zip::write::FileOptions;
use wurli_train::targets::TrainingSet;

/// Encodes a zip archive of `inputs` (N, 2), `targets` (N, 22), `weights` (N), all f32, and `mask`
/// (N, 22), bool.
pub(crate) fn encode(set: &TrainingSet) -> std::io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let rows = set.rows.len() as u64;
    add(&mut archive, "inputs", &[rows, 2], set.rows.iter().flat_map(|row| row.inputs))?;
    add(&mut archive, "targets", &[rows, 22], set.rows.iter().flat_map(|row| row.targets))?;
    add(&mut archive, "mask", &[rows, 22], set.rows.iter().flat_map(|row| row.mask))?;
    add(&mut archive, "weights", &[rows], set.rows.iter().map(|row| row.weight))?;
    Ok(archive.finish().map_err(std::io::Error::other)?.into_inner())
}

fn add<T: npyz::AutoSerialize>(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> std::io::Result<()> {
    // A fixed time stamp makes the file reproducible.
    let options = FileOptions::default().last_modified_time(npyz::zip::DateTime::default());
    archive.start_file(format!("{name}.npy"), options).map_err(std::io::Error::other)?;
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd()?;
    writer.extend(values)?;
    writer.finish()?;
    archive.write_all(&bytes)
}
