//! Regions of an SFZ file, collected from its headers and opcodes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::conditions::{self, Conditions};
use super::region::{LABELS, Region, USED};
use super::velocity_curve;
use crate::import::error::SfzProblem;
use crate::import::names::naming::normalised;
use crate::import::sfz::text::{Item, Place};
use crate::import::sfz::unused::Names;
use crate::import::warning::ImportWarning;
use wurli_train::note_name::parse_note;

#[cfg(test)]
mod tests;

/// Limit of regions; the largest packs have some ten thousand.
const REGIONS_MAX: usize = 1 << 16;

/// Volume at and below which a region is silent, dB: less than 16 bits hold.
const SILENT_DB: f64 = -96.0;

type Opcodes = BTreeMap<String, (Place, String)>;

/// Collects regions from the items of a [`super::text::Reader`].
#[derive(Default)]
pub(crate) struct Regions {
    control: Opcodes,
    /// Opcodes of `<global>`, `<master>`, `<group>` and `<region>`; later levels override.
    levels: [Opcodes; 4],
    level: Level,
    at: Option<Place>,
    found: Vec<Region>,
    left_out: BTreeMap<String, (Place, usize)>,
    /// First value of `hivel` that is taken as 127, and the number of others.
    clamped: Option<(Place, usize)>,
    unused: Names,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Level {
    #[default]
    Outside,
    Other,
    Control,
    Of(usize),
}

const REGION: usize = 3;

impl Regions {
    /// Adds the next item.
    pub(crate) fn add(&mut self, place: Place, item: Item) -> Result<(), SfzProblem> {
        match item {
            Item::Header(name) => {
                self.end()?;
                self.level = match name.as_str() {
                    "control" => Level::Control,
                    "global" => Level::Of(0),
                    "master" => Level::Of(1),
                    "group" => Level::Of(2),
                    "region" => Level::Of(REGION),
                    // Curves, effects and embedded MIDI do not describe recordings.
                    _ => Level::Other,
                };
                if let Level::Of(level) = self.level {
                    self.levels[level..].iter_mut().for_each(Opcodes::clear);
                }
                self.at = (self.level == Level::Of(REGION)).then_some(place);
            }
            Item::Opcode(name, value) => {
                let opcodes = match self.level {
                    Level::Outside if name == "sample" => {
                        self.leave_out("it stands before any <region> header".into(), place);
                        return Ok(());
                    }
                    Level::Outside | Level::Other => return Ok(()),
                    Level::Control => &mut self.control,
                    Level::Of(level) => &mut self.levels[level],
                };
                let is_used = USED.contains(&name.as_str()) || velocity_curve::point(&name).is_some();
                if !is_used && !is_controller(&name) && !conditions::is_condition(&name) {
                    self.unused.add(&name);
                    return Ok(());
                }
                // Some count velocities from 1 to 128.
                if name == "hivel" && value == "128" {
                    self.clamped.get_or_insert((place, 0)).1 += 1;
                    opcodes.insert(name, (place, "127".into()));
                    return Ok(());
                }
                opcodes.insert(name, (place, value));
            }
        }
        Ok(())
    }

    /// Returns the regions and warnings. `files` resolves the file index of places.
    pub(crate) fn finish(mut self, files: &[PathBuf]) -> (Vec<Region>, Vec<ImportWarning>) {
        let mut warnings = Vec::new();
        if let Err(problem) = self.end() {
            self.leave_out(problem.to_string(), Place { file: 0, line: 0 });
        }
        for (why, (place, count)) in self.left_out {
            let path = files.get(place.file).cloned().unwrap_or_default();
            warnings.push(ImportWarning::Region { path, line: place.line, why, others: count - 1 });
        }
        if let Some((place, count)) = self.clamped {
            let path = files.get(place.file).cloned().unwrap_or_default();
            warnings.push(ImportWarning::Clamped { path, line: place.line, others: count - 1 });
        }
        warnings.extend(self.unused.warning());
        (self.found, warnings)
    }

    /// Closes the open region, if any.
    fn end(&mut self) -> Result<(), SfzProblem> {
        let Some(place) = self.at.take() else { return Ok(()) };
        if self.found.len() >= REGIONS_MAX {
            return Err(SfzProblem::Regions { max: REGIONS_MAX });
        }
        match self.region(place) {
            Ok(region) => self.found.push(region),
            Err((why, place)) => self.leave_out(why, place),
        }
        Ok(())
    }

    fn leave_out(&mut self, why: String, place: Place) {
        // Reasons hold values; a hostile file must not make a million of them.
        let why = if self.left_out.len() < 100 { why } else { "further reasons".to_owned() };
        self.left_out.entry(why).or_insert((place, 0)).1 += 1;
    }

