//! `export --c`: the header compiles, and gives the bits of the Rust function.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use wurli_weights::{RuntimeNetwork, sample_weights};

/// Prints the bits of all corrections, a line for each key and velocity.
const PROGRAM: &str = r#"
#include "corrections.h"
#include <stdio.h>
#include <string.h>

static void print(const float *numbers, int count) {
    for (int i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        printf("%08x ", (unsigned)bits);
    }
}

int main(void) {
    for (int midi = 0; midi < 256; midi++) {
        for (int step = -1; step <= 130; step++) {
            float velocity = step == 130 ? 0.0f / (float)(step - 130) : (float)step / 128.0f;
            wurli_corrections corrections = wurli_compute_corrections((uint8_t)midi, velocity);
            print(corrections.amp_offsets_db, 7);
            print(corrections.freq_offsets_cents, 7);
            print(corrections.decay_ratios, 7);
            print(&corrections.displacement_scale, 1);
            printf("\n");
        }
    }
    return 0;
}
"#;

fn expected(network: &RuntimeNetwork) -> String {
    let mut text = String::new();
    for midi in 0..=255 {
        for step in -1..=130_i16 {
            let velocity = if step == 130 { f32::NAN } else { f32::from(step) / 128.0 };
            for output in network.compute_corrections(midi, velocity).to_outputs() {
                write!(text, "{:08x} ", output.to_bits()).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// Returns `CC` if it is set, else those of gcc and clang that start.
fn compilers() -> Vec<String> {
    match std::env::var("CC") {
        Ok(compiler) => vec![compiler],
        Err(_) => {
            let starts = |name: &&str| Command::new(name).arg("--version").output().is_ok();
            ["gcc", "clang"].into_iter().filter(starts).map(str::to_owned).collect()
        }
    }
}

fn compile_and_run(compiler: &str, level: &str, folder: &Path) -> String {
    let program = folder.join("program");
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-ffp-contract=off", level, "-o"];
    let compiled = Command::new(compiler).args(flags).arg(&program).arg(folder.join("program.c")).output().unwrap();
    assert!(compiled.status.success(), "{compiler}: {}", String::from_utf8_lossy(&compiled.stderr));
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

#[test]
fn the_c_header_gives_the_same_bits() {
    let user = crate::user();
    let folder = user.place.path();
    let weights = sample_weights();
    std::fs::write(folder.join("piano.weights"), weights.to_bytes()).unwrap();
    let (status, stdout, stderr) = user.call(&["export", "--c", "corrections.h", "--weights", "piano.weights"]);
    assert_eq!((status, stdout.as_str()), (0, "wrote corrections.h\n"), "{stderr}");
    std::fs::write(folder.join("program.c"), PROGRAM).unwrap();

    let compilers = compilers();
    if compilers.is_empty() {
        // Written directly, because the test harness captures `eprintln!`.
        let _ = writeln!(std::io::stderr(), "the C header was not compiled: there is neither gcc nor clang");
    }
    let expected = expected(&RuntimeNetwork::fold(&weights));
    for compiler in &compilers {
        for level in ["-O0", "-O1", "-O2", "-O3"] {
            let found = compile_and_run(compiler, level, folder);
            let different = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
            assert!(found.len() == expected.len() && different.is_none(), "{compiler} {level}: line {different:?}");
        }
    }
}

#[test]
fn a_missing_weights_file_is_an_error() {
    let (status, _, stderr) = crate::user().call(&["export", "--c", "corrections.h"]);
    assert!(status == 1 && stderr.contains("wurli.weights") && stderr.contains("--weights FILE"), "{stderr}");
}
