// A real server with the example, a real browser, and what every journey asserts by the way: no console error, no
// request to another host, no violation that axe finds.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const top = resolve(import.meta.dirname, '../..');
const require = createRequire(join(top, 'web/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const artifacts = join(top, 'build/ui-artifacts');
mkdirSync(artifacts, { recursive: true });

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// What `ask` answers as soon as that is something.
export async function eventually(ask, limit = 10_000) {
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing within ${limit} ms: ${ask}`);
}

export class Greenroom {
  constructor() {
    this.home = mkdtempSync(join(tmpdir(), 'greenroom-ui-'));
  }
  // With `project`, the server trains it and takes it for training jobs; otherwise it serves the example.
  async start({ project } = {}) {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const what = project ? ['--project', project] : ['--example'];
    const program = process.env.GREENROOM_BINARY ?? join(top, 'build/release/greenroom');
    this.process = spawn(program, ['up', ...what, '--home', this.home, '--port', String(this.port)], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.log = '';
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (text) => (this.log += text));
    await eventually(() => {
      if (this.process.exitCode !== null) throw new Error(`the server did not start:\n${this.log}`);
      return this.log.includes('Greenroom answers at');
    }, 60_000);
    this.token = readFileSync(join(this.home, 'admin-token'), 'utf8').trim();
  }
  async stop(signal = 'SIGTERM') {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill(signal);
    await gone;
  }
  async remove() {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
  async api(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : null;
  }
}

export async function openBrowser() {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-dev-shm-usage', ...(root ? ['--no-sandbox'] : [])] });
}

// A page that remembers what must not have happened.
export async function openPage(browser, server, { width = 1280, height = 800, dark = false, language = 'en-GB', expected = [] } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: language, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  page.problems = [];
  page.expected = expected; // patterns of console errors that the journey provokes
  page.on('console', (message) => {
    if (message.type() === 'error' && !page.expected.some((one) => one.test(message.text()))) page.problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) page.problems.push(`request to ${request.url()}`);
  });
  return page;
}

export async function signIn(page, server, username, password) {
  await page.goto(server.url + '/ui/');
  await page.getByLabel('User name', { exact: true }).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'What runs where' }).waitFor();
}

export async function checkAxe(page, where) {
  // Through the protocol, not as a script tag: the content policy stays as it is.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  for (const one of violations) page.problems.push(`axe at ${where}: ${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(' | ')}`);
}

export function expectNoProblems(page) {
  if (page.problems.length) throw new Error(page.problems.join('\n'));
}
