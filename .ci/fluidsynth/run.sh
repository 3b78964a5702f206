#!/bin/sh
# Corrects FluidSynth by the recordings of a data folder, in both ways in which a synth of one's own can be corrected:
#
#     run.sh [DATA] [SOUNDFONT]
#
# Needs cargo and, on Debian, fluidsynth and timgm6mb-soundfont. Writes into the folder fluidsynth-out below the current one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../../../data}
soundfont=${2:-/usr/share/sounds/sf2/TimGM6mb.sf2}
out=fluidsynth-out
renders=$out/renders
wurli_train() { cargo run --quiet --release --manifest-path "$here/../../Cargo.toml" -- "$@"; }

test -f "$soundfont" || { echo "$soundfont is missing: name a sound font" >&2; exit 1; }
rm -rf "$renders"
mkdir -p "$renders"

echo "== By a command that renders one note"
command="'$here/note.sh' {midi} {velocity} {seconds} {rate} {out} '$soundfont'"
wurli_train run --train --data "$data" --out "$out/command" --renderer "$command" --without displacement

echo
echo "== By a folder of notes that were rendered beforehand"
# Of an empty folder, the trainer says which notes it misses.
missing=$(wurli_train run --data "$data" --out "$out/folder" --renders "$renders" --without displacement 2>&1 || true)
for name in $(echo "$missing" | grep -o '[0-9]*_v[0-9]*\.wav'); do
    note=${name%.wav}
    midi=$(expr "${note%_v*}" + 0)
    "$here/note.sh" "$midi" "${note#*_v}" 2.5 44100 "$renders/$name" "$soundfont"
done
wurli_train run --train --data "$data" --out "$out/folder" --renders "$renders" --without displacement

# One note to listen to, as FluidSynth plays it and corrected.
wurli_train render --midi 57 --velocity 78 --seconds 2.5 --no-mlp --out "$out/a3-plain.wav" --renderer "$command"
wurli_train render --midi 57 --velocity 78 --seconds 2.5 --weights "$out/command/wurli.weights" --out "$out/a3-corrected.wav" \
    --renderer "$command"
