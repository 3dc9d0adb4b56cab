// What people wait for in the web UI: the first paint on a slow processor, a long conversation, a long list.
//   ./dev bench ui [--conversations N]      N = 2,000 unless told; a million takes some minutes to make
// Prints one line of JSON; exit status 1 when a figure misses its bar.
import { Greenroom, openBrowser, openPage, signIn } from '../tests/ui/harness.mjs';

const bars = { first_paint_ms: 500, home_paint_ms: 500, transcript_ms: 300, filter_p95_ms: 200, worst_frame_ms: 50 };
const kPassword = 'a long enough password';
const kEvents = 5_000;
const at = process.argv.indexOf('--conversations');
const conversations = at > 0 ? Number(process.argv[at + 1]) : 2_000;
const figures = { bench: 'ui', conversations };
const server = new Greenroom();

async function sideBySide(count, streams, work) {
  let next = 0;
  await Promise.all(Array.from({ length: streams }, async () => {
    while (next < count) await work(next++);
  }));
}

async function longConversation() {
  const events = [];
  for (let i = 0; events.length < kEvents; i++) {
    events.push({ event: 'action', name: 'action_listen', timestamp: 1e9 + i });
    events.push({ event: 'user', text: `message ${i}`, parse_data: { intent: { name: 'greet', confidence: 1 }, entities: [] }, timestamp: 1e9 + i + 0.1 });
    events.push({ event: 'action', name: 'utter_greet', timestamp: 1e9 + i + 0.2 });
    events.push({ event: 'bot', text: `answer ${i}`, timestamp: 1e9 + i + 0.3 });
  }
  await server.api('PUT', '/api/conversations/long/events?environment=production', events.slice(0, kEvents));
}

// When the first element of a kind is on the screen, in milliseconds since the navigation began.
const seen = (page, selector) =>
  page.evaluate(
    (wanted) =>
      new Promise((done) => {
        const look = () => (document.querySelector(wanted) ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look));
        look();
      }),
    selector,
  );
const painted = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        new PerformanceObserver((list) => {
          const paint = list.getEntriesByName('first-contentful-paint')[0];
          if (paint) done(paint.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );

// Opens a page in a window that has nothing in its cache, on a processor that is four times slower.
async function firstPaint(browser) {
  const page = await openPage(browser, server);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(server.url + '/ui/');
  const first = await painted(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await signIn(page, server, 'ana', kPassword);
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(server.url + '/ui/');
  const home = await painted(page);
  await page.context().close();
  return { first, home };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const p95 = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * 0.95)];

async function filters() {
  const times = [];
  for (const query of ['intent=greet', 'action=utter_greet', 'text=hello', 'environment=production&maximumConfidence=0.9', 'input_channel=rest', 'sort_by_latest_event_time=true', 'offset=1000']) {
    for (let round = 0; round < 10; round++) {
      const begun = performance.now();
      await server.api('GET', `/api/conversations?limit=100&${query}`);
      times.push(performance.now() - begun);
    }
  }
  return p95(times);
}

// The longest time between two frames while the list is scrolled through, 40 pixels a frame.
const scroll = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        const box = document.querySelector('[role=list]');
        let last = performance.now(), worst = 0, frames = 0;
        const step = (now) => {
          worst = Math.max(worst, now - last);
          last = now;
          box.scrollTop += 40;
          if (++frames < 300) requestAnimationFrame(step);
          else done(worst);
        };
        requestAnimationFrame(step);
      }),
  );

let browser;
try {
  await server.start();
  await server.api('POST', '/api/users', { username: 'ana', password: kPassword, roles: ['admin'] });
  await sideBySide(conversations, 32, (n) => server.api('POST', `/api/conversations/guest-${n}/messages?environment=production`, { message: 'hello' }));
  await longConversation();
  browser = await openBrowser();
  const paints = [];
  for (let round = 0; round < 3; round++) paints.push(await firstPaint(browser));
  figures.first_paint_ms = median(paints.map((one) => one.first));
  figures.home_paint_ms = median(paints.map((one) => one.home));

  const page = await openPage(browser, server);
  await signIn(page, server, 'ana', kPassword);
  const opened = [];
  for (let round = 0; round < 3; round++) {
    await page.goto(`${server.url}/ui/conversations/long?in=production`);
    opened.push(await seen(page, '.bubble'));
  }
  figures.transcript_ms = median(opened);
  figures.filter_p95_ms = await filters();
  await page.goto(`${server.url}/ui/conversations`);
  await page.getByRole('listitem').first().waitFor();
  figures.worst_frame_ms = await scroll(page);
} finally {
  await browser?.close();
  await server.remove();
}
for (const name of Object.keys(bars)) figures[name] = Math.round(figures[name] * 10) / 10;
figures.ok = Object.entries(bars).every(([name, most]) => figures[name] <= most);
console.log(JSON.stringify(figures));
process.exitCode = figures.ok ? 0 : 1;
