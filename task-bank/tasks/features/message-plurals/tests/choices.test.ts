import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Catalogue, checkTranslation, format, MessageError, placeholders } from '/app/src/index.ts';

const FILES = '{count, plural, =0 {No files} one {# file} other {# files}} in {folder}';
const WHO = '{who, select, cat {It} other {They}} sleeps';

test('an exact number', () => {
  assert.equal(format(FILES, { count: 0, folder: 'src' }), 'No files in src');
});

test('one', () => {
  assert.equal(format(FILES, { count: 1, folder: 'src' }), '1 file in src');
});

test('other', () => {
  assert.equal(format(FILES, { count: 1200, folder: 'src' }), '1200 files in src');
});

test('a number with a fraction', () => {
  assert.equal(format(FILES, { count: 1.5, folder: 'src' }), '1.5 files in src');
});

test('an exact number wins wherever it stands', () => {
  assert.equal(format('{n, plural, one {a} other {b} =1 {c}}', { n: 1 }), 'c');
});

test('an exact number with zeros in front', () => {
  assert.equal(format('{n, plural, =007 {a} other {b}}', { n: 7 }), 'a');
});

test('a form that is not there', () => {
  assert.equal(format('{n, plural, other {#!}}', { n: 1 }), '1!');
});

test('a negative number', () => {
  assert.equal(format('{n, plural, one {# step} other {# steps}}', { n: -1 }), '-1 step');
});

test('forms of another locale', () => {
  const text = '{n, plural, one {#a} few {#b} many {#c} other {#d}}';
  assert.deepEqual([1, 2, 5, 1.5].map((n) => format(text, { n }, 'pl')), ['1a', '2b', '5c', '1.5d']);
});

test('a word', () => {
  assert.equal(format(WHO, { who: 'cat' }), 'It sleeps');
});

test('any other word', () => {
  assert.equal(format(WHO, { who: 'Cat' }), 'They sleeps');
});

test('a word that every object has', () => {
  assert.equal(format(WHO, { who: 'constructor' }), 'They sleeps');
});

test('booleans and numbers as words', () => {
  const text = '{x, select, true {yes} 3 {three} no-one_2 {word} other {no}}';
  assert.deepEqual([true, 3, 'no-one_2', false].map((x) => format(text, { x })), ['yes', 'three', 'word', 'no']);
});

test('a choice within a choice', () => {
  const text = '{who, select, a {{n, plural, one {# x} other {# y}}} other {-}}';
  assert.equal(format(text, { who: 'a', n: 2 }), '2 y');
});

test('the number in a select within a plural', () => {
  assert.equal(format('{n, plural, other {{who, select, other {# of {who}}}}}', { n: 4, who: 'us' }), '4 of us');
});

test('the number of the inner plural', () => {
  assert.equal(format('{n, plural, other {{m, plural, other {#}} of #}}', { n: 4, m: 2 }), '2 of 4');
});

test('the sign outside of a plural', () => {
  assert.equal(format('#1 {who, select, other {#2}}', { who: 'x' }), '#1 #2');
});

test('a quoted sign', () => {
  assert.equal(format("{n, plural, other {'#' is #, it''s '{'#}}", { n: 3 }), "# is 3, it's {3");
});

test('spaces and line breaks', () => {
  assert.equal(format('{ n ,\n plural ,\n  one{ a }\n  other { b }\n}', { n: 1 }), ' a ');
});

test('no spaces', () => {
  assert.equal(format('{n,plural,=0{a}other{b}}', { n: 0 }), 'a');
});

test('an empty form', () => {
  assert.equal(format('[{n, plural, one {} other {s}}]', { n: 1 }), '[]');
});

test('a text that looks like a number', () => {
  assert.throws(() => format(FILES, { count: '1', folder: 'src' }), { message: 'count: expected a number' });
});

test('what is not a number', () => {
  assert.throws(() => format(FILES, { count: Number.NaN, folder: 'src' }), MessageError);
});

test('a value that is missing', () => {
  assert.throws(() => format(WHO), { message: 'who: there is no value' });
});

test('a value that is missing in a form that is not chosen', () => {
  assert.equal(format('{n, plural, one {{x}} other {#}}', { n: 2 }), '2');
});

test('no other', () => {
  assert.throws(() => format('{n, plural, one {a}}', { n: 1 }), / at 19$/);
});

test('a form that is there twice', () => {
  assert.throws(() => format('{n, plural, one {a} one {b} other {c}}', { n: 1 }), / at 20$/);
});

test('the same number twice', () => {
  assert.throws(() => format('{n, plural, =1 {a} =01 {b} other {c}}', { n: 1 }), / at 19$/);
});

test('an unknown keyword', () => {
  assert.throws(() => format('{n, date, other {a}}', { n: 1 }), / at 4$/);
});

test('a form that is none', () => {
  assert.throws(() => format('{n, plural, some {a} other {b}}', { n: 1 }), / at 12$/);
});

test('a number as a form of a select', () => {
  assert.throws(() => format('{n, select, =1 {a} other {b}}', { n: 1 }), / at 12$/);
});

test('a negative number as a form', () => {
  assert.throws(() => format('{n, plural, =-1 {a} other {b}}', { n: 1 }), / at 12$/);
});

test('a form without braces', () => {
  assert.throws(() => format('{n, plural, one a other {b}}', { n: 1 }), / at 16$/);
});

test('a form that is not closed', () => {
  assert.throws(() => format('{n, plural, other {b', { n: 1 }), / at 20$/);
});

test('a choice that is not closed', () => {
  assert.throws(() => format('{n, plural, other {b} ', { n: 1 }), / at 22$/);
});

test('a brace too many', () => {
  assert.throws(() => format('{n, plural, other {b}}}', { n: 1 }), /unexpected "}" at 22$/);
});

test('mistakes of before', () => {
  assert.throws(() => format('a {b c} b'), /expected "}" at 5$/);
});

test('names in forms', () => {
  assert.deepEqual(placeholders('{a} {n, plural, one {{b}} other {{c, select, other {{a} {d}}}}} {e}'), ['a', 'n', 'b', 'c', 'd', 'e']);
});

test('a translation that chooses', () => {
  assert.deepEqual(checkTranslation('{n} of {x}', '{n, plural, other {# {x} {y}}}'), ['"y" is not in the original']);
});

test('a translation that chooses in another way', () => {
  assert.deepEqual(checkTranslation('{b, select, other {}} {n, plural, other {}}', '{n, select, other {}} {b, plural, other {{z}}}'), [
    '"z" is not in the original',
    '"b" is chosen by select here and by plural there',
    '"n" is chosen by plural here and by select there',
  ]);
});

test('a catalogue has a locale', () => {
  const english = new Catalogue('en', { files: '{n, plural, one {# file} other {# files}}', days: '{n, plural, one {# day} other {# days}}' });
  const french = new Catalogue('fr', { files: '{n, plural, one {# fichier} other {# fichiers}}' }, english);
  assert.deepEqual([french.say('files', { n: 0 }), french.say('days', { n: 0 })], ['0 fichier', '0 days']);
});
