//! Faults around a training run: it is killed, the disk is full, its cache goes away,
//! others work beside it, clocks and recordings change under it. Whatever happens, weights that are
//! there are whole and right, what was there before is not lost, and the next run makes the weights
//! of an undisturbed one, byte for byte.
//!
//! The next fault is one more line in [`FAULTS`]. `WURLI_KILLS=1000 cargo test --release -p
//! wurli-cli --test it faults` kills more often.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use wurli_testkit::folder::{Played, folder_of, instrument};
use wurli_train::random::Random;

/// Disturbs a run in a [`Place`], and checks its answer.
type Fault = fn(&Place, &mut Random);

const FAULTS: [(&str, Fault); 10] = [
    ("killed", killed),
    ("the disk is full", |place, random| full_disk(place, random, "trap '' XFSZ; ")),
    ("the disk is full, and the system ends who writes on", |place, random| full_disk(place, random, "")),
    ("the cache is removed", cache_removed),
    ("the cache cannot be read", cache_unreadable),
    ("two runs at once", |place, _| at_once(place, 2)),
    ("eight runs at once", |place, _| at_once(place, 8)),
    ("the clock was set back", clock_set_back),
    ("a recording is replaced while it is read", |place, random| replaced(place, random, rename_over)),
    ("a recording is written over while it is read", |place, random| replaced(place, random, write_over)),
];

#[test]
fn whatever_befalls_a_run_the_next_one_is_right_and_nothing_is_lost() {
    let place = Place::new();
    let mut random = Random(place.seed);
    for (name, fault) in FAULTS {
        let begun = Instant::now();
        place.begin();
        fault(&place, &mut random);
        // Not only the next run: whoever comes with a cache of his own too.
        place.is_right(&place.run(&[]), name);
        place.kept_its_recordings(name);
        println!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
    }
}

/// A data folder, the weights of an undisturbed run, and where disturbed ones work.
struct Place {
    seed: u64,
    data: tempfile::TempDir,
    recordings: BTreeMap<PathBuf, Vec<u8>>,
    /// Weights of the data folder.
    right: Vec<u8>,
    /// Replacement of the first recording, and the weights of the folder with it.
    other: (Vec<u8>, Vec<u8>),
    /// Weights of other settings, in the output folder when a run begins.
    before: Vec<u8>,
    /// Duration of an undisturbed run.
    takes: Duration,
    work: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let notes = instrument();
        let data = folder_of(&notes[..3]);
        let recordings: BTreeMap<_, _> = notes[..3]
            .iter()
            .map(|note| data.path().join(note.file()))
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        let mut corrections = notes[0].corrections;
        corrections.amp_offsets_db[0] += 1.0;
        let another = Played { corrections, ..notes[0].clone() };
        let other = fs::read(another.write(tempfile::tempdir().unwrap().path())).unwrap();

