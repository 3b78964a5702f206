//! State of the MIDI channels: keys, pedals and bends.

use super::pedals;

/// Channels of MIDI.
pub(super) const CHANNELS: usize = 16;

/// Bend range after start, semitones: General MIDI's, and that of MPE's member channels.
const BEND_RANGE: f32 = 2.0;
const MPE_BEND_RANGE: f32 = 48.0;

/// Largest bend range, semitones.
const MAX_BEND_RANGE: f32 = 48.0;

/// Controllers of a channel that have an effect.
mod controller {
    pub(super) const DATA_ENTRY: u8 = 6;
    pub(super) const DATA_ENTRY_FINE: u8 = 38;
    pub(super) const SUSTAIN: u8 = 64;
    pub(super) const SOSTENUTO: u8 = 66;
    pub(super) const NON_REGISTERED: [u8; 2] = [98, 99];
    pub(super) const REGISTERED_FINE: u8 = 100;
    pub(super) const REGISTERED: u8 = 101;
    pub(super) const ALL_SOUND_OFF: u8 = 120;
    pub(super) const RESET_ALL: u8 = 121;
    /// All notes off, and the mode messages that imply it.
    pub(super) const ALL_NOTES_OFF: core::ops::RangeInclusive<u8> = 123..=127;

    /// Returns true for a controller of the MPE master that acts on what members keep. A member
    /// asks the master for the sustain pedal itself.
    pub(super) fn is_for_members(number: u8) -> bool {
        number == SOSTENUTO || number == RESET_ALL || ALL_NOTES_OFF.contains(&number)
    }
}

/// Meaning of the channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelMode {
    /// Each channel has its own keys, pedals and bend.
    #[default]
    Separate,
    /// All events belong to one keyboard, as in a plugin. MIDI's omni mode.
    Omni,
    /// MIDI polyphonic expression, lower zone: channel 0 moves the pedals of all and bends all, the
    /// others bend their own notes by up to 48 semitones.
    Mpe,
}

/// Effect of a controller beyond the state of its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// Dampers move.
    Dampers,
    /// Bends change.
    Bends,
    /// Dampers move and bends change.
    All,
    /// Voices fade out.
    SoundOff,
}

/// State of one channel. A set of keys is a bit mask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// Keys that are down.
    pub(super) held: u128,
    /// Keys whose dampers the sostenuto pedal keeps up.
    sostenuto: u128,
    is_sostenuto_down: bool,
    /// Position of the sustain pedal, 0..=1.
    sustain: f32,
    /// Position of the wheel, −1..=1.
    pub(super) bend: f32,
    /// Semitones.
    bend_range: f32,
    /// Registered parameter that data entry changes, coarse and fine.
    parameter: [u8; 2],
}

/// No registered parameter.
const NO_PARAMETER: [u8; 2] = [127, 127];

impl Channel {
    const fn new(bend_range: f32) -> Self {
        Self {
            held: 0,
            sostenuto: 0,
            is_sostenuto_down: false,
            sustain: 0.0,
            bend: 0.0,
            bend_range,
            parameter: NO_PARAMETER,
        }
    }

    /// Applies a controller.
    fn control(&mut self, number: u8, value: f32) -> Effect {
        match number {
            controller::SUSTAIN => {
                self.sustain = value;
                Effect::Dampers
            }
            controller::SOSTENUTO => {
                let is_down = value >= 64.0 / 127.0;
                if is_down != self.is_sostenuto_down {
                    self.is_sostenuto_down = is_down;
                    self.sostenuto = if is_down { self.held } else { 0 };
                }
                Effect::Dampers
            }
            controller::REGISTERED | controller::REGISTERED_FINE => {
                let [coarse, fine] = &mut self.parameter;
                *(if number == controller::REGISTERED { coarse } else { fine }) = to_byte(value);
                Effect::None
            }
            _ if controller::NON_REGISTERED.contains(&number) => {
                self.parameter = NO_PARAMETER;
                Effect::None
            }
            // Registered parameter 0: bend range, in semitones and cents.
            controller::DATA_ENTRY if self.parameter == [0, 0] => {
                self.bend_range = f32::from(to_byte(value)).min(MAX_BEND_RANGE);
                Effect::Bends
            }
            controller::DATA_ENTRY_FINE if self.parameter == [0, 0] => {
                let semitones = self.bend_range as u8;
                let cents = f32::from(to_byte(value)).min(99.0);
                self.bend_range = (f32::from(semitones) + 0.01 * cents).min(MAX_BEND_RANGE);
                Effect::Bends
            }
            controller::RESET_ALL => {
                *self = Self { held: self.held, ..Self::new(self.bend_range) };
                Effect::All
            }
            controller::ALL_SOUND_OFF => Effect::SoundOff,
            _ if controller::ALL_NOTES_OFF.contains(&number) => {
                self.held = 0;
                Effect::Dampers
            }
            _ => Effect::None,
        }
    }

