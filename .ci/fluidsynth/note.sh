#!/bin/sh
# One note of FluidSynth as an audio file:
#
#     note.sh MIDI VELOCITY SECONDS RATE OUT SOUNDFONT [PROGRAM]
#
# FluidSynth plays MIDI files, so one is made: a program, a note, its end. PROGRAM counts from 0; 4 is General MIDI's first electric piano.
set -eu
midi=$1 velocity=$2 seconds=$3 rate=$4 out=$5 soundfont=$6 program=${7:-4}

# Bytes, given in decimal.
bytes() {
    for byte in "$@"; do
        # The inner printf makes the escape that the outer one prints.
        # shellcheck disable=SC2059
        printf "$(printf '\\%03o' "$byte")"
    done
}

# 1000 ticks to the second; a delta of three bytes, seven bits in each, holds 35 minutes.
ticks=$(awk -v s="$seconds" 'BEGIN { print int(1000 * s) }')
score=$(mktemp)
trap 'rm -f "$score"' EXIT
{
    printf MThd; bytes 0 0 0 6  0 0  0 1  $((1000 / 256)) $((1000 % 256))
    printf MTrk; bytes 0 0 0 24
    bytes 0 255 81 3 15 66 64 # a quarter lasts 1,000,000 us
    bytes 0 192 "$program"
    bytes 0 144 "$midi" "$velocity"
    bytes $((ticks >> 14 & 127 | 128)) $((ticks >> 7 & 127 | 128)) $((ticks & 127)) 128 "$midi" 0
    bytes 0 255 47 0
} >"$score"
# No reverb and no chorus: neither is the instrument's.
fluidsynth -q -n -i -R 0 -C 0 -g 1 -r "$rate" -O s16 -T wav -F "$out" "$soundfont" "$score"
