//! Processes 400 blocks in a host between two lines of output, for strace: `.ci/plugin/run`.
//!
//! With an argument it asks the kernel for something in between.

#[path = "../tests/it/blocks.rs"]
mod blocks;
#[path = "../tests/it/host.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod host;

use blocks::{LENGTH, blocks};
use clack_host::prelude::*;
use host::{Instance, Session};

fn main() {
    let asks = std::env::args().nth(1).is_some();
    let blocks = blocks();
    let mut instance = Instance::new();
    let mut session = Session::start(&mut instance.plugin, 48_000.0, LENGTH);
    let mut ports = AudioPorts::with_capacity(2, 1);
    let mut output = [[0.0f32; LENGTH]; 2];
    println!("the loop begins");
    for events in &blocks {
        let mut buffers = ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only(output.iter_mut().map(|channel| channel.as_mut_slice())),
        }]);
        let input = InputEvents::from_buffer(events);
        let silent = InputAudioBuffers::empty();
        let status = session.0.process(&silent, &mut buffers, &input, &mut OutputEvents::void(), None, None);
        assert!(status.is_ok());
        if asks {
            std::thread::yield_now();
        }
    }
    println!("the loop ends");
    session.stop(&mut instance.plugin);
}
