import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FieldError, merge, readFields, writeFields } from '/app/src/index.js';

/** What every object has afterwards; it is taken away again. */
function spoiled(work) {
  try {
    work();
  } catch {}
  const found = ({}).admin;
  delete Object.prototype.admin;
  delete Object.admin;
  return found;
}

test('a key of every object', () => {
  assert.equal(spoiled(() => readFields('user[__proto__][admin]=1')), undefined);
});

test('a key of every object, encoded', () => {
  assert.equal(spoiled(() => readFields('user[%5F_proto_%5f][admin]=1')), undefined);
});

test('a key of every object, brackets encoded', () => {
  assert.equal(spoiled(() => readFields('user%5B__proto__%5D%5Badmin%5D=1')), undefined);
});

test('a key of every object at the top', () => {
  assert.equal(spoiled(() => readFields('__proto__[admin]=1')), undefined);
});

test('a constructor', () => {
  assert.equal(spoiled(() => readFields('a[constructor][prototype][admin]=1')), undefined);
});

test('a constructor at the top', () => {
  assert.equal(spoiled(() => readFields('constructor[prototype][admin]=1')), undefined);
});

test('fields with such keys are left out', () => {
  assert.deepEqual(readFields('a=1&b[__proto__][x]=2&constructor=3&c[prototype]=4&d[e][constructor]=5&__proto__=6'), { a: '1' });
});

test('the other fields of an object stay', () => {
  assert.deepEqual(readFields('b[__proto__][x]=2&b[y]=3'), { b: { y: '3' } });
});

test('names that only look like such keys', () => {
  assert.deepEqual(readFields('prototypes=1&my__proto__=2&a[Constructor]=3&a[__proto]=4'), {
    prototypes: '1',
    my__proto__: '2',
    a: { Constructor: '3', __proto: '4' },
  });
});

test('names of what every object has', () => {
  assert.deepEqual(Object.entries(readFields('toString=1&hasOwnProperty[a]=2&a[valueOf][b]=3')), [
    ['toString', '1'],
    ['hasOwnProperty', { a: '2' }],
    ['a', { valueOf: { b: '3' } }],
  ]);
});

test('results are plain objects', () => {
  const result = readFields('a[b]=1');
  assert.equal(Object.getPrototypeOf(result) === Object.prototype && Object.getPrototypeOf(result.a) === Object.prototype, true);
});

test('a high number', () => {
  assert.throws(() => readFields('a[1001]=x'), FieldError);
});

test('the highest number', () => {
  assert.deepEqual(readFields('a[1000]=x'), { a: ['x'] });
});

test('a very high number', () => {
  assert.throws(() => readFields('a[b][99999999999999999999]=x'), FieldError);
});

test('a high number as a name', () => {
  assert.deepEqual(readFields('99999=x'), { 99999: 'x' });
});

test('another limit for numbers', () => {
  assert.throws(() => readFields('a[6]=x', { index: 5 }), FieldError);
});

test('lists close up', () => {
  assert.deepEqual(readFields('a[7]=c&a[1]=a&a[3]=b'), { a: ['a', 'b', 'c'] });
});

test('lists of objects', () => {
  assert.deepEqual(readFields('a[1][x]=1&a[0][x]=0&a[][x]=2'), { a: [{ x: '0' }, { x: '1' }, { x: '2' }] });
});

test('depth', () => {
  assert.throws(() => readFields(`a${'[b]'.repeat(11)}=1`), FieldError);
});

test('just deep enough', () => {
  assert.deepEqual(Object.keys(readFields(`a${'[b]'.repeat(10)}=1`)), ['a']);
});

test('hundreds of brackets', () => {
  assert.throws(() => readFields(`a${'[]'.repeat(300)}=1`), FieldError);
});

test('too many fields', () => {
  assert.throws(() => readFields('a=1&'.repeat(1001)), FieldError);
});

test('as many fields as allowed', () => {
  assert.equal(readFields('a[]=1&'.repeat(1000)).a.length, 1000);
});

test('another limit for fields', () => {
  assert.throws(() => readFields('a&b&c', { fields: 2 }), FieldError);
});

test('too many fields are refused before they are looked at', () => {
  assert.throws(() => readFields('a[6]&b&c', { fields: 2, index: 5 }), { message: /fields/ });
});

test('a broken sequence stands for itself', () => {
  assert.deepEqual(readFields('a=100%&b%zz=%4&c=%C3%A9%'), { a: '100%', 'b%zz': '%4', c: 'é%' });
});

test('bytes that are no text stand for themselves', () => {
  assert.deepEqual(readFields('a=%FF%41&b=%C3x&c=%C3%A9%E2%82'), { a: '%FFA', b: '%C3x', c: 'é%E2%82' });
});

test('empty fields', () => {
  assert.deepEqual(readFields('&&a=x&&'), { a: 'x' });
});

test('merge with keys of every object', () => {
  assert.equal(spoiled(() => merge({}, JSON.parse('{"__proto__": {"admin": 1}}'))), undefined);
});

test('merge with a constructor', () => {
  assert.equal(spoiled(() => merge({ a: {} }, JSON.parse('{"a": {"constructor": {"prototype": {"admin": 1}}}}'))), undefined);
});

test('merge gives no object with other things in common', () => {
  assert.equal(merge({}, JSON.parse('{"a": {"__proto__": {"admin": 1}}}')).a.admin, undefined);
});

test('merge leaves such keys out', () => {
  assert.deepEqual(Object.keys(merge(JSON.parse('{"constructor": 1, "a": 2}'), JSON.parse('{"__proto__": 1, "prototype": 2, "b": 3}'))), ['a', 'b']);
});

test('merge leaves such keys out within lists', () => {
  assert.deepEqual(merge({}, JSON.parse('{"a": [{"constructor": 1, "b": 2}]}')), { a: [{ b: 2 }] });
});

test('only what an object itself has', () => {
  assert.deepEqual(merge({}, Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })), { own: 2 });
});

test('merge with names of what every object has', () => {
  assert.deepEqual(Object.entries(merge({ toString: 1 }, { valueOf: { a: 1 } })), [['toString', 1], ['valueOf', { a: 1 }]]);
});

test('merge has no object in common with fields', () => {
  const fields = { list: [{ a: 1 }], deep: { b: 1 } };
  const merged = merge({}, fields);
  merged.list[0].a = 2;
  merged.deep.b = 2;
  assert.deepEqual(fields, { list: [{ a: 1 }], deep: { b: 1 } });
});

test('merge has no object in common with defaults', () => {
  const defaults = { list: [{ a: 1 }], deep: { b: 1 } };
  merge(defaults, {}).list[0].a = 2;
  assert.equal(defaults.list[0].a, 1);
});

test('merge replaces what is not an object', () => {
  assert.deepEqual(merge({ a: 1, b: { c: 1 }, d: [1] }, { a: { x: 1 }, b: null, d: [2, 3] }), { a: { x: 1 }, b: null, d: [2, 3] });
});

test('merge of what is too deep', () => {
  assert.throws(() => merge({}, JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`)), FieldError);
});

test('there and back', () => {
  assert.deepEqual(readFields(writeFields({ name: 'é & =', size: { w: '3', toString: 'x' }, tags: ['a', ''] })), {
    name: 'é & =',
    size: { w: '3', toString: 'x' },
    tags: ['a', ''],
  });
});
