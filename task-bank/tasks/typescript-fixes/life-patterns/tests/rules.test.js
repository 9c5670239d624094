import { test } from 'node:test';
import assert from 'node:assert/strict';
import { PatternError, formatPattern, formatRule, isRule, parsePattern, parseRule, run, step } from '/app/src/index.js';

test('birth and survival with eight neighbours', () => {
  assert.deepEqual(parseRule('B3678/S34678'), { birth: [3, 6, 7, 8], survival: [3, 4, 6, 7, 8] });
});

test('eight in the survival list only', () => {
  assert.deepEqual(parseRule('B3/S45678'), { birth: [3], survival: [4, 5, 6, 7, 8] });
});

test('eight alone in the birth list', () => {
  assert.deepEqual(parseRule('B8/S'), { birth: [8], survival: [] });
});

test('eight in the old spelling', () => {
  assert.deepEqual(parseRule('238/358'), { birth: [3, 5, 8], survival: [2, 3, 8] });
});

test('eight in front of the smaller digits', () => {
  assert.equal(formatRule(parseRule('b8763/s87643')), 'B3678/S34678');
});

test('all counts at once', () => {
  assert.equal(formatRule(parseRule('B12345678/S012345678')), 'B12345678/S012345678');
});

test('a cell has no nine neighbours to be born with', () => {
  assert.throws(() => parseRule('B39/S23'), new PatternError('unexpected "9" in the rule', 2));
});

test('a cell has no nine neighbours to survive with', () => {
  assert.throws(() => parseRule('B3/S239'), new PatternError('unexpected "9" in the rule', 6));
});

test('eight may stand in a list once', () => {
  assert.throws(() => parseRule('B3/S2838'), new PatternError('"8" stands twice in the rule', 7));
});

test('other characters are refused after an eight', () => {
  assert.throws(() => parseRule('B38:/S23'), new PatternError('unexpected ":" in the rule', 3));
});

test('isRule agrees', () => {
  assert.deepEqual(['B3678/S34678', '34678/3678', 'B9/S', 'B08/S'].map(isRule), [true, true, false, false]);
});

test('a pattern with such a rule is written and read back', () => {
  const text = 'x = 3, y = 2, rule = B3678/S34678\n3o$obo!\n';
  assert.equal(formatPattern(parsePattern(text)), text);
});

test('a hole with eight neighbours is filled', () => {
  const ring = parsePattern('x = 3, y = 3, rule = B8/S012345678\n3o$obo$3o!');
  assert.deepEqual(step(ring).cells.points(), [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [2, 1], [0, 2], [1, 2], [2, 2]]);
});

test('only the crowded cell survives', () => {
  const block = parsePattern('x = 3, y = 3, rule = B7/S8\n3o$3o$3o!');
  assert.deepEqual(step(block).cells.points(), [[1, 1]]);
});

test('Life itself runs as before', () => {
  assert.deepEqual(run(parsePattern('x = 3, y = 3, rule = 23/3\n3o!'), 3).cells.points(), [[1, -1], [1, 0], [1, 1]]);
});
