"""The VST3 in pedalboard plays the samples of Polyphony, with the weights that WURLI_WEIGHTS names.

Usage: vst3.py PLUGIN.vst3 POLYPHONY. The latter is crates/wurli-plugin/examples/polyphony.rs.
"""

import os
import subprocess
import sys

import numpy
import pedalboard

PLUGIN, POLYPHONY = sys.argv[1:]
RATE, LENGTH = 48_000, 120_000
# Chords, a key struck again, pedal, all notes off.
PHRASE = [
    (0, [0x90, 40, 90]),
    (0, [0x90, 59, 64]),
    (3, [0x90, 62, 70]),
    (500, [0xB0, 64, 127]),
    (6_001, [0x90, 66, 30]),
    (9_000, [0x80, 59, 64]),
    (9_000, [0x80, 62, 10]),
    (12_000, [0x90, 62, 120]),
    (28_000, [0xB0, 64, 0]),
    (30_000, [0x90, 40, 127]),
    (31_111, [0x90, 100, 127]),
    (60_000, [0x80, 66, 127]),
    (70_000, [0x90, 28, 100]),
    (90_000, [0xB0, 123, 0]),
    (100_000, [0x90, 60, 100]),
]


def expected(block):
    # VST3 has parameters in place of controllers. pedalboard (JUCE) changes them at the start of a block.
    def act(time, message):
        return time // block * block if message[0] == 0xB0 else time

    phrase = sorted(((act(*event), event[1]) for event in PHRASE), key=lambda event: event[0])
    lines = "".join(f"{time} {' '.join(map(str, message))}\n" for time, message in phrase)
    command = [POLYPHONY, str(LENGTH), *filter(None, [os.environ.get("WURLI_WEIGHTS")])]
    samples = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True).stdout
    return numpy.frombuffer(samples, dtype="<f4")


def played(plugin, block):
    # Half a sample late, as times are cut to whole samples.
    messages = [(bytes(message), (time + 0.5) / RATE) for time, message in PHRASE]
    return plugin(messages, duration=LENGTH / RATE, sample_rate=RATE, num_channels=2, buffer_size=block, reset=True)


def difference(a, b):
    assert numpy.isfinite(a).all() and numpy.isfinite(b).all()
    return float(numpy.abs(a - b).max())


def main():
    plugin = pedalboard.load_plugin(PLUGIN)
    assert plugin.is_instrument
    for block in [1, 37, 512, 8192]:
        output, reference = played(plugin, block), expected(block)
        error = difference(output, reference[numpy.newaxis, :])
        print(f"blocks of {block}: largest difference {error:.1e}")
        assert output.shape == (2, LENGTH) and error <= 1e-6, (output.shape, error)
        assert numpy.abs(reference).max() > 0.2
    default = plugin.raw_state
    outputs = {}
    for strength in [10.0, 90.0]:
        plugin.corrections = strength
        outputs[strength] = played(plugin, 512)
    change = difference(outputs[10.0], outputs[90.0])
    print(f"corrections 10 % and 90 % differ by up to {change:.2f}")
    assert change > 0.05
    stored = plugin.raw_state
    reference = expected(512)[numpy.newaxis, :]
    # Only the states know these weights.
    os.environ["WURLI_WEIGHTS"] = ""
    other = pedalboard.load_plugin(PLUGIN)
    other.raw_state = stored
    assert difference(played(other, 512), outputs[90.0]) <= 1e-6, "the state does not keep the corrections"
    other.raw_state = default
    assert difference(played(other, 512), reference) <= 1e-6, "the state is not restored"
    print("state: stored and restored")


main()