        let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos().into();
        println!("seed {seed}");
        let work = tempfile::tempdir().unwrap();
        let mut place = Self {
            seed,
            data,
            recordings,
            right: Vec::new(),
            other: (other, Vec::new()),
            before: Vec::new(),
            takes: Duration::ZERO,
            work,
        };
        let undisturbed = |place: &Self, more: &[&str]| {
            place.begin();
            assert!(place.run(more).status.success());
            place.weights().unwrap()
        };
        place.before = undisturbed(&place, &["--seed", "77"]);
        let (first, bytes) = place.first();
        fs::write(&first, &place.other.0).unwrap();
        place.other.1 = undisturbed(&place, &[]);
        fs::write(&first, bytes).unwrap();
        let begun = Instant::now();
        place.right = undisturbed(&place, &[]);
        place.takes = begun.elapsed();
        let all = [&place.before, &place.other.1, &place.right];
        assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
        place
    }

    /// An empty cache, and in the output folder what was learned before.
    fn begin(&self) {
        let _ = fs::remove_dir_all(self.cache()).or_else(|_| fs::remove_file(self.cache()));
        fs::create_dir_all(self.out()).unwrap();
        if !self.before.is_empty() {
            fs::write(self.out().join("wurli.weights"), &self.before).unwrap();
        }
    }

    fn cache(&self) -> PathBuf {
        self.work.path().join("cache")
    }

    fn out(&self) -> PathBuf {
        self.work.path().join("out")
    }

    fn first(&self) -> (PathBuf, Vec<u8>) {
        let (path, bytes) = self.recordings.first_key_value().unwrap();
        (path.clone(), bytes.clone())
    }

    fn command(&self, more: &[&str]) -> Vec<String> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut words = vec![crate::WURLI_TRAIN.to_owned()];
        words.extend(["run", "--train", "--epochs", "20"].map(str::to_owned));
        words.extend(["--data".into(), text(self.data.path())]);
        words.extend(["--cache".into(), text(&self.cache()), "--out".into(), text(&self.out())]);
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }

    fn start(&self, more: &[&str]) -> Child {
        let words = self.command(more);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self, more: &[&str]) -> Output {
        self.start(more).wait_with_output().unwrap()
    }

    fn weights(&self) -> Option<Vec<u8>> {
        fs::read(self.out().join("wurli.weights")).ok()
    }

    /// Done, without a word of panic, and with the weights of an undisturbed run.
    fn is_right(&self, output: &Output, what: &str) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}, seed {}: {said}", self.seed);
        assert!(self.weights().unwrap() == self.right, "{what}, seed {}: other weights: {said}", self.seed);
    }

    /// Either right, or of status 1 with a message that names a file of the run.
    fn is_right_or_says_why_not(&self, output: &Output, what: &str) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{what}, seed {}: {said}", self.seed);
        if output.status.success() {
            return self.is_right(output, what);
        }
        let named = [self.work.path(), self.data.path()].iter().any(|path| said.contains(path.to_str().unwrap()));
        assert!(output.status.code() == Some(1) && named, "{what}, seed {}: {:?}, {said}", self.seed, output.status);
        self.lost_nothing(what);
    }

    /// In the output folder are the weights from before, or the right ones: whole in either case.
    fn lost_nothing(&self, what: &str) {
        let weights = self.weights().unwrap();
        assert!(weights == self.before || weights == self.right, "{what}, seed {}: weights were lost", self.seed);
    }

    fn kept_its_recordings(&self, what: &str) {
        for (path, bytes) in &self.recordings {
            assert!(fs::read(path).unwrap() == *bytes, "{what}: {} was changed", path.display());
        }
        assert_eq!(fs::read_dir(self.data.path()).unwrap().count(), self.recordings.len(), "{what}");
    }

    /// Some time before an undisturbed run ends.
    fn wait(&self, random: &mut Random) {
        std::thread::sleep(self.takes.mul_f64(random.between(0.0, 1.0)));
    }
}

/// One kill after the other on what the ones before left behind; every tenth time, a run to the
/// end.
fn killed(place: &Place, random: &mut Random) {
    let kills = std::env::var("WURLI_KILLS").map_or(10, |kills| kills.parse().expect("WURLI_KILLS is a number"));
    for i in 0..kills {
        let mut run = place.start(&[]);
        place.wait(random);
        run.kill().unwrap();
        run.wait().unwrap();
        place.lost_nothing("killed");
        if i % 10 == 9 {
            place.is_right(&place.run(&[]), "after kills");
            place.begin();
        }
    }
}

/// No file may become longer than some blocks, from none at all to all that is needed.
fn full_disk(place: &Place, _: &mut Random, first: &str) {
    for blocks in [0, 1, 2, 4, 8] {
        place.begin();
        // No word holds a quote.
        let words: Vec<_> = place.command(&[]).iter().map(|word| format!("'{word}'")).collect();
        let script = format!("{first}ulimit -f {blocks}; exec {}", words.join(" "));
        // Pipes have no length.
        let output = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
        if output.status.code().is_some() {
            place.is_right_or_says_why_not(&output, &format!("{blocks} blocks"));
        }
        place.lost_nothing(&format!("{blocks} blocks"));
    }
}

