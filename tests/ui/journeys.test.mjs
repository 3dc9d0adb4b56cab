// Journeys of people through the UI against the real binary. Run by `./dev test ui`.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, before, after } from 'node:test';
import { Greenroom, artifacts, checkAxe, eventually, expectNoProblems, openBrowser, openPage, signIn } from './harness.mjs';

const kPassword = 'a long enough password';
let server, browser, project;

before(async () => {
  server = new Greenroom();
  // First the example, which has two models; then a copy of its source as the project for training.
  await server.start();
  await server.stop();
  project = mkdtempSync(join(tmpdir(), 'greenroom-project-'));
  cpSync(join(import.meta.dirname, '../../examples/hotel'), project, { recursive: true });
  await server.start({ project });
  await server.api('POST', '/api/users', { username: 'ana', password: kPassword, roles: ['admin'] });
  await server.api('POST', '/api/roles', {
    role: 'promoter', description: 'Promotes to experimental',
    permissions: ['environments.experimental.write', 'models.view', 'test_conversation.view'],
  });
  await server.api('POST', '/api/users', { username: 'pia', password: kPassword, roles: ['promoter'] });
  await server.api('POST', '/api/users', { username: 'tom', password: kPassword, roles: ['tester'] });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.remove();
  if (project) rmSync(project, { recursive: true, force: true });
});

