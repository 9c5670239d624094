import { test } from 'node:test';
import assert from 'node:assert/strict';
import { board, Book, Client, type Fetch, type Sighting } from '/app/src/index.ts';

/** 60 sightings: every tenth is a skua, the third is the only petrel. */
const SIGHTINGS: Sighting[] = Array.from({ length: 60 }, (_, index) => ({
  id: 60 - index,
  species: index === 2 ? 'petrel' : index % 10 === 9 ? 'skua' : 'gannet',
  place: index < 30 ? 'pier' : 'cape',
  day: `2024-02-${String(29 - Math.floor(index / 10)).padStart(2, '0')}`,
  count: 1,
}));

async function requests(size: number, work: (client: Client) => Promise<unknown>, sightings = SIGHTINGS): Promise<number> {
  const book = new Book(sightings, size);
  await work(new Client(book.fetch));
  return book.requests;
}

const is =
  (wanted: string) =>
  ({ species }: Sighting): boolean =>
    species === wanted;

test('just a page', async () => {
  assert.equal(await requests(20, (client) => client.latest(20)), 1);
});

test('just two pages', async () => {
  assert.equal(await requests(10, (client) => client.latest(20)), 2);
});

test('pages of a single sighting', async () => {
  assert.equal(await requests(1, (client) => client.latest(3)), 3);
});

test('a single sighting', async () => {
  assert.equal(await requests(1, (client) => client.latest(1)), 1);
});

test('one less than a page', async () => {
  assert.equal(await requests(20, (client) => client.latest(19)), 1);
});

test('one more than a page', async () => {
  assert.equal(await requests(20, (client) => client.latest(21)), 2);
});

test('one more than two pages', async () => {
  assert.equal(await requests(10, (client) => client.latest(21)), 3);
});

test('all there are', async () => {
  assert.equal(await requests(20, (client) => client.latest(60)), 3);
});

test('more than there are', async () => {
  assert.equal(await requests(20, (client) => client.latest(500)), 3);
});

test('a rare bird that was found', async () => {
  assert.equal(await requests(10, (client) => client.latest(1, is('petrel'))), 1);
});

test('a rare bird of which there are no more', async () => {
  assert.equal(await requests(10, (client) => client.latest(2, is('petrel'))), 6);
});

test('a bird on each page', async () => {
  assert.equal(await requests(10, (client) => client.latest(3, is('skua'))), 3);
});

test('a bird that is not there', async () => {
  assert.equal(await requests(10, (client) => client.latest(3, is('auk'))), 6);
});

test('no sightings', async () => {
  assert.equal(await requests(10, (client) => client.latest(3), []), 1);
});

test('what is found on one page', async () => {
  const found = await new Client(new Book(SIGHTINGS, 3).fetch).latest(3);
  assert.deepEqual(found.map(({ id }) => id), [60, 59, 58]);
});

test('what is found on several pages', async () => {
  const found = await new Client(new Book(SIGHTINGS, 10).fetch).latest(3, is('skua'));
  assert.deepEqual(found.map(({ id }) => id), [51, 41, 31]);
});

test('no more than wanted', async () => {
  const found = await new Client(new Book(SIGHTINGS, 20).fetch).latest(23);
  assert.equal(found.length, 23);
});

test('an allowance that just lasts', async () => {
  const book = new Book(SIGHTINGS, 5);
  const limited: Fetch = async (cursor) => {
    if (book.requests === 2) throw new Error('the allowance is used up');
    return book.fetch(cursor);
  };
  assert.equal((await new Client(limited).latest(10)).length, 10);
});

test('pages without a match in between', async () => {
  assert.equal(await requests(2, (client) => client.latest(2, is('skua'))), 10);
});

test('a cursor without letters', async () => {
  const pages = [{ sightings: SIGHTINGS.slice(0, 2), next: '' }, { sightings: SIGHTINGS.slice(2, 4) }];
  const found = await new Client(async (cursor) => pages[cursor === undefined ? 0 : 1]!).latest(3);
  assert.deepEqual(found.map(({ id }) => id), [60, 59, 58]);
});

test('a board', async () => {
  assert.equal(await requests(10, (client) => board(client, ['petrel', 'gannet'], 1)), 2);
});

test('lines of a board', async () => {
  const lines = await board(new Client(new Book(SIGHTINGS, 10).fetch), ['skua', 'petrel', 'auk'], 5);
  assert.deepEqual(lines, ['skua: pier, cape', 'petrel: pier', 'auk: -']);
});

test('since a day', async () => {
  assert.equal(await requests(10, (client) => client.since('2024-02-28')), 3);
});

test('the number of sightings is whole', async () => {
  await assert.rejects(new Client(new Book(SIGHTINGS, 10).fetch).latest(1.5), { name: 'RangeError' });
});