fn cache_removed(place: &Place, random: &mut Random) {
    for _ in 0..3 {
        let run = place.start(&[]);
        place.wait(random);
        let _ = fs::remove_dir_all(place.cache());
        place.is_right_or_says_why_not(&run.wait_with_output().unwrap(), "cache removed");
    }
}

/// A link to itself can be neither read nor written, not even by root, to whom permissions do not
/// apply.
fn cache_unreadable(place: &Place, random: &mut Random) {
    for half in [true, false] {
        place.begin();
        let run = if half { Some(place.start(&[])) } else { None };
        place.wait(random);
        let _ = fs::remove_dir_all(place.cache());
        let _ = std::os::unix::fs::symlink(place.cache(), place.cache());
        let output = run.unwrap_or_else(|| place.start(&[])).wait_with_output().unwrap();
        place.is_right_or_says_why_not(&output, "cache unreadable");
        if !half {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                said.contains(place.cache().to_str().unwrap()),
                "a cache that cannot be read is not mentioned: {said}"
            );
        }
    }
    let output = place.run(&[]);
    place.is_right_or_says_why_not(&output, "cache still unreadable");
    fs::remove_file(place.cache()).unwrap();
}

fn at_once(place: &Place, count: usize) {
    let runs: Vec<_> = (0..count).map(|_| place.start(&[])).collect();
    for run in runs {
        place.is_right(&run.wait_with_output().unwrap(), "at once");
    }
}

/// Artifacts and recordings from the future, and a recording that is newer than its date.
fn clock_set_back(place: &Place, _: &mut Random) {
    place.is_right(&place.run(&[]), "before the clock is set back");
    let (first, bytes) = place.first();
    let future = SystemTime::now() + Duration::from_secs(400 * 86_400);
    let date = |path: &Path, time| fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    for stage in fs::read_dir(place.cache()).unwrap() {
        for artifact in fs::read_dir(stage.unwrap().path()).unwrap() {
            date(&artifact.unwrap().path(), future);
        }
    }
    place.recordings.keys().for_each(|path| date(path, future));
    place.is_right(&place.run(&[]), "dated in the future");
    fs::write(&first, &place.other.0).unwrap();
    date(&first, SystemTime::UNIX_EPOCH);
    assert!(
        place.run(&[]).status.success() && place.weights().unwrap() == place.other.1,
        "an older date hides a change"
    );
    fs::write(&first, bytes).unwrap();
    date(&first, SystemTime::UNIX_EPOCH);
}

/// The first recording turns from one into another and back while runs begin; in the end it is the
/// one.
fn replaced(place: &Place, _: &mut Random, replace: fn(&Path, &[u8])) {
    let (first, bytes) = place.first();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let replacing = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                replace(&first, &place.other.0);
                std::thread::yield_now();
                replace(&first, &bytes);
            }
        });
        for _ in 0..3 {
            let output = place.run(&[]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{said}");
            let weights = place.weights().unwrap();
            // A file that is renamed into place is one or the other. One that is written over may
            // be half of each, and whoever reads it then learns what stands there, under a key of
            // its own.
            let whole = std::ptr::fn_addr_eq(replace, rename_over as fn(&Path, &[u8]));
            if whole {
                assert!(output.status.success(), "{said}");
                assert!(
                    weights == place.right || weights == place.other.1,
                    "seed {}: neither one nor the other",
                    place.seed
                );
            } else if !output.status.success() {
                assert!(said.contains(first.to_str().unwrap()), "{said}");
            }
        }
        done.store(true, Ordering::Relaxed);
        replacing.join().unwrap();
    });
}

fn rename_over(path: &Path, bytes: &[u8]) {
    wurli_train::files::write_atomic(path, bytes).unwrap();
}

fn write_over(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
