// node check.mjs PAGE PICTURE: whether the report of the shipped recordings is all there, plays,
// and can be used by everyone.
import { createRequire } from 'node:module';
import { readFileSync, statSync } from 'node:fs';
import { check, finish, launch, open } from './browser.mjs';

const [file, picture] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MOST_BYTES = 5e6;
const NOTES = 42;
// Drawings that each section has at the least, and what each of them draws at the least.
const DRAWINGS = { data: 1, residuals: 5, 'left-out': 3, corrections: 4 + 22, training: 1, notes: NOTES };
const LEAST_ELEMENTS = 12;

check(statSync(file).size < MOST_BYTES, `${statSync(file).size} bytes, ${MOST_BYTES} are allowed`);
const browser = await launch();
const page = await open(browser, file, { viewport: { width: 1280, height: 900 }, colorScheme: 'light' });

await sections(page);
await drawings(page);
const players = await sounds(page);
await playing(page);
await keyboard(page);
await page.screenshot({ path: picture });
await accessible(page, 'light, wide');
const light = await colours(page);
await page.emulateMedia({ colorScheme: 'dark' });
const dark = await colours(page);
for (const part of Object.keys(light)) {
  check(light[part] !== dark[part], `${part} has the colour ${light[part]} in light and dark mode`);
}
await accessible(page, 'dark, wide');
for (const width of [360, 320]) await narrow(width);
await browser.close();
finish(file, `${players} players, ${Object.values(DRAWINGS).reduce((a, b) => a + b)} drawings`);

// Every section has a heading and is linked to.
async function sections(page) {
  const found = await page.evaluate(() =>
    [...document.querySelectorAll('main > section')].map(({ id }) => ({
      id,
      heading: document.querySelector(`#${id} h2`)?.textContent,
      links: document.querySelectorAll(`header a[href="#${id}"]`).length,
    })));
  for (const id of ['summary', ...Object.keys(DRAWINGS), 'about']) {
    const section = found.find((section) => section.id === id);
    check(section?.heading && section.links === 1, `section ${id}: ${JSON.stringify(section)}`);
  }
  const lead = await page.textContent('#summary .lead');
  check(/\d\.\d dB.*\d\.\d dB/.test(lead), `the first sentence names no errors: ${lead}`);
}

// Every drawing is there, has a name, takes up room and holds something that is not empty.
async function drawings(page) {
  // Folded parts take no room.
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
  for (const [id, least] of Object.entries(DRAWINGS)) {
    const found = await page.$$eval(`#${id} svg`, (drawings) => drawings.map((svg) => {
      const { width, height } = svg.getBoundingClientRect();
      const marks = [...svg.querySelectorAll('rect, circle, line, path, polyline, polygon')];
      const drawn = marks.filter((mark) => {
        const { width, height } = mark.getBoundingClientRect();
        return width + height > 0;
      });
      const broken = svg.outerHTML.match(/NaN|Infinity|undefined/)?.[0];
      return { title: svg.querySelector('title')?.textContent, width, height, drawn: drawn.length, broken };
    }));
    check(found.length >= least, `section ${id} has ${found.length} drawings, not ${least}`);
    for (const { title, width, height, drawn, broken } of found) {
      const empty = !title || width < 100 || height < 20 || drawn < (title.startsWith('Shades') ? 9 : LEAST_ELEMENTS);
      check(!empty && !broken, `${id}, drawing "${title}": ${width} x ${height}, ${drawn} elements, ${broken}`);
    }
  }
  const curves = await page.$$eval('#notes svg', (drawings) =>
    drawings.map((svg) => [...svg.querySelectorAll('polyline')].map((line) => line.getAttribute('points'))));
  const areThree = (lines) => lines.length === 3 && new Set(lines).size === 3;
  check(curves.every(areThree), 'spectra without three different curves');
}

