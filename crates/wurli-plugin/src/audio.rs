//! Processing: events and parameters at their samples.

use clack_extensions::tail::{PluginTailImpl, TailLength};
use clack_plugin::events::event_types::NoteExpressionType;
use clack_plugin::events::spaces::CoreEventSpace;
use clack_plugin::prelude::*;
use clack_plugin::process::ConstantMask;
use clack_plugin::process::audio::OutputChannels;
use openwurli_dsp::MlpCorrections;
use openwurli_dsp::voice::{ChannelMode, Event as KeyEvent, Polyphony, Slot, Tremolo};

use crate::main_thread::{MainThread, Shared};
use crate::notes::Notes;
use crate::params::Param;
use crate::smoothing::Ramp;

/// Number of voices.
pub const VOICES: usize = 64;

/// Samples between two steps of tuning and damper, as long as the control ticks of voices.
const TICK: usize = 64;

/// Release of the loudest note at damper 100 %, s, and travel of the slowest damper. A test plays
/// it.
const RELEASE_S: f64 = 1.0;
const TRAVEL_S: f64 = 0.25;

/// Controllers that act on all notes: sound off and notes off.
const ALL_SOUND_OFF: u8 = 120;
const ALL_NOTES_OFF: u8 = 123;

/// Function that a voice asks for its corrections.
type Corrections<'a> = Box<dyn FnMut(u8, f32) -> MlpCorrections + Send + 'a>;

/// The plugin on the audio thread.
///
/// After activation it allocates nothing, locks nothing and makes no system call.
pub struct Processor<'a> {
    pub(crate) shared: &'a Shared,
    polyphony: Polyphony<Vec<Slot>, Corrections<'a>>,
    tremolo: Tremolo,
    notes: Notes,
    sample_rate: f64,
    /// Frequency of A4, Hz, per tick.
    a4_hz: Ramp,
    /// Force of the dampers, 1 is the standard, per tick.
    damper: Ramp,
    /// Samples until the next tick.
    until_tick: usize,
}

impl<'a> PluginAudioProcessor<'a, Shared, MainThread<'a>> for Processor<'a> {
    fn activate(
        _host: HostAudioProcessorHandle<'a>,
        main_thread: &MainThread<'a>,
        shared: &'a Shared,
        audio_config: PluginAudioConfiguration,
    ) -> Result<Self, PluginError> {
        let sample_rate = audio_config.sample_rate as f32;
        let mut corrector = main_thread.connect();
        let corrections: Corrections<'a> = Box::new(move |key, velocity| {
            corrector.corrections(key, velocity, (shared.values.get(Param::Corrections) / 100.0) as f32)
        });
        let mut polyphony = Polyphony::new(sample_rate, vec![Slot::new(); VOICES], corrections);
        polyphony.set_channel_mode(ChannelMode::Omni);
        let mut processor = Self {
            shared,
            polyphony,
            tremolo: Tremolo::new(sample_rate),
            notes: Notes::NONE,
            sample_rate: audio_config.sample_rate,
            a4_hz: Ramp::new(Param::A4.default(), sample_rate / TICK as f32),
            damper: Ramp::new(1.0, sample_rate / TICK as f32),
            until_tick: 0,
        };
        processor.reset();
        Ok(processor)
    }

    fn process(&mut self, _process: Process, mut audio: Audio, events: Events) -> Result<ProcessStatus, PluginError> {
        let frames = audio.frames_count();
        let mut port = audio.output_port(0);
        if let Some(port) = &mut port {
            port.set_constant_mask(ConstantMask::FULLY_DYNAMIC);
        }
        let channels = port.as_mut().and_then(|port| port.channels().ok()).and_then(|channels| channels.into_f32());
        let Some(mut channels) = channels else {
            return Err(PluginError::Message("no output port with 32-bit samples; connect one"));
        };
        self.follow_values();
        let mut done = 0;
        for event in events.input {
            let time = event.header().time().min(frames);
            self.render(&mut channels, done..time as usize);
            done = done.max(time as usize);
            // Output events lie within the block.
            self.handle(event, time.min(frames.saturating_sub(1)), events.output);
        }
        self.render(&mut channels, done..frames as usize);
        self.notes.end_silent(self.polyphony.sounding_keys(), frames.saturating_sub(1), events.output);
        Ok(if self.polyphony.is_active() { ProcessStatus::Continue } else { ProcessStatus::Sleep })
    }

    fn deactivate(self, main_thread: &MainThread<'a>) {
        main_thread.disconnect();
    }

    fn reset(&mut self) {
        self.notes = Notes::NONE;
        self.follow_values();
        self.a4_hz.finish();
        self.damper.finish();
        self.until_tick = 0;
        self.polyphony.reset();
        self.polyphony.set_a4_hz(self.a4_hz.value());
        self.polyphony.set_damper_force(self.damper.value() as f32);
        self.tremolo.reset();
    }
}

