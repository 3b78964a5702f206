// node hostile.mjs PAGE: whether a catalogue full of markup stays text.
import { check, finish, launch, open } from './browser.mjs';

const [file] = process.argv.slice(2);
const browser = await launch();
const page = await open(browser, file);
// A handler of an image is called soon.
await page.waitForTimeout(500);
check((await page.title()) === 'hostile: recordings, model and corrections', `the title is ${await page.title()}`);
const found = await page.evaluate(() => ({
  strangers: document.querySelectorAll(
    'img, iframe, object, b:not(.keys b), svg[onload], a[href^="javascript"]').length,
  scripts: document.scripts.length,
  text: document.querySelector('#data').textContent,
  notes: document.querySelectorAll('.note').length,
}));
check(found.strangers === 0 && found.scripts === 1, JSON.stringify(found));
const shown = ["<script>document.title = 'owned'</script>", '<svg onload='];
check(shown.every((markup) => found.text.includes(markup)), 'the title is not shown');
check(found.notes === 3, `${found.notes} notes, not 3`);
check((await page.textContent('#left-out')).includes('not run'), 'keys left out: not said that it was not run');
check((await page.textContent('#training')).includes('default.weights'), 'the weights file is not named');
await browser.close();
finish(file, 'markup stays text');
