'use strict';
const players = [...document.querySelectorAll('audio')];
// Only one player at a time. The others are unloaded, because browsers keep few players ready at once.
for (const player of players) {
  player.addEventListener('play', () => {
    for (const other of players) {
      if (other !== player && other.readyState > 0) other.load();
    }
  });
}
// In a focused note, the keys 1, 2 and 3 play its clips from the start, and 0 stops them.
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const note = event.target instanceof Element && event.target.closest('.note');
  if (!note || !'0123'.includes(event.key)) return;
  const own = [...note.querySelectorAll('audio')];
  if (event.key === '0') {
    own.forEach((player) => player.pause());
  } else if (own[event.key - 1]) {
    own[event.key - 1].currentTime = 0;
    own[event.key - 1].play().catch(() => {});
  }
  event.preventDefault();
});
// On wide screens there is room for the table beside the spectrum.
if (matchMedia('(min-width: 60.01rem)').matches) {
  document.querySelectorAll('.note details').forEach((details) => { details.open = true; });
}
