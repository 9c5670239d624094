import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  BillingError,
  buildStatement,
  formatStatement,
  peakPeriod,
  readMeterCsv,
  totalUsage,
  unitsBetween,
  usagePerPeriod,
} from '/app/src/index.ts';

const water = { id: 'W-17', digits: 5 };
const garage = { id: 'G-2', digits: 4 };
const tariff = {
  standingCharge: 500,
  tiers: [
    { upTo: 40, price: 110 },
    { upTo: null, price: 180 },
  ],
};

test('equal readings are no usage on five digits', () => {
  assert.equal(unitsBetween(water, 1262, 1262), 0);
});

test('equal readings are no usage on one digit', () => {
  assert.equal(unitsBetween({ id: 'T', digits: 1 }, 7, 7), 0);
});

test('a new meter that still stands at zero', () => {
  assert.equal(unitsBetween(garage, 0, 0), 0);
});

test('a counter that stands still at its highest value', () => {
  assert.equal(unitsBetween(garage, 9999, 9999), 0);
});

test('one unit up', () => {
  assert.equal(unitsBetween(garage, 411, 412), 1);
});

test('one unit over the highest value', () => {
  assert.equal(unitsBetween(garage, 9999, 0), 1);
});

test('nearly a whole turn of the counter', () => {
  assert.equal(unitsBetween(garage, 412, 411), 9999);
});

test('a value beyond the digits is still rejected', () => {
  assert.throws(() => unitsBetween(garage, 10000, 10000), BillingError);
});

test('a quiet month stays between two busy ones', () => {
  const readings = readMeterCsv('2024-06-01,20\n2024-07-01,31\n2024-08-01,31\n2024-09-01,36\n');
  assert.deepEqual(usagePerPeriod(garage, readings), [
    { from: '2024-06-01', to: '2024-07-01', units: 11 },
    { from: '2024-07-01', to: '2024-08-01', units: 0 },
    { from: '2024-08-01', to: '2024-09-01', units: 5 },
  ]);
});

test('the total over quiet months and a turn of the counter', () => {
  const readings = readMeterCsv('2024-01-01,9990\n2024-02-01,9990\n2024-03-01,4\n2024-04-01,4\n2024-05-01,10\n');
  assert.equal(totalUsage(garage, readings), 20);
});

test('a quiet month costs its standing charge only', () => {
  const statement = buildStatement(water, readMeterCsv('2024-07-01,99\n2024-08-01,99\n'), tariff);
  assert.deepEqual(statement, {
    meter: 'W-17',
    periods: [{ from: '2024-07-01', to: '2024-08-01', units: 0, standingCharge: 500, charges: [], total: 500 }],
    units: 0,
    total: 500,
  });
});

test('two quiet months are two standing charges', () => {
  const statement = buildStatement(water, readMeterCsv('2024-07-01,99\n2024-08-01,99\n2024-09-01,99\n'), tariff);
  assert.equal(statement.total, 1000);
});

test('a quiet month is not the peak', () => {
  const statement = buildStatement(water, readMeterCsv('2024-06-01,90\n2024-07-01,90\n2024-08-01,99\n'), tariff);
  assert.equal(peakPeriod(statement)?.to, '2024-08-01');
});

test('a quiet month in plain text', () => {
  const statement = buildStatement(water, readMeterCsv('2024-07-01,99\n2024-08-01,99\n'), tariff);
  assert.equal(
    formatStatement(statement),
    [
      'Meter W-17',
      '',
      '2024-07-01 to 2024-08-01: 0 units',
      '  standing charge                             5.00',
      '',
      'Total                                         5.00',
      '',
    ].join('\n'),
  );
});

test('dates must still rise when the counter stands still', () => {
  const readings = readMeterCsv('2024-07-01,99\n2024-07-01,99\n');
  assert.throws(() => usagePerPeriod(water, readings), BillingError);
});
