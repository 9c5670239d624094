import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  PLANS,
  addMonths,
  changePlan,
  debt,
  dueDates,
  join,
  nextDue,
  openDues,
  parseMembers,
  pay,
  periodAt,
  refund,
  reminders,
} from '/app/src/index.ts';

test('monthly from 31 January in a leap year', () => {
  assert.deepEqual(dueDates('2024-01-31', PLANS.monthly, 5), ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']);
});

test('monthly from 30 December over February', () => {
  assert.deepEqual(dueDates('2022-12-30', PLANS.monthly, 4), ['2022-12-30', '2023-01-30', '2023-02-28', '2023-03-30']);
});

test('quarterly from 31 August', () => {
  assert.deepEqual(dueDates('2022-08-31', PLANS.quarterly, 5), ['2022-08-31', '2022-11-30', '2023-02-28', '2023-05-31', '2023-08-31']);
});

test('yearly from 29 February', () => {
  assert.deepEqual(dueDates('2024-02-29', PLANS.yearly, 5), ['2024-02-29', '2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29']);
});

test('the last day of a short month is kept as it is', () => {
  assert.deepEqual(
    [dueDates('2023-02-28', PLANS.monthly, 3), dueDates('2023-04-30', PLANS.monthly, 3), dueDates('2023-02-28', PLANS.yearly, 2)],
    [
      ['2023-02-28', '2023-03-28', '2023-04-28'],
      ['2023-04-30', '2023-05-30', '2023-06-30'],
      ['2023-02-28', '2024-02-28'],
    ],
  );
});

test('the next due date after a short month', () => {
  assert.equal(nextDue('2023-01-31', PLANS.monthly, '2023-02-28'), '2023-03-31');
});

test('the period after a short month', () => {
  assert.deepEqual(periodAt('2023-01-31', PLANS.monthly, '2023-03-30'), { from: '2023-02-28', to: '2023-03-31' });
});

test('the period of a last day', () => {
  assert.deepEqual(periodAt('2023-01-31', PLANS.monthly, '2023-04-30'), { from: '2023-04-30', to: '2023-05-31' });
});

test('payments over a short month', () => {
  assert.equal(pay(pay(pay(join('M', PLANS.monthly, '2024-01-31')))).paidUntil, '2024-04-30');
});

test('open dues of a member who has paid up to a short month', () => {
  const [member] = parseMembers('M;monthly;2023-01-31;2023-02-28\n');
  assert.deepEqual(openDues(member, '2023-05-30'), ['2023-02-28', '2023-03-31', '2023-04-30']);
});

test('a payment of a member from a list', () => {
  const [member] = parseMembers('M;yearly;2020-02-29;2023-02-28\n');
  assert.equal(pay(member).paidUntil, '2024-02-29');
});

test('no debt on the day before the due date', () => {
  const member = pay(pay(join('M', PLANS.monthly, '2023-01-31')));
  assert.deepEqual([debt(member, '2023-03-30'), debt(member, '2023-03-31')], [0, 1200]);
});

test('the refund counts the days of the real period', () => {
  const member = pay(pay(join('M', PLANS.monthly, '2023-01-31')));
  assert.equal(refund(member, '2023-03-29'), 77);
});

test('a new plan has its own day', () => {
  const member = changePlan(pay(join('M', PLANS.monthly, '2023-01-31')), PLANS.monthly, '2023-02-28');
  assert.deepEqual(openDues(member, '2023-04-28'), ['2023-02-28', '2023-03-28', '2023-04-28']);
});

test('reminders after a short month', () => {
  const members = parseMembers('M;monthly;2023-01-31;2023-02-28\n');
  assert.deepEqual(reminders(members, '2023-03-18', 13), [
    { id: 'M', due: '2023-02-28', amount: 1200, late: true },
    { id: 'M', due: '2023-03-31', amount: 1200, late: false },
  ]);
});

test('adding months by hand has no memory', () => {
  assert.equal(addMonths('2024-02-29', 1), '2024-03-29');
});
