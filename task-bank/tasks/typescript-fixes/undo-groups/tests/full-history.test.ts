import { test } from 'node:test';
import assert from 'node:assert/strict';
import { History, TextDocument } from '/app/src/index.ts';

function filled(letters: string, limit: number): TextDocument {
  const document = new TextDocument('', { limit });
  for (const letter of letters) document.insert(0, letter);
  return document;
}

function undone(document: TextDocument, times: number): string {
  for (let time = 0; time < times; time += 1) document.undo();
  return document.text;
}

test('the last change is taken back', () => {
  assert.equal(undone(filled('abc', 2), 1), 'ba');
});

test('the last two changes are taken back', () => {
  assert.equal(undone(filled('abcdef', 2), 2), 'dcba');
});

test('no more than the limit', () => {
  assert.equal(undone(filled('abcdef', 2), 9), 'dcba');
});

test('exactly the limit', () => {
  assert.equal(undone(filled('abc', 3), 9), '');
});

test('one more than the limit', () => {
  assert.equal(undone(filled('abcd', 3), 9), 'a');
});

test('a history of one step', () => {
  assert.equal(undone(filled('abc', 1), 5), 'ba');
});

test('below the limit', () => {
  assert.equal(undone(filled('ab', 5), 1), 'a');
});

test('undo says whether there was something', () => {
  const document = filled('abc', 2);
  assert.deepEqual([document.undo(), document.undo(), document.undo()], [true, true, false]);
});

test('redo brings back what was taken back', () => {
  const document = filled('abcd', 2);
  undone(document, 2);
  assert.equal(document.redo() && document.redo() && document.text, 'dcba');
});

test('redo has no more than was taken back', () => {
  const document = filled('abcd', 2);
  undone(document, 1);
  assert.deepEqual([document.redo(), document.redo()], [true, false]);
});

test('a change after undo in a full history', () => {
  const document = filled('abc', 2);
  document.undo();
  document.insert(0, 'x');
  document.insert(0, 'y');
  assert.equal(undone(document, 5), 'ba');
});

test('joined letters count as one step', () => {
  const document = new TextDocument('', { limit: 2 });
  for (const letter of 'one two three') document.insert(document.cursor, letter);
  assert.equal(undone(document, 5), 'one ');
});

test('the last word is one step in a full history', () => {
  const document = new TextDocument('', { limit: 2 });
  for (const letter of 'one two three') document.insert(document.cursor, letter);
  assert.equal(undone(document, 1), 'one two ');
});

test('the edits of a full history', () => {
  const history = new History(1);
  history.add({ at: 0, removed: '', inserted: 'one ' });
  history.add({ at: 4, removed: '', inserted: 'two' });
  assert.deepEqual(history.undo(), { at: 4, removed: 'two', inserted: '' });
});

test('cursor after undo in a full history', () => {
  const document = new TextDocument('hello', { limit: 1 });
  document.remove(0, 1);
  document.pause();
  document.remove(2, 2);
  document.undo();
  assert.equal(document.cursor, 4);
});

test('a hundred steps unless told', () => {
  const document = new TextDocument();
  for (let step = 0; step < 130; step += 1) document.insert(0, 'x');
  assert.equal(undone(document, 200).length, 30);
});
