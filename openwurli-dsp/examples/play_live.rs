//! Sixteen corrected voices under a MIDI keyboard.
//!
//! `cargo run --release -p openwurli-dsp --features live --example play_live [PART OF THE KEYBOARD'S NAME]`
//!
//! On Linux this needs the headers of ALSA to be compiled (Debian: `libasound2-dev`). The thread that reads the keyboard passes its
//! messages to the audio thread through a ring without a lock; the audio thread takes up what has come before each 64 samples, and
//! neither allocates nor waits.

#[allow(dead_code, reason = "whoever plays live hears what sounds")]
mod polyphony;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, FromSample, SampleFormat, SizedSample, Stream, StreamConfig, SupportedBufferSize};
use midir::{Ignore, MidiInput, MidiInputConnection};
use polyphony::Polyphony;
use rtrb::{Consumer, Producer, RingBuffer};

/// A channel message; what is shorter is filled up with zeros.
type Message = [u8; 3];

/// More than a keyboard sends in a second: what does not fit is lost.
const MESSAGES: usize = 1024;

/// Samples asked for at a time, where the device allows it: 5 ms.
const BUFFER: u32 = 256;

/// Samples between two looks at what was played.
const BLOCK: usize = 64;

/// Four of the loudest notes reach full scale; what goes beyond is cut off there.
const GAIN: f32 = 0.5;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("play_live: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (producer, consumer) = RingBuffer::new(MESSAGES);
    let _stream = start(consumer)?;
    let _keyboard = listen(std::env::args().nth(1).as_deref(), producer)?;
    println!("Play. Return ends it.");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Starts the default audio output.
fn start(received: Consumer<Message>) -> Result<Stream, Box<dyn Error>> {
    let device = cpal::default_host().default_output_device().ok_or("there is no audio output")?;
    let supported = device.default_output_config()?;
    let mut config = supported.config();
    if let SupportedBufferSize::Range { min, max } = *supported.buffer_size() {
        config.buffer_size = BufferSize::Fixed(BUFFER.clamp(min, max));
    }
    println!("Audio: {}, {} Hz, {} channels", device.description()?, config.sample_rate, config.channels);
    let stream = match supported.sample_format() {
        SampleFormat::F32 => build::<f32>(&device, config, received),
        SampleFormat::I16 => build::<i16>(&device, config, received),
        SampleFormat::I32 => build::<i32>(&device, config, received),
        SampleFormat::U16 => build::<u16>(&device, config, received),
        other => return Err(format!("the audio output takes {other}, not f32, i16, i32 or u16").into()),
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
    let mut instrument = Polyphony::new(config.sample_rate as f32);
    let mut mono = [0.0; BLOCK];
    let fill = move |out: &mut [T], _: &cpal::OutputCallbackInfo| {
        for block in out.chunks_mut(BLOCK * channels) {
            while let Ok(message) = received.pop() {
                instrument.message(&message);
            }
            let mono = &mut mono[..block.len() / channels];
            instrument.render(mono);
            for (frame, sample) in block.chunks_mut(channels).zip(mono) {
                frame.fill(T::from_sample((*sample * GAIN).clamp(-1.0, 1.0)));
            }
        }
    };
    device.build_output_stream(config, fill, |error| eprintln!("audio: {error}"), None)
}

/// Listens to the first keyboard whose name contains `wanted`, or to the first of all.
fn listen(wanted: Option<&str>, mut messages: Producer<Message>) -> Result<MidiInputConnection<()>, Box<dyn Error>> {
    let mut input = MidiInput::new("openwurli")?;
    // Clocks and the like would fill the ring.
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
            Some(wanted) => format!("no MIDI input is called {wanted:?}; there are {names:?}"),
            None => "there is no MIDI input: connect a keyboard".into(),
        }
        .into());
    };
    println!("Keyboard: {name}");
    let pass_on = move |_: u64, message: &[u8], (): &mut ()| {
        if let ([status, rest @ ..], true) = (message, message.len() <= 3) {
            let byte = |i: usize| rest.get(i).copied().unwrap_or(0);
            // A full ring: nobody has taken anything for a second.
            let _ = messages.push([*status, byte(0), byte(1)]);
        }
    };
    // Its error owns the input, which is not `Send`.
    input.connect(&port, "play_live", pass_on, ()).map_err(|error| error.to_string().into())
}