// Every player has a name of its own and decodes to sound; those of a note are equally long and about equally loud.
async function sounds(page) {
  const decoded = await page.evaluate(async () => {
    const context = new OfflineAudioContext(1, 1, 44100);
    const all = [];
    for (const audio of document.querySelectorAll('audio')) {
      const bytes = Uint8Array.from(atob(audio.getAttribute('src').split(',')[1]), (c) => c.charCodeAt(0));
      const silence = () => new AudioBuffer({ length: 1, sampleRate: 44100 });
      const sound = await context.decodeAudioData(bytes.buffer).catch(silence);
      const samples = sound.getChannelData(0);
      const head = samples.slice(0, Math.min(samples.length, 22050));
      const power = head.reduce((sum, sample) => sum + sample * sample, 0) / head.length;
      const peak = samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
      all.push({ name: audio.ariaLabel, seconds: sound.duration, level: 10 * Math.log10(power), peak });
    }
    return all;
  });
  check(decoded.length === 3 * NOTES, `${decoded.length} players, not ${3 * NOTES}`);
  for (let i = 0; i < decoded.length; i += 3) {
    const three = decoded.slice(i, i + 3);
    const [seconds, levels] = [three.map((clip) => clip.seconds), three.map((clip) => clip.level)];
    const names = three.map((clip) => clip.name?.split(', ').at(-1)).join();
    check(names === 'recording,model,corrected', `players ${names}`);
    const isHeard = (clip) => clip.level > -50 && clip.peak > 0.02 && clip.peak < 0.99;
    check(three.every(isHeard), `silent: ${JSON.stringify(three)}`);
    const spread = Math.max(...seconds) - Math.min(...seconds);
    check(spread < 0.01 && seconds[0] > 0.2, `lengths of ${three[0].name}: ${seconds}`);
    // K-weighted they are equal; unweighted, as here, a different spectrum makes some difference.
    check(Math.max(...levels) - Math.min(...levels) < 6, `levels of ${three[0].name}: ${levels}`);
  }
  return decoded.length;
}

// Every player gets to play, and plays alone.
async function playing(page) {
  const stuck = await page.evaluate(async () => {
    const players = [...document.querySelectorAll('audio')];
    const stuck = [];
    for (const player of players) {
      // A clip without sound may keep its promise waiting for ever.
      const waiting = new Promise((resolve) => setTimeout(resolve, 5000, 'does not begin'));
      const refused = await Promise.race([player.play().then(() => '', String), waiting]);
      const begun = performance.now();
      while (!(player.currentTime > 0.02) && refused === '' && performance.now() - begun < 5000) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const others = players.filter((other) => other !== player && !other.paused);
      if (!(player.currentTime > 0.02) || others.length > 0) {
        stuck.push(`${player.ariaLabel}: at ${player.currentTime} s, ${others.length} others ${refused}`);
      }
    }
    players.at(-1).pause();
    return stuck;
  });
  stuck.forEach((player) => check(false, `does not play, or not alone: ${player}`));
}

// The tabulator reaches the players; there, 3 plays the third and 0 stops it.
async function keyboard(page) {
  await page.reload();
  let steps = 0;
  const focused = () => page.evaluate(() => document.activeElement.tagName);
  const nameless = [];
  while ((await focused()) !== 'AUDIO' && steps < 300) {
    await page.keyboard.press('Tab');
    steps += 1;
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      return (element.ariaLabel ?? element.textContent).trim();
    });
    if (name === '') nameless.push(steps);
  }
  check((await focused()) === 'AUDIO', `no player within ${steps} steps of the tabulator`);
  check(nameless.length === 0, `tab stops ${nameless} have no name`);
  const players = '.note:first-of-type audio';
  const paused = () => page.$$eval(players, (found) => found.map((player) => player.paused).join());
  for (const [key, expected] of [['3', 'true,true,false'], ['1', 'false,true,true'], ['0', 'true,true,true']]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(100);
    check((await paused()) === expected, `after key ${key}, paused: ${await paused()}`);
  }
}

// No rule of WCAG 2.2 AA that a program can test is broken.
async function accessible(page, where) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations, passes } = await window.axe.run(document, { runOnly: tags });
    const said = violations.map(({ id, nodes }) =>
      `${id}: ${nodes.length} times, as in ${nodes[0].html.slice(0, 200)}`);
    return passes.length > 20 ? said : [...said, `only ${passes.length} rules were tested`];
  });
  violations.forEach((violation) => check(false, `${where}: ${violation}`));
}

async function colours(page) {
  return page.evaluate(() => {
    const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
    return {
      ground: of('body', 'backgroundColor'),
      text: of('body', 'color'),
      link: of('main a', 'color'),
      'text of a chart': of('#data svg text', 'fill'),
      'cell of a map': of('#residuals svg .q2', 'fill'),
      'shade of a surface': of('#corrections svg .d6', 'fill'),
      'curve of a spectrum': of('#notes svg .series.blue', 'stroke'),
    };
  });
}

// On a phone the page is as wide as the screen, with everything folded and unfolded.
async function narrow(width) {
  const page = await open(browser, file, { viewport: { width, height: 740 }, isMobile: true, hasTouch: true });
  for (const unfold of [false, true]) {
    await page.evaluate((open) => {
      document.querySelectorAll('details').forEach((details) => { details.open = open; });
    }, unfold);
    const widest = await page.evaluate(() => document.documentElement.scrollWidth);
    check(widest <= width, `at ${width} px the page is ${widest} px wide`);
  }
  if (width === 360) await accessible(page, 'light, phone');
  await page.close();
}
