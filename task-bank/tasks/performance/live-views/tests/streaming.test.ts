import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Collection } from '/app/src/index.ts';

interface Row {
  readonly n: number;
  readonly name: string;
}

/** A collection of so many records in a mixed order, with functions that count their calls. */
function counting() {
  const calls = { where: 0, by: 0 };
  const where = ({ n }: Row) => {
    calls.where += 1;
    return n % 2 === 0;
  };
  const by = (a: Row, b: Row) => {
    calls.by += 1;
    return a.n - b.n;
  };
  return { calls, where, by, collection: new Collection<Row>() };
}

function fill(collection: Collection<Row>, count: number, look: () => unknown = () => undefined): void {
  for (let at = 0; at < count; at += 1) {
    const n = (at * 7919) % 1009;
    collection.set(`k${at}`, { n, name: `${at}` });
    look();
  }
}

function small(...rows: [string, number][]): Collection<Row> {
  const collection = new Collection<Row>();
  for (const [name, n] of rows) collection.set(name, { n, name });
  return collection;
}

const byNumber = (a: Row, b: Row) => a.n - b.n;
const names = (view: { items(): Row[] }) => view.items().map(({ name }) => name).join('');

test('where is called once for each record that is set', () => {
  const { calls, where, collection } = counting();
  const view = collection.view({ where });
  fill(collection, 400, () => view.items());
  assert.equal(calls.where, 400);
});

test('by is called a few times for each record that is set', () => {
  const { calls, where, by, collection } = counting();
  const view = collection.view({ where, by });
  fill(collection, 400, () => view.items());
  assert.ok(calls.by < 2500);
});

test('looking costs nothing', () => {
  const { calls, where, by, collection } = counting();
  const view = collection.view({ where, by });
  fill(collection, 50);
  const before = calls.where + calls.by;
  for (let time = 0; time < 20; time += 1) view.items();
  assert.equal(calls.where + calls.by - before, 0);
});

test('the size costs nothing', () => {
  const { calls, where, collection } = counting();
  const view = collection.view({ where });
  fill(collection, 50);
  calls.where = 0;
  assert.equal(view.size + calls.where, 24);
});

test('a view of a full collection', () => {
  const { calls, where, collection } = counting();
  fill(collection, 200);
  collection.view({ where });
  assert.equal(calls.where, 200);
});

test('a closed view costs nothing', () => {
  const { calls, where, collection } = counting();
  const view = collection.view({ where });
  view.close();
  fill(collection, 10);
  assert.equal(calls.where, 0);
});

test('a removed record costs no call of where', () => {
  const { calls, where, collection } = counting();
  const view = collection.view({ where });
  fill(collection, 10);
  calls.where = 0;
  collection.delete('k0');
  assert.equal(calls.where + view.items().length, 4);
});

test('order of many', () => {
  const { where, by, collection } = counting();
  const view = collection.view({ where, by });
  fill(collection, 30);
  assert.equal(view.items().map(({ n }) => n).join(' '), '0 58 120 182 244 364 426 488 550 608 670 732 794 856 914 976');
});

test('equal records are in the order of the collection', () => {
  const collection = small(['a', 1], ['b', 0], ['c', 1]);
  const view = collection.view({ by: byNumber });
  collection.set('d', { n: 0, name: 'd' });
  assert.equal(names(view), 'bdac');
});

test('a replaced record keeps its place among equal ones', () => {
  const collection = small(['a', 1], ['b', 1], ['c', 1]);
  const view = collection.view({ by: byNumber });
  collection.set('b', { n: 5, name: 'x' });
  collection.set('b', { n: 1, name: 'y' });
  assert.equal(names(view), 'ayc');
});

test('a record that was deleted and set again is last', () => {
  const collection = small(['a', 1], ['b', 1], ['c', 1]);
  const view = collection.view({ by: byNumber });
  collection.delete('a');
  collection.set('a', { n: 1, name: 'a' });
  assert.equal(names(view), 'bca');
});

test('no order', () => {
  const collection = small(['a', 3], ['b', 1]);
  const view = collection.view({ where: ({ n }) => n > 1 });
  collection.set('b', { n: 2, name: 'b' });
  collection.set('a', { n: 9, name: 'a' });
  assert.equal(names(view), 'ab');
});

test('a record that moves', () => {
  const collection = small(['a', 1], ['b', 2], ['c', 3]);
  const view = collection.view({ by: byNumber });
  collection.set('a', { n: 4, name: 'a' });
  assert.equal(names(view), 'bca');
});

test('a record that leaves and comes back', () => {
  const collection = small(['a', 2], ['b', 4]);
  const view = collection.view({ where: ({ n }) => n % 2 === 0, by: byNumber });
  collection.set('a', { n: 3, name: 'a' });
  const between = names(view);
  collection.set('a', { n: 6, name: 'a' });
  assert.deepEqual([between, names(view)], ['b', 'ba']);
});

test('the same record under two keys', () => {
  const collection = new Collection<Row>();
  const row = { n: 1, name: 'a' };
  const view = collection.view({ by: byNumber });
  collection.set('x', row);
  collection.set('y', row);
  collection.delete('x');
  assert.equal(names(view), 'a');
});

test('several views', () => {
  const collection = small(['a', 1], ['b', 2]);
  const [up, down] = [collection.view({ by: byNumber }), collection.view({ by: (a, b) => b.n - a.n })];
  collection.set('c', { n: 3, name: 'c' });
  assert.deepEqual([names(up), names(down)], ['abc', 'cba']);
});

test('a list that was given does not change', () => {
  const collection = small(['a', 1]);
  const given = collection.view().items();
  collection.set('b', { n: 2, name: 'b' });
  assert.equal(given.length, 1);
});

test('changing a list does not change the view', () => {
  const view = small(['a', 1], ['b', 2]).view();
  view.items().pop();
  assert.equal(names(view), 'ab');
});

test('a closed view keeps what it has', () => {
  const collection = small(['a', 1], ['b', 2]);
  const view = collection.view({ by: byNumber });
  view.close();
  collection.delete('a');
  collection.set('b', { n: 0, name: 'c' });
  assert.equal(names(view), 'ab');
});

test('an error comes from set', () => {
  const collection = small();
  collection.view({
    where() {
      throw new TypeError('no');
    },
  });
  assert.throws(() => collection.set('a', { n: 1, name: 'a' }), TypeError);
});

test('a record of which a view says nothing is in the collection', () => {
  const collection = small(['a', 1]);
  const view = collection.view({
    where({ n }) {
      if (n < 0) throw new TypeError('no');
      return true;
    },
  });
  try {
    collection.set('a', { n: -1, name: 'a' });
  } catch {}
  assert.deepEqual([collection.get('a')?.n, view.size], [-1, 0]);
});

test('an error in one view leaves others alone', () => {
  const collection = small(['a', 1]);
  collection.view({
    where({ n }) {
      if (n < 0) throw new TypeError('no');
      return true;
    },
  });
  const other = collection.view({ by: byNumber });
  try {
    collection.set('b', { n: -1, name: 'b' });
  } catch {}
  assert.equal(names(other), 'ba');
});

test('a record after an error is seen again', () => {
  const collection = small();
  const view = collection.view({
    by(a, b) {
      if (a.n < 0 || b.n < 0) throw new TypeError('no');
      return a.n - b.n;
    },
  });
  collection.set('a', { n: 1, name: 'a' });
  try {
    collection.set('b', { n: -1, name: 'b' });
  } catch {}
  collection.set('b', { n: 0, name: 'b' });
  assert.equal(names(view), 'ba');
});