// One person at one browser window, from a fresh start; what must not happen on any page is asserted at the end.
function journey(name, { as, ...options }, steps) {
  test(name, async () => {
    const page = await openPage(browser, server, options);
    try {
      if (as) await signIn(page, server, as, kPassword);
      await steps(page);
      expectNoProblems(page);
    } catch (error) {
      await page.screenshot({ path: join(artifacts, `failed ${name.replace(/\W+/g, ' ')}.png`) }).catch(() => {});
      throw error;
    } finally {
      await page.context().close();
    }
  });
}
const menu = (page, name) => page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name, exact: true });
const row = (page, name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
async function assign(page, model, environment) {
  await row(page, model).getByRole('button', { name: `Actions for ${model}` }).click();
  await page.getByLabel(environment, { exact: true }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${model}: saved.`).first().waitFor();
}

journey('the root sends browsers to the UI and answers others as a Rasa server', {}, async (page) => {
  const plain = await fetch(server.url + '/');
  assert.equal(await plain.text(), 'Hello from Rasa: 3.6.21');
  await page.goto(server.url + '/');
  assert.equal(page.url(), server.url + '/ui/');
  await checkAxe(page, 'sign in');
});

journey('the first sign-in is with the admin token, which leads to the first user', {}, async (page) => {
  await page.goto(server.url + '/ui/');
  await page.getByRole('button', { name: 'Access token' }).click();
  await page.getByLabel('Access token').last().fill(server.token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('link', { name: 'Add a user' }).click();
  await page.getByLabel('User name').fill('first');
  await page.getByLabel('Password').fill(kPassword);
  await page.getByLabel('admin', { exact: false }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('first is added.').waitFor();
});

journey('a wrong password is refused without saying what was wrong', { expected: [/401/] }, async (page) => {
  await page.goto(server.url + '/ui/');
  await page.getByLabel('User name').fill('ana');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('That did not match.').waitFor();
});

journey('train, promote to experimental, talk to it, promote to production in at most 12 clicks', { as: 'ana' }, async (page) => {
  const domain = join(project, 'domain.yml');
  writeFileSync(domain, readFileSync(domain, 'utf8').replaceAll('hotel', 'grand hotel'));
  let clicks = 0;
  const click = async (locator) => {
    await locator.click();
    clicks++;
  };
  const before = new Set((await server.api('GET', '/api/projects/default/models')).map((one) => one.model));
  await click(menu(page, 'Models'));
  await click(page.getByRole('button', { name: 'Train' }));
  const newModel = async () => (await server.api('GET', '/api/projects/default/models')).map((one) => one.model).find((name) => !before.has(name));
  const model = await eventually(newModel, 60_000);
  await row(page, model).waitFor();
  for (const environment of ['experimental', 'production']) {
    await click(row(page, model).getByRole('button', { name: `Actions for ${model}` }));
    await click(page.getByLabel(environment, { exact: true }));
    await click(page.getByRole('button', { name: 'Save' }));
    await page.getByText(`${model}: saved.`).last().waitFor();
    await row(page, model).getByText(environment, { exact: true }).waitFor();
    if (environment === 'production') break;
    await click(menu(page, 'Talk to your bot'));
    await page.getByRole('combobox', { name: 'Environment' }).selectOption('experimental');
    clicks++;
    await page.getByLabel('Say something…').fill('hello');
    await page.keyboard.press('Enter');
    await page.getByRole('log').getByText('grand hotel').waitFor();
    await page.getByRole('complementary').getByText('greet', { exact: true }).first().waitFor();
    await click(menu(page, 'Models'));
  }
  const environments = await server.api('GET', '/api/environments');
  for (const name of ['experimental', 'production']) assert.equal(environments.find((one) => one.name === name).wanted, model);
  console.log(`clicks of the founding workflow: ${clicks}`);
  assert.ok(clicks <= 12, `${clicks} clicks`);
});

journey('two environments answer the same message side by side', { as: 'ana' }, async (page) => {
  const models = await server.api('GET', '/api/projects/default/models');
  await server.api('PUT', `/api/projects/default/models/${models.at(-1).model}/tags/production`);
  await page.goto(server.url + '/ui/talk?environment=production&beside=experimental');
  await page.getByLabel('Say something…').fill('I want to book a room for 2 people');
  await page.keyboard.press('Enter');
  for (const name of ['production', 'experimental']) await page.getByRole('log', { name }).getByRole('button', { name: 'Double' }).waitFor();
  await page.getByRole('log', { name: 'production' }).getByRole('button', { name: 'Double' }).click();
  await page.getByRole('log', { name: 'experimental' }).getByText('/inform').waitFor();
  await checkAxe(page, 'talk, two environments');
});

journey('promote with a reason, see it in the history, roll back', { as: 'ana' }, async (page) => {
  await menu(page, 'Environments').click();
  const card = page.getByRole('region', { name: 'production' });
  const was = (await server.api('GET', '/api/environments')).find((one) => one.name === 'production').wanted;
  await card.getByRole('button', { name: 'Promote…' }).click();
  await checkAxe(page, 'promote dialog');
  await page.getByLabel('Reason').fill('Tested by the desk');
  await page.getByRole('button', { name: 'Promote', exact: true }).click();
  await card.getByRole('button', { name: 'History' }).click();
  await card.getByText('Tested by the desk').waitFor();
  await card.getByRole('button', { name: 'Roll back…' }).click();
  await page.getByRole('button', { name: 'Roll back', exact: true }).click();
  await page.getByText(`production serves ${was} again.`).waitFor();
});

journey('who may not write production cannot tick it, and sees why', { as: 'pia' }, async (page) => {
  await menu(page, 'Models').click();
  const name = (await server.api('GET', '/api/projects/default/models'))[0].model;
  await row(page, name).getByRole('button', { name: `Actions for ${name}` }).click();
  assert.ok(await page.getByLabel('production', { exact: true }).isDisabled());
  assert.ok(await page.getByLabel('experimental', { exact: true }).isEnabled());
  await page.getByText('Needs the right environments.production.write').first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Train' }).count(), 0);
  assert.equal(await menu(page, 'Audit log').count(), 0);
  await page.goto(server.url + '/ui/audit');
  await page.getByText('You may not see this').waitFor();
});

journey('a tester talks in the own conversation', { as: 'tom' }, async (page) => {
  await menu(page, 'Talk to your bot').click();
  await page.getByLabel('Say something…').fill('hello');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText(/Welcome to the|hotel desk|new desk/).waitFor();
});

journey('upload a model, tag it, find a damaged one refused', { as: 'ana', expected: [/400|409/] }, async (page) => {
  const models = await server.api('GET', '/api/projects/default/models');
  const source = models.find((one) => one.tags.length === 0) ?? models.at(-1);
  const answer = await fetch(`${server.url}/api/projects/default/models/${source.model}`, { headers: { Authorization: `Bearer ${server.token}` } });
  const file = Buffer.from(await answer.arrayBuffer());
  await menu(page, 'Models').click();
  const picker = page.locator('input[type=file]');
  await picker.setInputFiles({ name: 'damaged.grm', mimeType: 'application/octet-stream', buffer: file.subarray(0, 1000) });
  await page.getByText(/^damaged.grm: /).waitFor();
  if (source.tags.length === 0) {
    await server.api('DELETE', `/api/projects/default/models/${source.model}`);
    await page.reload();
    await page.locator('input[type=file]').setInputFiles({ name: 'uploaded.grm', mimeType: 'application/octet-stream', buffer: file });
    await page.getByText('uploaded.grm is uploaded.').waitFor();
    await assign(page, 'uploaded', 'worker');
  }
});

journey('a failed training shows file and line', { as: 'ana' }, async (page) => {
  const file = join(project, 'domain.yml');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good + '\nresponses: [broken\n');
  try {
    await menu(page, 'Models').click();
    await page.getByRole('button', { name: 'Train' }).click();
    await page.getByText(/domain\.yml:\d+/).first().waitFor({ timeout: 30_000 });
    await checkAxe(page, 'failed training');
  } finally {
    writeFileSync(file, good);
  }
});

journey('what people and assistants write is shown, never run', { as: 'ana' }, async (page) => {
  const payloads = ['<img src=x onerror=globalThis.hacked=1>', '"><script>globalThis.hacked=1</script>', '{{constructor.constructor("globalThis.hacked=1")()}}', 'javascript:globalThis.hacked=1', '<svg/onload=globalThis.hacked=1>'];
  for (const [index, message] of payloads.entries()) await server.api('POST', `/api/conversations/${encodeURIComponent(`x${index}<b>`)}/messages?environment=experimental`, { message });
  await server.api('POST', '/api/roles', { role: 'bold', description: payloads[0], permissions: ['models.view'] });
  for (let index = 0; index < payloads.length; index++) {
    await page.goto(`${server.url}/ui/conversations/${encodeURIComponent(`x${index}<b>`)}?in=experimental`);
    await page.locator('.bubble.user').first().waitFor();
  }
  for (const path of ['people', 'audit', 'conversations?text=%3Cimg%20src%3Dx%20onerror%3DglobalThis.hacked%3D1%3E']) {
    await page.goto(`${server.url}/ui/${path}`);
    await page.waitForLoadState('networkidle');
  }
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
});

journey('filters of conversations stand in the address and come back with it', { as: 'ana' }, async (page) => {
  await menu(page, 'Conversations').click();
  await page.getByRole('listitem').first().waitFor();
  await page.getByLabel('Environment', { exact: true }).selectOption('experimental');
  await page.waitForURL(/environment=experimental/);
  await page.getByRole('listitem').first().getByRole('link').click();
  await page.locator('.bubble').first().waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('Environment', { exact: true }).inputValue(), 'experimental');
  await checkAxe(page, 'conversation');
  await page.getByLabel('Review').last().selectOption('reviewed');
  await page.getByRole('button', { name: 'Flag' }).first().click();
  await page.getByRole('button', { name: 'Remove the flag' }).first().waitFor();
});

journey('a conversation becomes a story, judged by the model of another environment', { as: 'ana' }, async (page) => {
  for (const message of ['hello', 'goodbye']) await server.api('POST', '/api/conversations/story-guest/messages?environment=experimental', { message });
  await page.goto(`${server.url}/ui/conversations/story-guest?in=experimental`);
  await page.getByRole('button', { name: 'As story' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('- intent: greet').waitFor();
  await dialog.getByText('would act in the same way').waitFor();
  await dialog.getByRole('combobox').selectOption('production');
  await dialog.getByText('would act in the same way').waitFor();
  const download = page.waitForEvent('download');
  await dialog.getByRole('link', { name: 'Download' }).click();
  assert.match(readFileSync(await (await download).path(), 'utf8'), /^version: "3.1"\nstories:/);
  await checkAxe(page, 'story dialog');
});

journey('the whole way works with the keyboard alone', { as: 'ana' }, async (page) => {
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('heading', { name: 'Models', exact: true }).waitFor();
  const target = (await server.api('GET', '/api/projects/default/models')).find((one) => !one.tags.includes('worker')).model;
  const dots = row(page, target).getByRole('button', { name: `Actions for ${target}` });
  await dots.waitFor();
  for (let i = 0; i < 80 && !(await dots.evaluate((node) => node === document.activeElement)); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const box = page.getByLabel('worker', { exact: true });
  await box.waitFor();
  for (let i = 0; i < 8 && !(await box.evaluate((node) => node === document.activeElement)); i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText(`${target}: saved.`).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('audit');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Keyboard').waitFor();
});

journey('texts are there in German', { language: 'de-DE' }, async (page) => {
  await page.goto(server.url + '/ui/');
  await page.getByRole('heading', { name: 'Bei Greenroom anmelden' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
});

test('the UI works below a prefix that a proxy strips', async (t) => {
  const { createServer, request } = await import('node:http');
  const proxy = createServer((incoming, answer) => {
    const path = incoming.url.replace(/^\/tools\/greenroom/, '') || '/';
    const onward = request(server.url + path, { method: incoming.method, headers: incoming.headers }, (reply) => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const url = `http://127.0.0.1:${proxy.address().port}/tools/greenroom`;
  const page = await openPage(browser, { url });
  await signIn(page, { url }, 'ana', kPassword);
  await menu(page, 'Models').click();
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.match(page.url(), /\/tools\/greenroom\/ui\/models\/.+/);
  expectNoProblems(page);
  await page.context().close();
});

journey('a server that is killed and comes back is found again', { as: 'ana', expected: [/ERR_CONNECTION|Failed to load resource|ERR_EMPTY_RESPONSE/] }, async (page) => {
  await menu(page, 'Environments').click();
  await page.getByRole('region', { name: 'production' }).waitFor();
  await server.stop('SIGKILL');
  await page.goto(server.url + '/ui/').catch(() => {});
  await server.start({ project });
  await page.goto(server.url + '/ui/environments');
  await page.getByRole('region', { name: 'production' }).getByText('● serving').waitFor({ timeout: 20_000 });
});