    fn get(&self, name: &str) -> Option<(Place, &str)> {
        self.levels.iter().rev().find_map(|level| level.get(name)).map(|(place, value)| (*place, value.as_str()))
    }

    fn region(&self, place: Place) -> Result<Region, (String, Place)> {
        let reject = |why: &str| Err((why.to_owned(), place));
        let Some((_, sample)) = self.get("sample").filter(|(_, sample)| !sample.is_empty()) else {
            return reject("it names no sample");
        };
        if sample.starts_with('*') {
            return reject("its sample is made by the player, not recorded");
        }
        match self.get("trigger").map(|(_, trigger)| trigger) {
            None | Some("attack" | "first") => {}
            Some("release" | "release_key") => return reject("it is a release sample, not a struck note"),
            Some("legato") => return reject("it is played legato alone, not as a struck note"),
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                return Err((format!("trigger = {other:?} is none of attack, first, release and legato"), place));
            }
        }
        let by_controller = self.levels.iter().flat_map(Opcodes::keys).any(|name| is_controller(name));
        if by_controller {
            return reject("a controller starts it, not a key");
        }
        if self.number("end", -1, i32::MAX)? == Some(-1) {
            return reject("end=-1 turns it off");
        }
        if self.number("hikey", -1, 127)? == Some(-1) {
            return reject("hikey=-1 leaves it without a key");
        }
        if self.get("direction").is_some_and(|(_, direction)| direction == "reverse") {
            return reject("direction=reverse plays it backwards");
        }
        if let Some((name, value)) = self.silenced() {
            return Err((format!("{name}={value} makes it silent"), place));
        }
        let control = |name| match self.control.get(name) {
            Some((place, text)) => number(name, text, -127, 127).map_err(|why| (why, *place)),
            None => Ok(0),
        };
        let offset = control("note_offset")? + 12 * control("octave_offset")?;
        let by_file = self.get("pitch_keycenter").is_some_and(|(_, center)| center == "sample");
        let keycenter = if by_file { None } else { self.number("pitch_keycenter", -127, 127)? };
        // 60 is the default of the format.
        let key = keycenter.or(self.number("key", 0, 127)?).map_or(60, |key| key + offset);
        let tune = self.number("tune", -9600, 9600)?.or(self.number("pitch", -9600, 9600)?).unwrap_or(0);
        let transpose = self.number("transpose", -127, 127)?.unwrap_or(0);
        let midi = key - transpose - (f64::from(tune) / 100.0).round() as i32;
        let layer = self.layer(place)?;
        self.check_keytrack(key, by_file, place)?;
        let end = self.number("end", 0, i32::MAX)?.map_or(u64::MAX, |last| last.unsigned_abs().into());
        let start = self.number("offset", 0, i32::MAX)?.map_or(0, |start| start.unsigned_abs().into());
        let Conditions { hold_by_default, ranges } = self.conditions();
        let path = |name| self.control.get(name).map_or("", |(_, path)| path.as_str());
        let prefix = format!("{}{}", path("prefix_sfz_path"), path("default_path"));
        Ok(Region {
            sample: format!("{prefix}{sample}"),
            prefix,
            midi: (!by_file).then(|| i16::try_from(midi).unwrap_or(i16::MAX)),
            layer,
            conditional: !hold_by_default,
            ranges,
            keyswitch: self.number("sw_last", 0, 127)?.or(self.number("sw_lolast", 0, 127)?),
            default_keyswitch: self.number("sw_default", 0, 127)?,
            label: self.get("sw_label").map(|(_, label)| label.chars().take(40).collect()),
            names: LABELS
                .iter()
                .filter_map(|name| self.get(name))
                .map(|(_, label)| label)
                .collect::<Vec<_>>()
                .join("/"),
            keytracked: self.number("pitch_keytrack", -1200, 1200)? != Some(0),
            part: (start, end),
            place,
        })
    }

    /// Returns the opcode that makes the region silent, and its value.
    fn silenced(&self) -> Option<(&'static str, &str)> {
        [("amplitude", 0.0), ("volume", SILENT_DB)].into_iter().find_map(|(name, silent)| {
            let (_, value) = self.get(name)?;
            value.parse::<f64>().is_ok_and(|value| value <= silent).then_some((name, value))
        })
    }

