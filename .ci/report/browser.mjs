// A browser that may not leave the page, and what goes wrong in it.
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // The check plays without a click.
  '--autoplay-policy=no-user-gesture-required',
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });

const problems = [];

// Notes a problem where `holds` is not so. All are said at the end: one fault seldom comes alone.
export function check(holds, problem) {
  if (!holds) problems.push(problem);
}

// Opens a file; whatever it writes to the console as an error, throws, or asks the network for, is a problem.
export async function open(browser, file, options) {
  const page = await browser.newPage(options);
  await page.context().setOffline(true);
  const address = pathToFileURL(file).href;
  page.on('console', (message) => {
    check(!['error', 'warning'].includes(message.type()), `console: ${message.text()}`);
  });
  page.on('pageerror', (error) => check(false, `script: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    check(url.split('#')[0] === address || url.startsWith('data:'), `request: ${url.slice(0, 100)}`);
  });
  await page.goto(address);
  return page;
}

// Says what was wrong, and ends the program accordingly.
export function finish(name, done) {
  problems.forEach((problem) => console.error(`${name}: ${problem}`));
  console.log(`${name}: ${done}, ${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}
