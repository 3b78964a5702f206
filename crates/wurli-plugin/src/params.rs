//! Parameters: ranges, texts and values.

use std::ffi::CStr;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use clack_extensions::params::{
    ParamDisplayWriter, ParamInfo, ParamInfoFlags, ParamInfoWriter, PluginAudioProcessorParams, PluginMainThreadParams,
};
use clack_plugin::events::spaces::CoreEventSpace;
use clack_plugin::prelude::*;
use clack_plugin::utils::Cookie;

use crate::audio::Processor;
use crate::main_thread::MainThread;

/// Parameter of the plugin. Its discriminant is the index, and the identifier less 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Strength of the corrections of new notes, %. 0 is the uncorrected model.
    Corrections,
    /// Output gain, dB.
    Gain,
    /// Frequency of A4, Hz.
    A4,
    /// Loudness of soft notes, %: 0 is linear, positive values raise them, negative ones lower
    /// them.
    VelocityCurve,
    /// Force of the dampers, %. More is a shorter release.
    Damper,
    /// Rate of the tremolo, Hz.
    TremoloRate,
    /// Depth of the tremolo, dB.
    TremoloDepth,
}

/// Number of parameters.
pub(crate) const COUNT: usize = Param::ALL.len();

/// Description of a parameter.
struct Description {
    /// Name in hosts.
    name: &'static str,
    /// Name in the state.
    key: &'static str,
    unit: &'static str,
    min: f64,
    max: f64,
    default: f64,
    /// Digits after the point in texts.
    decimals: usize,
}

impl Param {
    /// All parameters, in the order of their identifiers.
    pub const ALL: [Self; 7] = [
        Self::Corrections,
        Self::Gain,
        Self::A4,
        Self::VelocityCurve,
        Self::Damper,
        Self::TremoloRate,
        Self::TremoloDepth,
    ];

    #[rustfmt::skip]
    const fn description(self) -> Description {
        let (name, key, unit, min, default, max, decimals) = match self {
            Self::Corrections => ("Corrections", "corrections", "%", 0.0, 100.0, 100.0, 1),
            Self::Gain => ("Gain", "gain", "dB", -60.0, 0.0, 12.0, 2),
            Self::A4 => ("Tuning", "a4", "Hz", 400.0, 440.0, 480.0, 2),
            Self::VelocityCurve => ("Velocity curve", "velocity-curve", "%", -100.0, 0.0, 100.0, 1),
            Self::Damper => ("Damper", "damper", "%", 10.0, 100.0, 400.0, 1),
            Self::TremoloRate => ("Tremolo rate", "tremolo-rate", "Hz", 0.1, 5.5, 20.0, 2),
            Self::TremoloDepth => ("Tremolo depth", "tremolo-depth", "dB", 0.0, 0.0, 24.0, 2),
        };
        Description { name, key, unit, min, max, default, decimals }
    }

    /// Returns the CLAP identifier.
    #[must_use]
    pub const fn id(self) -> ClapId {
        ClapId::new(self as u32 + 1)
    }

    /// Returns the parameter with a CLAP identifier.
    #[must_use]
    pub fn from_id(id: ClapId) -> Option<Self> {
        Self::ALL.get((id.get() as usize).checked_sub(1)?).copied()
    }

    /// Returns the name in the state.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.description().key
    }

    /// Returns the lowest and highest value.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        (self.description().min, self.description().max)
    }

    /// Returns the value of a new instance.
    #[must_use]
    pub const fn default(self) -> f64 {
        self.description().default
    }
}

/// Values of all parameters, which any thread may read and write.
#[derive(Debug)]
pub(crate) struct Values([AtomicU64; COUNT]);

impl Values {
    /// Creates the values of a new instance.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self(Param::ALL.map(|param| AtomicU64::new(param.default().to_bits())))
    }

    /// Returns a value.
    #[must_use]
    pub(crate) fn get(&self, param: Param) -> f64 {
        f64::from_bits(self.0[param as usize].load(Ordering::Relaxed))
    }

    /// Sets a value, clamped to its range. NaN changes nothing.
    pub(crate) fn set(&self, param: Param, value: f64) {
        if !value.is_nan() {
            let (min, max) = param.range();
            self.0[param as usize].store(value.max(min).min(max).to_bits(), Ordering::Relaxed);
        }
    }

    /// Takes the value of a parameter event. Returns false for other events.
    pub(crate) fn handle(&self, event: &UnknownEvent) -> bool {
        let Some(CoreEventSpace::ParamValue(event)) = event.as_core_event() else { return false };
        if let Some(param) = event.param_id().and_then(Param::from_id) {
            self.set(param, event.value());
        }
        true
    }
}

impl Default for Values {
    fn default() -> Self {
        Self::new()
    }
}

impl PluginMainThreadParams for MainThread<'_> {
    fn count(&self) -> u32 {
        COUNT as u32
    }

    fn get_info(&self, param_index: u32, info: &mut ParamInfoWriter) {
        let Some(param) = Param::ALL.get(param_index as usize) else { return };
        let Description { name, min, max, default, .. } = param.description();
        info.set(&ParamInfo {
            id: param.id(),
            flags: ParamInfoFlags::IS_AUTOMATABLE,
            cookie: Cookie::default(),
            name: name.as_bytes(),
            module: b"",
            min_value: min,
            max_value: max,
            default_value: default,
        });
    }

    fn get_value(&self, param_id: ClapId) -> Option<f64> {
        Some(self.shared.values.get(Param::from_id(param_id)?))
    }

    fn value_to_text(&self, param_id: ClapId, value: f64, writer: &mut ParamDisplayWriter) -> std::fmt::Result {
        let Description { unit, decimals, .. } = Param::from_id(param_id).ok_or(std::fmt::Error)?.description();
        // Values that round to −0 are written as 0.
        let half = 0.5 * 0.1_f64.powi(decimals as i32);
        let value = if value.abs() < half { 0.0 } else { value };
        write!(writer, "{value:.decimals$} {unit}")
    }

    fn text_to_value(&self, param_id: ClapId, text: &CStr) -> Option<f64> {
        let param = Param::from_id(param_id)?;
        let text = text.to_str().ok()?.trim();
        let number = text.strip_suffix(param.description().unit).unwrap_or(text).trim();
        let (min, max) = param.range();
        let value: f64 = number.parse().ok()?;
        (!value.is_nan()).then(|| value.clamp(min, max))
    }

    fn flush(&self, input: &InputEvents, _output: &mut OutputEvents) {
        for event in input {
            self.shared.values.handle(event);
        }
    }
}

impl PluginAudioProcessorParams for Processor<'_> {
    fn flush(&mut self, input: &InputEvents, _output: &mut OutputEvents) {
        for event in input {
            self.shared.values.handle(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_parameters_convert() {
        for (index, param) in Param::ALL.into_iter().enumerate() {
            assert_eq!((param as usize, Param::from_id(param.id())), (index, Some(param)));
        }
        assert_eq!(Param::from_id(ClapId::new(0)), None);
        assert_eq!(Param::from_id(ClapId::new(8)), None);
    }

    #[test]
    fn values_are_clamped() {
        let values = Values::new();
        for param in Param::ALL {
            let (min, max) = param.range();
            assert!((min..=max).contains(&values.get(param)), "{param:?}");
            for (value, expected) in [(f64::INFINITY, max), (f64::NAN, max), (-f64::INFINITY, min), (f64::NAN, min)] {
                values.set(param, value);
                assert_eq!(values.get(param), expected, "{param:?}");
            }
        }
    }
}
