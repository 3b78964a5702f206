//! `training_data.npz`: the training set as NumPy arrays.
//!
//! The layout is that of `numpy.lib.format`, version 1.0. Crates for it compile forty others.

use std::io::{Cursor, Write};

use wurli_train::targets::TrainingSet;
use zip::ZipWriter;
use zip::write::FileOptions;

/// Alignment of an array's data in its file, bytes.
const ALIGNMENT: usize = 64;
/// Bytes before the header's text: magic, version and length.
const PREFIX_BYTES: usize = 10;

/// Encodes a zip archive of `inputs` (N, 2), `targets` (N, 22), `weights` (N), all f32, and `mask`
/// (N, 22), bool.
pub(crate) fn encode(set: &TrainingSet) -> std::io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let rows = set.rows.len();
    let inputs = set.rows.iter().flat_map(|row| row.inputs).flat_map(f32::to_le_bytes);
    add(&mut archive, "inputs", "<f4", &[rows, 2], inputs)?;
    let targets = set.rows.iter().flat_map(|row| row.targets).flat_map(f32::to_le_bytes);
    add(&mut archive, "targets", "<f4", &[rows, 22], targets)?;
    add(&mut archive, "mask", "|b1", &[rows, 22], set.rows.iter().flat_map(|row| row.mask).map(u8::from))?;
    let weights = set.rows.iter().map(|row| row.weight).flat_map(f32::to_le_bytes);
    add(&mut archive, "weights", "<f4", &[rows], weights)?;
    Ok(archive.finish().map_err(std::io::Error::other)?.into_inner())
}

/// Adds an array. `descr` is NumPy's name of its type.
fn add(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    descr: &str,
    shape: &[usize],
    data: impl Iterator<Item = u8>,
) -> std::io::Result<()> {
    let shape: String = shape.iter().map(|length| format!("{length},")).collect();
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let length = (PREFIX_BYTES + text.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX_BYTES;
    text.extend(std::iter::repeat_n(' ', length - text.len() - 1));
    text.push('\n');

    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(length).map_err(std::io::Error::other)?.to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes.extend(data);
    // A fixed time stamp makes the file reproducible.
    let options = FileOptions::default().last_modified_time(zip::DateTime::default());
    archive.start_file(format!("{name}.npy"), options).map_err(std::io::Error::other)?;
    archive.write_all(&bytes)
}
