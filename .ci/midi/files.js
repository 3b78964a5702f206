// Writes MIDI files with the npm package test-midi-files, and how many of their notes the instrument plays.
// Usage: node files.js FOLDER, which prints `FILE NOTES` for each; 0 notes must be refused.
'use strict';
const fs = require('fs');
const path = require('path');
const JZZ = require('jzz');
require('jzz-midi-smf')(JZZ);

const folder = process.argv[2];
const SCALE = ['C5', 'D5', 'E5', 'F5', 'G5', 'A5', 'B5', 'C6'];

// Returns the time after the scale.
function play(at, channel = 0) {
  for (const note of SCALE) at = at.noteOn(channel, note, 100).tick(96).noteOff(channel, note);
  return at;
}

function scale(channel) {
  const track = new JZZ.MIDI.SMF.MTrk();
  play(track, channel);
  return track;
}

function smf(format, division, ...tracks) {
  const file = new JZZ.MIDI.SMF(format, ...[].concat(division));
  for (const track of tracks) file.push(track);
  return file.dump();
}

// Puts bytes in the middle of a scale, each after a time of 0.
function between(bytes) {
  const place = 'PLACE';
  const mark = '\xff\x01\x05' + place;
  const twice = new JZZ.MIDI.SMF.MTrk();
  play(play(twice).smfText(place));
  const data = smf(0, 96, twice);
  const length = data.length - 22 - mark.length + bytes.length;
  const size = String.fromCharCode(length >> 24 & 255, length >> 16 & 255, length >> 8 & 255, length & 255);
  return (data.substring(0, 18) + size + data.substring(22)).replace(mark, () => bytes);
}

function withLength(length) {
  const data = smf(0, 96, scale());
  return data.substring(0, 18) + length + data.substring(22);
}

const whole = smf(0, 96, scale());
const files = {
  'whole': [whole, 8],
  'tracks-format-0': [smf(0, 96, scale(), scale(1)), 16],
  'tracks-format-1': [smf(1, 96, scale(), scale(1)), 16],
  'tracks-format-2': [smf(2, 96, scale(), scale(1)), 16],
  'one-track-format-2': [smf(2, 96, scale()), 8],
  'time-code': [smf(0, [25, 40], scale()), 8],
  'other-chunk': [smf(0, 96, new JZZ.MIDI.SMF.Chunk('Junk', 'This is no track...'), scale()), 8],
  'missing-byte': [whole.substring(0, whole.length - 1), 8],
  'missing-end': [whole.substring(0, whole.length - 4), 8],
  'extra-byte': [whole + '*', 8],
  'length-0': [withLength('\0\0\0\0'), 8],
  'length-9': [withLength('\0\0\0\x09'), 8],
  'length-large': [withLength('\xff\xff\xff\xff'), 8],
  'drums': [smf(0, 96, scale(9)), 0],
  'no-notes': [smf(0, 96, new JZZ.MIDI.SMF.MTrk().smfText('Nothing')), 0],
  'not-a-file': ['This is no MIDI file', 0],
  'empty': ['', 0],
};
for (let status = 0xf1; status < 0xff; status++) {
  if (status === 0xf7) continue;
  const data = { 0xf1: '\x7f', 0xf2: '\x7f\x7f', 0xf3: '\x7f' }[status] || '';
  files['status-' + status.toString(16)] = [between(String.fromCharCode(status) + data), 16];
}
files['sysex'] = [between('\xf0\x05\x7e\x7f\x09\x01\xf7'), 16];

for (const [name, [bytes, notes]] of Object.entries(files)) {
  fs.writeFileSync(path.join(folder, name + '.mid'), bytes, 'binary');
  console.log(name + '.mid', notes);
}
