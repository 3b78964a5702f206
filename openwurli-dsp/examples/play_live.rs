//! Plays corrected voices live from a MIDI keyboard.
//!
//! `cargo run --release -p openwurli-dsp --features live --example play_live [PART OF THE
//! KEYBOARD'S NAME]`
//!
//! On Linux, compiling it needs the ALSA headers (Debian: `libasound2-dev`).
//!
//! The MIDI thread passes messages to the audio thread through a lock-free ring buffer. The audio
//! thread reads them before every 64 samples. It does not allocate or block.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, FromSample, SampleFormat, SizedSample, Stream, StreamConfig, SupportedBufferSize};
use midir::{Ignore, MidiInput, MidiInputConnection};
use openwurli_dsp::compute_corrections;
use openwurli_dsp::voice::{Polyphony, Slot};
use rtrb::{Consumer, Producer, RingBuffer};

/// Channel message, padded with zeros.
type Message = [u8; 3];

/// Capacity of the ring buffer, more than a keyboard sends in a second. Further messages are
/// dropped.
const RING_CAPACITY: usize = 1024;

/// Requested buffer size, samples: 5 ms at 48 kHz.
const BUFFER: u32 = 256;

/// Number of voices.
const VOICES: usize = 64;

/// Samples between two reads of the ring buffer.
const BLOCK: usize = 64;

/// Output gain. About three loud notes reach full scale. What exceeds it is clipped.
const GAIN: f32 = 0.5;

fn main() -> ExitCode {
    match play() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("play_live: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> Result<(), Box<dyn Error>> {
    let (producer, consumer) = RingBuffer::new(RING_CAPACITY);
    let _stream = start(consumer)?;
    let _keyboard = listen(std::env::args().nth(1).as_deref(), producer)?;
    print("Playing. Press Return to quit.");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Prints a line. A reader that closes the pipe is no error.
fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Starts the default audio output.
fn start(received: Consumer<Message>) -> Result<Stream, Box<dyn Error>> {
    let device = cpal::default_host().default_output_device().ok_or("no audio output found")?;
    let supported = device.default_output_config()?;
    let mut config = supported.config();
    if let SupportedBufferSize::Range { min, max } = *supported.buffer_size() {
        config.buffer_size = BufferSize::Fixed(BUFFER.clamp(min, max));
    }
    print(format!("Audio: {}, {} Hz, {} channels", device.description()?, config.sample_rate, config.channels));
    let stream = match supported.sample_format() {
        SampleFormat::F32 => build::<f32>(&device, config, received),
        SampleFormat::I16 => build::<i16>(&device, config, received),
        SampleFormat::I32 => build::<i32>(&device, config, received),
        SampleFormat::U16 => build::<u16>(&device, config, received),
        other => {
            return Err(format!(
                "sample format {other} of the audio output is not supported, expected f32, i16, i32 or u16"
            )
            .into());
        }
    }?;
    stream.play()?;
    Ok(stream)
}

fn build<T: SizedSample + FromSample<f32>>(
    device: &Device,
    config: StreamConfig,
    mut received: Consumer<Message>,
) -> Result<Stream, cpal::Error> {
    let channels = usize::from(config.channels);
    let mut instrument = Polyphony::new(config.sample_rate as f32, vec![Slot::new(); VOICES], compute_corrections);
    instrument.set_gain(GAIN);
    let mut mono = [0.0; BLOCK];
    let fill = move |out: &mut [T], _: &cpal::OutputCallbackInfo| {
        for block in out.chunks_mut(BLOCK * channels) {
            while let Ok(message) = received.pop() {
                instrument.handle_message(&message);
            }
            let mono = &mut mono[..block.len() / channels];
            instrument.render(mono);
            for (frame, sample) in block.chunks_mut(channels).zip(mono) {
                frame.fill(T::from_sample(sample.clamp(-1.0, 1.0)));
            }
        }
    };
    device.build_output_stream(config, fill, |error| eprintln!("audio: {error}"), None)
}

/// Connects to the first MIDI input whose name contains `wanted`, or to the first one.
fn listen(wanted: Option<&str>, mut messages: Producer<Message>) -> Result<MidiInputConnection<()>, Box<dyn Error>> {
    let mut input = MidiInput::new("openwurli")?;
    // Clock and active sensing would fill the ring buffer.
    input.ignore(Ignore::All);
    let mut names = Vec::new();
    let mut found = None;
    for port in input.ports() {
        let name = input.port_name(&port)?;
        if found.is_none() && wanted.is_none_or(|wanted| name.contains(wanted)) {
            found = Some((port, name.clone()));
        }
        names.push(name);
    }
    let Some((port, name)) = found else {
        return Err(match wanted {
            Some(wanted) => format!("no MIDI input matches {wanted:?}; available: {names:?}"),
            None => "no MIDI input found; connect a keyboard".into(),
        }
        .into());
    };
    print(format!("Keyboard: {name}"));
    let forward = move |_: u64, message: &[u8], (): &mut ()| {
        if let ([status, rest @ ..], true) = (message, message.len() <= 3) {
            let byte = |i: usize| rest.get(i).copied().unwrap_or(0);
            // Dropped if the ring buffer is full, that is if the audio thread has stopped.
            let _ = messages.push([*status, byte(0), byte(1)]);
        }
    };
    // Converted to text, because the error owns the input, which is not `Send`.
    input.connect(&port, "play_live", forward, ()).map_err(|error| error.to_string().into())
}