    fn bend_cents(&self) -> f32 {
        100.0 * self.bend * self.bend_range
    }
}

/// All channels.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    mode: ChannelMode,
    all: [Channel; CHANNELS],
    /// Positions of the sustain pedal at which the dampers begin to rise and are off the reeds.
    pub(super) pedal_range: (f32, f32),
    /// Force of fallen dampers, 1 is the standard.
    pub(super) fallen_force: f32,
}

impl Channels {
    pub(super) const fn new(mode: ChannelMode) -> Self {
        let range = if matches!(mode, ChannelMode::Mpe) { MPE_BEND_RANGE } else { BEND_RANGE };
        let mut all = [Channel::new(range); CHANNELS];
        all[0].bend_range = BEND_RANGE;
        Self { mode, all, pedal_range: pedals::DEFAULT_RANGE, fallen_force: 1.0 }
    }

    /// Changes the meaning of the channels and restores their initial state.
    pub(super) fn set_mode(&mut self, mode: ChannelMode) {
        let Self { pedal_range, fallen_force, .. } = *self;
        *self = Self { pedal_range, fallen_force, ..Self::new(mode) };
    }

    /// Releases keys and pedals and centres the wheels.
    pub(super) fn reset(&mut self) {
        for channel in &mut self.all {
            *channel = Channel::new(channel.bend_range);
        }
    }

    /// Returns the channel whose keys an event on `channel` plays.
    pub(super) fn resolve(&self, channel: u8) -> u8 {
        if self.mode == ChannelMode::Omni { 0 } else { channel & 0x0F }
    }

    /// Returns true if an event on channel `from` affects voices of channel `to`, both resolved.
    pub(super) fn reaches(&self, from: u8, to: u8) -> bool {
        from == to || (self.mode == ChannelMode::Mpe && from == 0)
    }

    pub(super) fn get_mut(&mut self, channel: u8) -> &mut Channel {
        &mut self.all[usize::from(channel & 0x0F)]
    }

    fn get(&self, channel: u8) -> &Channel {
        &self.all[usize::from(channel & 0x0F)]
    }

    /// Applies a controller on a resolved channel, value 0..=1.
    pub(super) fn control(&mut self, channel: u8, number: u8, value: f32) -> Effect {
        let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
        if self.mode == ChannelMode::Mpe && channel == 0 && controller::is_for_members(number) {
            for member in self.all.iter_mut().skip(1) {
                member.control(number, value);
            }
        }
        self.get_mut(channel).control(number, value)
    }

    /// Sets the bend range of all channels, in MPE of all member channels, semitones 0..=48.
    pub(super) fn set_bend_range(&mut self, semitones: f32) {
        let semitones = if semitones.is_nan() { BEND_RANGE } else { semitones.clamp(0.0, MAX_BEND_RANGE) };
        let first = usize::from(self.mode == ChannelMode::Mpe);
        self.all.iter_mut().skip(first).for_each(|channel| channel.bend_range = semitones);
    }

    /// Returns the force of a key's damper, 0 to that of fallen dampers.
    pub(super) fn damper_force(&self, channel: u8, key: u8) -> f32 {
        let own = self.get(channel);
        if (own.held | own.sostenuto) & bit(key) != 0 {
            return 0.0;
        }
        let force = |channel: &Channel| pedals::force(channel.sustain, self.pedal_range);
        let master = self.get(0);
        let is_member = self.mode == ChannelMode::Mpe && channel != 0;
        self.fallen_force * if is_member { force(own).min(force(master)) } else { force(own) }
    }

    /// Returns the bend of a channel, cents.
    pub(super) fn bend_cents(&self, channel: u8) -> f32 {
        let own = self.get(channel).bend_cents();
        if self.mode == ChannelMode::Mpe && channel != 0 { own + self.get(0).bend_cents() } else { own }
    }

    /// Returns true if a key is down.
    pub(super) fn is_held(&self, channel: u8, key: u8) -> bool {
        self.get(channel).held & bit(key) != 0
    }
}

/// Returns the bit of a key.
pub(super) fn bit(key: u8) -> u128 {
    1 << (key & 127)
}

fn to_byte(value: f32) -> u8 {
    (127.0 * value + 0.5) as u8
}
