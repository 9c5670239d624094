import { test } from 'node:test';
import assert from 'node:assert/strict';
import { memoryStore, PartError, partsOf, usedIn, weightOf } from '/app/src/index.ts';

type Items = Parameters<typeof memoryStore>[0];

/** A store that counts what is read of it. */
function counted(items: Items) {
  const store = memoryStore(items);
  const reads = new Map<string, number>();
  return {
    names: store.names,
    read(name: string) {
      reads.set(name, (reads.get(name) ?? 0) + 1);
      return store.read(name);
    },
    most: () => Math.max(...reads.values()),
    total: () => [...reads.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Levels that each use the one below twice; a bolt is at the bottom. */
function tower(levels: number): Items {
  const items: Record<string, Items[string]> = { 'level-0': { entries: [['bolt', 1]] }, bolt: { weight: 1 } };
  for (let level = 1; level <= levels; level += 1) {
    items[`level-${level}`] = { entries: [[`level-${level - 1}`, 1], [`level-${level - 1}`, 1]] };
  }
  return items;
}

const cart: Items = {
  cart: { entries: [['wheel', 4], ['board', 1], ['bolt', 2]] },
  wheel: { entries: [['rim', 1], ['bolt', 5]] },
  board: { weight: 900 },
  rim: { weight: 400 },
  bolt: { weight: 10 },
};

test('parts: each item is read once', () => {
  const store = counted(tower(9));
  partsOf(store, 'level-9');
  assert.equal(store.total(), 11);
});

test('weight: each item is read once', () => {
  const store = counted(tower(9));
  weightOf(store, 'level-9');
  assert.equal(store.total(), 11);
});

test('uses: each item is read once', () => {
  const store = counted(tower(6));
  usedIn(store, 'bolt');
  assert.equal(store.most(), 1);
});

test('parts of a wide machine are read once', () => {
  const store = counted(cart);
  partsOf(store, 'cart');
  assert.equal(store.most(), 1);
});

test('nothing is kept between calls', () => {
  const store = counted(cart);
  partsOf(store, 'wheel');
  partsOf(store, 'wheel');
  assert.equal(store.total(), 6);
});

test('changes between calls are seen', () => {
  let weight = 5;
  const store = { names: () => ['bolt'], read: () => ({ weight }) };
  weightOf(store, 'bolt');
  weight = 7;
  assert.equal(weightOf(store, 'bolt'), 7);
});

test('number of parts of a tower', () => {
  assert.equal(partsOf(memoryStore(tower(10)), 'level-10').get('bolt'), 1024);
});

test('weight of a tower', () => {
  assert.equal(weightOf(memoryStore(tower(10)), 'level-10'), 1024);
});

test('order of parts', () => {
  assert.deepEqual([...partsOf(memoryStore(cart), 'cart')], [['rim', 4], ['bolt', 22], ['board', 1]]);
});

test('order of parts when a part comes before its assembly', () => {
  const store = memoryStore({ ...cart, sled: { entries: [['bolt', 1], ['wheel', 1], ['board', 0]] } });
  assert.deepEqual([...partsOf(store, 'sled')], [['bolt', 6], ['rim', 1], ['board', 0]]);
});

test('an assembly deeper and higher', () => {
  const store = memoryStore({
    ...cart,
    train: { entries: [['wheel', 1], ['pair', 3], ['cart', 1]] },
    pair: { entries: [['wheel', 2]] },
  });
  assert.deepEqual([...partsOf(store, 'train')], [['rim', 11], ['bolt', 57], ['board', 1]]);
});

test('the same entry twice', () => {
  const store = memoryStore({ a: { entries: [['b', 2], ['b', 3]] }, b: { weight: 7 } });
  assert.deepEqual([[...partsOf(store, 'a')], weightOf(store, 'a')], [[['b', 5]], 35]);
});

test('an assembly of nothing', () => {
  const store = memoryStore({ a: { entries: [['b', 2]] }, b: { entries: [], weight: 9 } });
  assert.deepEqual([[...partsOf(store, 'a')], weightOf(store, 'a')], [[], 0]);
});

test('a single part', () => {
  assert.deepEqual([...partsOf(memoryStore(cart), 'bolt')], [['bolt', 1]]);
});

test('uses by levels and names', () => {
  assert.deepEqual(usedIn(memoryStore({ ...cart, axle: { entries: [['wheel', 2]] } }), 'bolt'), ['cart', 'wheel', 'axle']);
});

test('uses of an assembly in between', () => {
  assert.deepEqual(usedIn(memoryStore(tower(3)), 'level-1'), ['level-2', 'level-3']);
});

test('uses of what is not there', () => {
  assert.throws(() => usedIn(memoryStore(cart), 'nut'), PartError);
});

test('a circle', () => {
  const store = memoryStore({ a: { entries: [['b', 1]] }, b: { entries: [['c', 1]] }, c: { entries: [['b', 1]] } });
  assert.throws(() => weightOf(store, 'a'), { message: 'circle: b > c > b' });
});

test('the first circle', () => {
  const store = memoryStore({
    a: { entries: [['d', 1], ['b', 1], ['c', 1]] },
    b: { entries: [['d', 1], ['a', 1]] },
    c: { entries: [['c', 1]] },
    d: { weight: 1 },
  });
  assert.throws(() => partsOf(store, 'a'), { message: 'circle: a > b > a' });
});

test('a circle with a number of zero', () => {
  assert.throws(() => partsOf(memoryStore({ a: { entries: [['a', 0]] } }), 'a'), { message: 'circle: a > a' });
});

test('what is used twice is no circle', () => {
  const store = memoryStore({ a: { entries: [['b', 1], ['c', 1]] }, b: { entries: [['c', 1]] }, c: { weight: 3 } });
  assert.equal(weightOf(store, 'a'), 6);
});

test('a missing item', () => {
  assert.throws(() => partsOf(memoryStore({ a: { entries: [['b', 1]] } }), 'a'), { message: 'there is no "b"' });
});

test('a long chain', () => {
  const items: Record<string, Items[string]> = { 'part-0': { weight: 1 } };
  for (let at = 1; at <= 1000; at += 1) items[`part-${at}`] = { entries: [[`part-${at - 1}`, 1]] };
  assert.equal(weightOf(memoryStore(items), 'part-1000'), 1);
});