    /// Fails if the recording sounds its own key on none of the keys that play it, as then nothing
    /// tells which key that is.
    fn check_keytrack(&self, center: i32, by_file: bool, place: Place) -> Result<(), (String, Place)> {
        let track = self.number("pitch_keytrack", -1200, 1200)?.unwrap_or(100);
        let bound = |name| Ok::<_, (String, Place)>(self.number(name, -1, 127)?.or(self.number("key", -1, 127)?));
        let (low, high) = (bound("lokey")?.unwrap_or(0), bound("hikey")?.unwrap_or(127));
        if !matches!(track, 0 | 100) && !by_file && !(low..=high).contains(&center) {
            let why = format!(
                "pitch_keytrack={track} on keys {low}-{high} without its centre {center}: none of them is the key that was recorded"
            );
            return Err((why, place));
        }
        Ok(())
    }

    /// Returns the gains by velocity, from the lowest up.
    fn velocity_curve(&self) -> Vec<(u8, f64)> {
        let names: BTreeSet<&str> = self.levels.iter().flat_map(Opcodes::keys).map(String::as_str).collect();
        let point = |name: &str| Some((velocity_curve::point(name)?, self.get(name)?.1.parse::<f64>().ok()?));
        let points: BTreeMap<u8, f64> = names.into_iter().filter_map(point).collect();
        points.into_iter().collect()
    }

    /// Returns the velocities that a region answers. A crossfade ends it where both regions sound
    /// alike.
    fn layer(&self, place: Place) -> Result<(u8, u8), (String, Place)> {
        let (low, high) = Region::EVERY_VELOCITY;
        let mut low = self.number("lovel", 0, 127)?.unwrap_or(i32::from(low));
        let mut high = self.number("hivel", 0, 127)?.unwrap_or(i32::from(high));
        if low > high {
            return Err((format!("lovel = {low} is above hivel = {high}"), place));
        }
        // A fade with one end bounds the layer there.
        let fade = |from: Option<i32>, to: Option<i32>| Some((from.or(to)? + to.or(from)?) / 2);
        let fade_in = fade(self.number("xfin_lovel", 0, 127)?, self.number("xfin_hivel", 0, 127)?);
        let fade_out = fade(self.number("xfout_lovel", 0, 127)?, self.number("xfout_hivel", 0, 127)?);
        if high == 0 {
            return Err(("hivel = 0: no note has that velocity".into(), place));
        }
        let Some((curve_low, curve_high)) = velocity_curve::layer(&self.velocity_curve()) else {
            return Err(("amp_velcurve is 0 at every velocity".into(), place));
        };
        low = low.max(fade_in.unwrap_or(low)).max(curve_low.into());
        high = high.min(fade_out.unwrap_or(high)).min(curve_high.into()).max(low);
        Ok((u8::try_from(low).unwrap_or(0), u8::try_from(high).unwrap_or(127)))
    }

    /// Returns the conditions under which the region sounds.
    fn conditions(&self) -> Conditions {
        let names: BTreeSet<&str> = self.levels.iter().flat_map(Opcodes::keys).map(String::as_str).collect();
        let set = |controller: &str| {
            self.control.iter().find_map(|(name, (_, value))| {
                let (_, factor) = conditions::set_by(name).filter(|(number, _)| *number == controller)?;
                Some(factor * value.parse::<f64>().ok()?)
            })
        };
        let value = |name: &str| {
            let (_, value) = self.get(name)?;
            value.parse().ok().or_else(|| parse_note(&normalised(value)).map(f64::from))
        };
        Conditions::read(names.into_iter(), &value, &set)
    }

    fn number(&self, name: &str, min: i32, max: i32) -> Result<Option<i32>, (String, Place)> {
        let Some((place, text)) = self.get(name) else { return Ok(None) };
        number(name, text, min, max).map(Some).map_err(|why| (why, place))
    }
}

/// Returns true for opcodes by which a controller starts the region, as for pedal noises.
fn is_controller(name: &str) -> bool {
    ["on_locc", "on_hicc", "start_locc", "start_hicc"].iter().any(|prefix| {
        name.strip_prefix(prefix).is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Parses an integer, or a note name for keys. Some editors write integers with decimals.
fn number(name: &str, text: &str, min: i32, max: i32) -> Result<i32, String> {
    let is_key = matches!(
        name,
        "key" | "lokey" | "hikey" | "pitch_keycenter" | "sw_last" | "sw_lolast" | "sw_hilast" | "sw_default"
    );
    let named = || parse_note(&normalised(text)).filter(|_| is_key).map(i32::from);
    let decimal = || text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.round() as i32);
    let shown = || text.chars().take(40).collect::<String>();
    let value = text.parse().ok().or_else(named).or_else(decimal);
    let value = value.ok_or_else(|| {
        let what = if is_key { "neither a whole number nor a note such as c#4" } else { "not a number" };
        format!("{name} = {:?} is {what}; it must be within {min}..={max}", shown())
    })?;
    if (min..=max).contains(&value) { Ok(value) } else { Err(format!("{name} = {} is outside {min}..={max}", shown())) }
}
