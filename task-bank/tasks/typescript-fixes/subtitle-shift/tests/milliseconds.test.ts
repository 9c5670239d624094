import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatTime, moveCues, parseTime, readSrt, stretchCues, SubtitleError, writeSrt } from '/app/src/index.ts';

test('two digits', () => {
  assert.equal(formatTime(12_034), '00:00:12,034');
});

test('one digit', () => {
  assert.equal(formatTime(3007), '00:00:03,007');
});

test('a full second', () => {
  assert.equal(formatTime(3000), '00:00:03,000');
});

test('zero', () => {
  assert.equal(formatTime(0), '00:00:00,000');
});

test('three digits', () => {
  assert.equal(formatTime(3100), '00:00:03,100');
});

test('the last time', () => {
  assert.equal(formatTime(359_999_999), '99:59:59,999');
});

test('a time with everything', () => {
  assert.equal(formatTime(45_296_008), '12:34:56,008');
});

test('times come back', () => {
  assert.equal(parseTime(formatTime(7_200_050)), 7_200_050);
});

test('what is no time is still refused', () => {
  assert.throws(() => formatTime(1.5), SubtitleError);
});

test('a file with few milliseconds', () => {
  assert.equal(
    writeSrt([{ start: 5, end: 1010, lines: ['Hm.'] }]),
    '1\n00:00:00,005 --> 00:00:01,010\nHm.\n',
  );
});

test('a moved file', () => {
  const cues = readSrt('1\n00:00:01,000 --> 00:00:02,990\na\n\n2\n00:00:03,500 --> 00:00:04,000\nb\n');
  assert.equal(
    writeSrt(moveCues(cues, 1015)),
    '1\n00:00:02,015 --> 00:00:04,005\na\n\n2\n00:00:04,515 --> 00:00:05,015\nb\n',
  );
});

test('a moved file can be read', () => {
  const cues = moveCues(readSrt('7\n00:00:01,000 --> 00:00:02,000\na\n'), 1);
  assert.deepEqual(readSrt(writeSrt(cues)), [{ start: 1001, end: 2001, lines: ['a'] }]);
});

test('a stretched file can be read', () => {
  const cues = stretchCues([{ start: 1000, end: 2000, lines: ['a'] }], 1.001);
  assert.deepEqual(readSrt(writeSrt(cues)), [{ start: 1001, end: 2002, lines: ['a'] }]);
});

test('a file moved to its start', () => {
  assert.equal(writeSrt(moveCues([{ start: 10, end: 80, lines: [] }], -20)), '1\n00:00:00,000 --> 00:00:00,060\n');
});
