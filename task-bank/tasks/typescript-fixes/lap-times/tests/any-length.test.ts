import { test } from 'node:test';
import assert from 'node:assert/strict';
import { best, median, quantile, Session, withoutSlow } from '/app/src/index.ts';

const LONG = [101_250, 99_800, 102_400, 98_950];

test('best of long laps', () => {
  assert.equal(best(LONG), 98_950);
});

test('best of very short laps', () => {
  assert.equal(best([10_400, 9_900, 11_000]), 9_900);
});

test('best of laps of very different length', () => {
  assert.equal(best([1_000_000, 20_000, 300_000, 4_000]), 4_000);
});

test('best of laps of one length', () => {
  assert.equal(best([62_000, 61_000, 63_000]), 61_000);
});

test('best of a single lap', () => {
  assert.equal(best([100_000]), 100_000);
});

test('median of three', () => {
  assert.equal(median([101_250, 99_800, 102_400]), 101_250);
});

test('median of four', () => {
  assert.equal(median(LONG), 100_525);
});

test('median of laps below and above ten seconds', () => {
  assert.equal(median([10_400, 9_900, 11_000, 9_700, 9_800]), 9_900);
});

test('median of equal laps', () => {
  assert.equal(median([99_000, 99_000, 99_000]), 99_000);
});

test('laps that took the same time count each', () => {
  assert.equal(median([101_000, 99_000, 100_000, 99_000, 99_000]), 99_000);
});

test('lowest quantile', () => {
  assert.equal(quantile(LONG, 0), 98_950);
});

test('highest quantile', () => {
  assert.equal(quantile(LONG, 1), 102_400);
});

test('quantile in between', () => {
  assert.equal(quantile([100_000, 90_000], 0.25), 92_500);
});

test('a lap of no time at all', () => {
  assert.equal(median([0, 5, 10]), 5);
});

test('slow laps of a long track', () => {
  assert.deepEqual(withoutSlow([99_000, 101_000, 99_500, 180_000, 100_500, 98_000]), [99_000, 101_000, 99_500, 100_500, 98_000]);
});

test('a lap of exactly the multiple stays', () => {
  assert.deepEqual(withoutSlow([100_000, 80_000, 90_000, 110_000, 150_000], 1.5), [100_000, 80_000, 90_000, 110_000, 150_000]);
});

test('slow laps with another multiple', () => {
  assert.deepEqual(withoutSlow([9_000, 10_000, 12_100, 9_500, 11_000], 1.2), [9_000, 10_000, 9_500, 11_000]);
});

test('laps stay as they were given', () => {
  const laps = [101_000, 99_000, 100_000];
  best(laps);
  median(laps);
  assert.deepEqual(laps, [101_000, 99_000, 100_000]);
});

test('a table of a long track', () => {
  const session = new Session().add('blue', '1:41.250', '1:39.800').add('red', '1:40.100', '1:40.050').add('green', '1:39.700');
  assert.deepEqual(session.table(), ['1. green 1:39.700', '2. blue 1:39.800 +0.100', '3. red 1:40.050 +0.350']);
});

test('a table of a short track', () => {
  const session = new Session().add('blue', '30.000', '29.500').add('red', '29.400');
  assert.deepEqual(session.table(), ['1. red 29.400', '2. blue 29.500 +0.100']);
});

test('pace on a long track', () => {
  const session = new Session().add('blue', '1:41.000', '1:39.000', '1:40.500', '3:10.000', '1:39.600');
  assert.equal(session.pace('blue'), '1:40.050');
});

test('no laps', () => {
  assert.throws(() => median([]), { name: 'RangeError' });
});
