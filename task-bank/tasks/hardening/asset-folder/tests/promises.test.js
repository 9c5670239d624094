import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createResolver } from '/app/src/index.js';

const base = mkdtempSync(join(tmpdir(), 'plinth-'));
after(() => rmSync(base, { recursive: true }));
for (const name of [
  'site', 'site/tour', 'site/my rooms', 'site/tour/.drafts', 'site/.git', 'site/.well-known', 'site/tour/.well-known',
  'site/leak', 'site-internal', 'elsewhere',
]) mkdirSync(join(base, name));
for (const name of [
  'site/index.html', 'site/tour/index.html', 'site/tour/map.svg', 'site/my rooms/plan of 1.svg', 'site/v1..2.txt',
  'site/caf\u00e9.txt', 'site/100%.txt', 'site/50%20off.txt', 'site/.env', 'site/.git/config', 'site/tour/.drafts/new.html',
  'site/tour/.well-known/x.txt', 'site/.well-known/key.txt', 'site-internal/prices.txt', 'elsewhere/key.pem', 'elsewhere/page.html',
]) writeFileSync(join(base, name), name);
symlinkSync(join(base, 'elsewhere/key.pem'), join(base, 'site/key.pem'));
symlinkSync('../elsewhere', join(base, 'site/old'));
symlinkSync('../site-internal', join(base, 'site/internal'));
symlinkSync('../../elsewhere/page.html', join(base, 'site/leak/index.html'));
symlinkSync('tour/map.svg', join(base, 'site/latest.svg'));
symlinkSync('tour', join(base, 'site/guide'));
symlinkSync('site', join(base, 'current'));

const resolve = createResolver(join(base, 'site'));
const status = (url) => resolve(url).status;
const content = (url, find = resolve) => readFileSync(find(url).file, 'utf8');

test('a folder beside it with a longer name', () => {
  assert.deepEqual(
    ['/....//site-internal/prices.txt', '/%2e%2e/site-internal/prices.txt', '/..%2fsite-internal%2fprices.txt'].map(status),
    [404, 404, 404],
  );
});

test('a folder beside it, encoded twice or in part', () => {
  assert.deepEqual(
    ['/%252e%252e/site-internal/prices.txt', '/.%2e/site-internal/prices.txt', '/tour/%2E./%2e%2E/site-internal/prices.txt', '/..%252fsite-internal/prices.txt'].map(status),
    [404, 404, 404, 404],
  );
});

test('a link to a file outside', () => {
  assert.equal(status('/key.pem'), 404);
});

test('a link to a folder outside', () => {
  assert.deepEqual(['/old/key.pem', '/old/', '/old', '/internal/prices.txt'].map(status), [404, 404, 404, 404]);
});

test('an index page that is a link to the outside', () => {
  assert.equal(status('/leak/'), 404);
});

test('hidden files in other spellings', () => {
  assert.deepEqual(['/.env', '/%2eenv', '/%2Eenv?x', '/%252eenv', '/tour%2f..%2f.env', '//.env'].map(status), [404, 404, 404, 404, 404, 404]);
});

test('files in hidden folders', () => {
  assert.deepEqual(['/.git/config', '/%2egit/config', '/.git%2fconfig', '/tour/.drafts/new.html', '/.git/'].map(status), [404, 404, 404, 404, 404]);
});

test('hidden folders are not redirected to', () => {
  assert.deepEqual(['/%2egit', '/tour/%2edrafts', '/tour/%252edrafts'].map(status), [404, 404, 404]);
});

test('well-known files are at the top only', () => {
  assert.equal(status('/tour/.well-known/x.txt'), 404);
  assert.equal(content('/.well-known/key.txt'), 'site/.well-known/key.txt');
});

test('NUL characters', () => {
  assert.deepEqual(['/index.html%00', '/index.html%00.txt', '/%00', '/tour%00/'].map(status), [400, 400, 400, 400]);
});

test('a NUL character that is encoded twice does no harm', () => {
  assert.equal([400, 404].includes(status('/index.html%2500')), true);
});

test('redirects stay on the site', () => {
  assert.deepEqual(resolve('//tour'), { status: 301, location: '/tour/' });
  assert.deepEqual(resolve('///tour?x=1'), { status: 301, location: '/tour/' });
});

test('redirects do not take the host from the path', () => {
  const locations = ['//example.com/%2e%2e/tour', '/\\example.com/%2e%2e/tour', '//example.com%2f..%2ftour', '/%2fexample.com/%2e%2e/tour'].map(
    (url) => resolve(url).location ?? 'none',
  );
  assert.deepEqual(locations.filter((location) => /^[/\\]{2}|^[^/]*:|example/.test(location)), []);
});

test('folders of any name get a slash', () => {
  assert.deepEqual(
    [resolve('/tour'), resolve('/my%20rooms'), resolve('/guide')],
    [{ status: 301, location: '/tour/' }, { status: 301, location: '/my%20rooms/' }, { status: 301, location: '/guide/' }],
  );
});

test('honest names', () => {
  assert.deepEqual(
    ['/', '/tour/', '/tour//map.svg', '/v1..2.txt', '/caf%C3%A9.txt', '/100%25.txt', '/50%2520off.txt', '/my%20rooms/plan%20of%201.svg', '/my%2520rooms/plan%2520of%25201.svg'].map((url) => content(url)),
    ['site/index.html', 'site/tour/index.html', 'site/tour/map.svg', 'site/v1..2.txt', 'site/caf\u00e9.txt', 'site/100%.txt', 'site/50%20off.txt', 'site/my rooms/plan of 1.svg', 'site/my rooms/plan of 1.svg'],
  );
});

test('links inside, and a folder that is a link', () => {
  const current = createResolver(join(base, 'current'));
  assert.deepEqual(
    [content('/latest.svg'), content('/guide/map.svg'), content('/guide/'), content('/tour/map.svg', current), content('/latest.svg', current), content('/', createResolver(join(base, 'site/')))],
    ['site/tour/map.svg', 'site/tour/map.svg', 'site/tour/index.html', 'site/tour/map.svg', 'site/tour/map.svg', 'site/index.html'],
  );
});
