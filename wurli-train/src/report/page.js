'use strict';
const players = [...document.querySelectorAll('audio')];
// One at a time: whoever compares wants to hear one.
for (const player of players) {
  player.addEventListener('play', () => {
    for (const other of players) {
      if (other !== player && !other.paused) {
        other.pause();
        other.currentTime = 0;
      }
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
    const player = own[event.key - 1];
    player.currentTime = 0;
    player.play();
  }
  event.preventDefault();
});