impl Processor<'_> {
    /// Takes the values of all parameters as targets.
    fn follow_values(&mut self) {
        let value = |param: Param| self.shared.values.get(param);
        self.polyphony.set_gain(10f64.powf(value(Param::Gain) / 20.0) as f32);
        self.a4_hz.set_target(value(Param::A4));
        self.damper.set_target(value(Param::Damper) / 100.0);
        self.tremolo.set_rate_hz(value(Param::TremoloRate) as f32);
        self.tremolo.set_depth_db(value(Param::TremoloDepth) as f32);
    }

    /// Handles an event before the next sample.
    fn handle(&mut self, event: &UnknownEvent, time: u32, output: &mut OutputEvents) {
        if self.shared.values.handle(event) {
            self.follow_values();
            return;
        }
        let channel = 0;
        match event.as_core_event() {
            Some(CoreEventSpace::NoteOn(event)) => {
                let Some(key) = Notes::key(&event.pckn()) else { return };
                self.notes.begin(event.pckn(), time, output);
                self.play(KeyEvent::NoteOn { channel, key, velocity: event.velocity() as f32 });
            }
            Some(CoreEventSpace::NoteOff(event)) => self.release(event.pckn(), event.velocity() as f32, ALL_NOTES_OFF),
            Some(CoreEventSpace::NoteChoke(event)) => self.release(event.pckn(), 1.0, ALL_SOUND_OFF),
            Some(CoreEventSpace::NoteExpression(event))
                if event.expression_type() == Some(NoteExpressionType::Tuning) =>
            {
                let cents = 100.0 * event.value() as f32;
                for key in self.notes.addressed(event.pckn()) {
                    self.polyphony.handle(KeyEvent::NoteBend { channel, key, cents });
                }
            }
            Some(CoreEventSpace::Midi(event)) => {
                if let Some(event) = KeyEvent::from_midi(&event.data()) {
                    self.play(event);
                }
            }
            _ => {}
        }
    }

    /// Releases the addressed keys, all of them by a controller.
    fn release(&mut self, target: Pckn, velocity: f32, controller_of_all: u8) {
        let channel = 0;
        if target.matches_all() {
            self.polyphony.handle(KeyEvent::Controller { channel, controller: controller_of_all, value: 0.0 });
            return;
        }
        for key in self.notes.addressed(target) {
            self.polyphony.handle(KeyEvent::NoteOff { channel, key, velocity });
        }
    }

    /// Handles a key event, with its velocity on the curve.
    fn play(&mut self, event: KeyEvent) {
        let curve = self.shared.values.get(Param::VelocityCurve) as f32;
        self.polyphony.handle(match event {
            KeyEvent::NoteOn { channel, key, velocity } if curve != 0.0 => {
                // −100 % to 100 %: exponent 4 to 1/4.
                let velocity = velocity.max(0.0).powf((-0.02 * curve).exp2());
                KeyEvent::NoteOn { channel, key, velocity }
            }
            other => other,
        });
    }

    /// Renders a range of the block to all channels.
    fn render(&mut self, channels: &mut OutputChannels<f32>, range: std::ops::Range<usize>) {
        let mut start = range.start;
        while start < range.end {
            if self.until_tick == 0 {
                self.tick();
            }
            let length = self.until_tick.min(range.end - start);
            let mut block = [0.0; TICK];
            let block = &mut block[..length];
            self.polyphony.render(block);
            self.tremolo.process(block);
            for channel in channels.iter_mut() {
                if let Some(out) = channel.get_mut(start..start + length) {
                    out.copy_from_slice(block);
                }
            }
            self.until_tick -= length;
            start += length;
        }
    }

    /// Advances tuning and damper.
    fn tick(&mut self) {
        self.until_tick = TICK;
        if self.a4_hz.is_moving() {
            self.polyphony.set_a4_hz(self.a4_hz.advance());
        }
        if self.damper.is_moving() {
            self.polyphony.set_damper_force(self.damper.advance() as f32);
        }
    }
}

impl PluginTailImpl for Processor<'_> {
    fn get(&self) -> TailLength {
        let release_s = 100.0 * RELEASE_S / self.shared.values.get(Param::Damper) + TRAVEL_S;
        TailLength::Finite((release_s * self.sample_rate).ceil() as u32)
    }
}
