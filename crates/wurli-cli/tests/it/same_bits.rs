//! Trained where, when and by how many threads: the weights are the same bytes. On one kind of
//! machine; between kinds, matrices are multiplied in another order, and the shipped weights are
//! what makes the answers the same for everyone.

use std::path::Path;
use std::process::{Command, Stdio};

use wurli_testkit::folder::{folder_of, instrument};

/// Weights of a folder, by that many threads, with artifacts in `cache`.
fn trained(data: &Path, cache: &Path, threads: &str) -> Vec<u8> {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(crate::WURLI_TRAIN);
    command.args(["run", "--train", "--epochs", "50"]).stdin(Stdio::null()).env("RAYON_NUM_THREADS", threads);
    for (option, path) in [("--data", data), ("--cache", cache), ("--out", out.path())] {
        command.arg(option).arg(path);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(out.path().join("wurli.weights")).unwrap()
}

#[test]
fn weights_are_the_same_bytes_in_two_folders_by_one_and_two_threads_with_and_without_a_cache() {
    let mut all = Vec::new();
    for threads in ["1", "2"] {
        let (data, cache) = (folder_of(&instrument()), tempfile::tempdir().unwrap());
        for state in ["cold", "warm"] {
            all.push((format!("{threads} threads, {state} cache"), trained(data.path(), cache.path(), threads)));
            // Artifacts of the training; measurements stay.
            for stage in ["train", "weights"] {
                std::fs::remove_dir_all(cache.path().join(stage)).unwrap();
            }
        }
        all.push((format!("{threads} threads, measured before"), trained(data.path(), cache.path(), threads)));
        all.push((format!("{threads} threads, nothing to do"), trained(data.path(), cache.path(), threads)));
    }
    for (what, weights) in &all {
        assert!(*weights == all[0].1, "{what}: other weights than with {}", all[0].0);
    }
}
