'use strict';
const players = [...document.querySelectorAll('audio')];
// One at a time: whoever compares wants to hear one. A player that gives way is unloaded, for browsers keep few of them ready at once.
for (const player of players) {
  player.addEventListener('play', () => {
    for (const other of players) {
      if (other !== player && other.readyState > 0) other.load();
    }
  });
}
// 1, 2 and 3 play the clips of the note that has the focus, from their beginning; 0 stops. Elsewhere these keys are the browser's.
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
// Where there is room beside a spectrum, its numbers stand there.
if (matchMedia('(min-width: 60.01rem)').matches) {
  document.querySelectorAll('.note details').forEach((details) => { details.open = true; });
}
