//! Input from people who mean harm, and from disks that forget: files and calls altered by chance
//! are read or refused, without a panic, without end, and in memory that their length bounds.
//!
//! The next format is one more line in [`all_targets`]. Every target is tried for a second, or for
//! `WURLI_FUZZ_SECONDS`; what breaks it is left in `tests/it/hostile/<target>/`, where the first
//! test finds it from then on. `WURLI_FUZZ_SEED` begins elsewhere, `WURLI_FUZZ_TARGET` names one
//! target to be tried alone.

mod alter;
mod bounded;
mod targets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::bounded::bounded;
use self::targets::{Target, all_targets};
use wurli_train::random::Random;

fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile").join(target.name)
}

/// Inputs that once broke something, by path.
fn kept(target: &Target) -> BTreeMap<PathBuf, Vec<u8>> {
    let Ok(files) = std::fs::read_dir(folder(target)) else { return BTreeMap::new() };
    files.map(|file| file.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn what_once_broke_something_breaks_nothing_any_more() {
    let mut count = 0;
    for target in all_targets() {
        for (path, bytes) in kept(&target) {
            if let Err(why) = bounded(&target, &bytes) {
                panic!("{}: {why}", path.display());
            }
            count += 1;
        }
    }
    assert!(count > 0, "no file was found");
}

#[test]
fn whatever_is_altered_is_read_or_refused_within_bounds() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let time = Duration::from_secs(number("WURLI_FUZZ_SECONDS").unwrap_or(1));
    let seed = number("WURLI_FUZZ_SEED").unwrap_or(1);
    let only = std::env::var("WURLI_FUZZ_TARGET").ok();
    let targets: Vec<Target> = all_targets();
    let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
    assert!(only.as_deref().is_none_or(|only| names.contains(&only)), "{only:?} is none of {names:?}");
    for target in targets.into_iter().filter(|target| only.as_deref().is_none_or(|only| only == target.name)) {
        let mut random = Random(seed);
        let (begun, mut tried, mut accepted) = (Instant::now(), 0_u32, 0_u32);
        // Unaltered, they are accepted: a target that refuses everything would prove nothing.
        for (i, bytes) in target.seeds.iter().enumerate() {
            assert_eq!(bounded(&target, bytes), Ok(true), "{}: seed {i} is refused", target.name);
        }
        while begun.elapsed() < time {
            let bytes = alter::altered(&target.seeds, target.words, &mut random);
            let bytes = target.mend.map_or(bytes.clone(), |mend| mend(bytes));
            tried += 1;
            match bounded(&target, &bytes) {
                Ok(taken) => accepted += u32::from(taken),
                Err(why) => {
                    std::fs::create_dir_all(folder(&target)).unwrap();
                    let path = folder(&target).join(format!("seed-{seed}-round-{tried}"));
                    std::fs::write(&path, &bytes).unwrap();
                    panic!("{why}; kept as {}", path.display());
                }
            }
        }
        println!("{}: {tried} tried, {accepted} of them read, seed {seed}", target.name);
        assert!(tried > 0 && accepted < tried, "{}: nothing was refused", target.name);
    }
}
