// A picture of every screen in build/ui-artifacts, light and dark, wide and narrow, each checked by axe and for shifts of
// the layout while it loads. People look at them.
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { Greenroom, artifacts, checkAxe, expectNoProblems, openBrowser, openPage, signIn } from './harness.mjs';

const kPassword = 'a long enough password';
const server = new Greenroom();
let browser, model;

before(async () => {
  await server.start();
  await server.api('POST', '/api/users', { username: 'ana', password: kPassword, roles: ['admin'] });
  for (const [name, roles] of [['ben', ['tester']], ['mia', ['annotator']], ['zoe', ['admin']]]) {
    await server.api('POST', '/api/users', { username: name, password: kPassword, roles });
  }
  model = (await server.api('GET', '/api/projects/default/models'))[0].model;
  for (let guest = 1; guest <= 30; guest++) {
    const environment = guest % 3 ? 'production' : 'experimental';
    for (const message of ['hello', 'I want to book a room for 2 people', 'double', 'from Friday']) {
      await server.api('POST', `/api/conversations/guest-${guest}/messages?environment=${environment}`, { message });
    }
  }
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.remove();
});

const screens = {
  home: '', models: 'models', model: () => `models/${model}`, environments: 'environments?history=production', talk: 'talk',
  conversations: 'conversations', transcript: 'conversations/guest-1?in=production', people: 'people', tokens: 'tokens', audit: 'audit',
  settings: 'settings', design: 'design',
};
for (const [width, height] of [[1280, 800], [390, 844]]) {
  for (const dark of [false, true]) {
    test(`every screen, ${width} wide, ${dark ? 'dark' : 'light'}`, async () => {
      const page = await openPage(browser, server, { width, height, dark });
      await page.addInitScript(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts.push(entry.value);
        }).observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(server.url + '/ui/');
      await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      await shoot(page, 'sign-in', width, dark);
      await signIn(page, server, 'ana', kPassword);
      for (const [name, path] of Object.entries(screens)) {
        await page.goto(`${server.url}/ui/${typeof path === 'function' ? path() : path}`);
        await page.waitForLoadState('networkidle');
        if (name === 'talk') await converse(page);
        await shoot(page, name, width, dark);
      }
      expectNoProblems(page);
      await page.context().close();
    });
  }
}

async function converse(page) {
  await page.getByLabel('Say something…').fill('I want to book a room for 2 people');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByRole('button', { name: 'Double' }).waitFor();
}

async function shoot(page, name, width, dark) {
  const shift = await page.evaluate(() => globalThis.shifts.reduce((sum, one) => sum + one, 0));
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: join(artifacts, `${name} ${width} ${dark ? 'dark' : 'light'}.png`), fullPage: true });
  await checkAxe(page, `${name}, ${width} wide`);
  if (shift > 0.02) page.problems.push(`the layout of ${name} shifts by ${shift.toFixed(3)}`);
  if (sideways > 0) page.problems.push(`${name} is ${sideways} px wider than the window of ${width}`);
}
