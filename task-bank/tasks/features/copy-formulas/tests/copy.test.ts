import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Sheet } from '/app/src/index.ts';

function sheetOf(inputs: Record<string, string | number>): Sheet {
  const sheet = new Sheet();
  for (const [address, input] of Object.entries(inputs)) sheet.set(address, input);
  return sheet;
}

/** The input of a cell after it was copied. */
function copied(input: string, source: string, target: string): string {
  const sheet = sheetOf({ [source]: input });
  sheet.copy(source, target);
  return sheet.input(target);
}

test('fixed references have the value of the cell', () => {
  const sheet = sheetOf({ A1: 7, A2: 5, B1: '=$A$1 + $A1 + A$1', B2: '=SUM($A$1:a$2)' });
  assert.deepEqual([sheet.get('B1'), sheet.get('B2')], [21, 12]);
});

test('a dollar in any other place cannot be read', () => {
  const sheet = sheetOf({ A1: '=$1', A2: '=B$', A3: '=$$B1', A4: '=$SUM(B1)', A5: '=B1$', A6: '=$ B1', A7: '=$LOG10(B1)' });
  const values = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'].map((address) => sheet.get(address));
  assert.deepEqual(values, Array(7).fill('#ERROR!'));
});

test('relative references move in both directions', () => {
  assert.equal(copied('=A2 * B3 - C1', 'C2', 'D4'), '=B4 * C5 - D3');
});

test('only the parts without a dollar move', () => {
  assert.equal(copied('=A1+$A1+A$1+$A$1', 'B2', 'D5'), '=C4+$A4+C$1+$A$1');
});

test('all else stays as it was typed', () => {
  assert.equal(copied('=  sum( a1 ,"A1 ""$b$2""" )&  1.50', 'B2', 'B3'), '=  sum( A2 ,"A1 ""$b$2""" )&  1.50');
});

test('names of functions are no references', () => {
  assert.equal(copied('=LOG10(A10) + log10 (b1)', 'C1', 'D2'), '=LOG10(B11) + log10 (C2)');
});

test('corners of a range move separately', () => {
  assert.equal(copied('=SUM($A$1:A1) + MAX( b2 : C$3 )', 'D1', 'E3'), '=SUM($A$1:B3) + MAX( C4 : D$3 )');
});

test('columns go on after Z', () => {
  assert.equal(copied('=Y1+Z$9', 'A1', 'B1'), '=Z1+AA$9');
});

test('references that leave the sheet', () => {
  assert.deepEqual(
    [copied('=A1 + 1', 'B2', 'B1'), copied('=A1 + $A2', 'B2', 'A2'), copied('=ZZ1', 'A1', 'B1'), copied('=A9999&A$9999', 'B1', 'B2')],
    ['=#REF! + 1', '=#REF! + $A2', '=#REF!', '=#REF!&A$9999'],
  );
});

test('a range with a corner off the sheet', () => {
  assert.equal(copied('=SUM(A1:B4) + COUNT(A$1:A5)', 'C3', 'C2'), '=SUM(#REF!) + COUNT(A$1:A4)');
});

test('a lost reference is an error that spreads', () => {
  const sheet = sheetOf({ A1: '=SUM(1, #REF!)', A2: '=A1 + 1', A3: '=IF(1, 5, #REF!)' });
  sheet.copy('A1', 'B7');
  assert.deepEqual(['A1', 'A2', 'A3'].map((address) => sheet.get(address)), ['#REF!', '#REF!', 5]);
  assert.equal(sheet.input('B7'), '=SUM(1, #REF!)');
});

test('numbers, texts and unreadable formulas are copied unchanged', () => {
  const sheet = sheetOf({ A1: '1.50', A2: 'see A1', A3: '=A1 +', A4: '=A1 $' });
  sheet.copy('A1:A4', 'C5');
  assert.deepEqual(['C5', 'C6', 'C7', 'C8'].map((address) => sheet.input(address)), ['1.50', 'see A1', '=A1 +', '=A1 $']);
});

test('empty cells clear their target', () => {
  const sheet = sheetOf({ A1: 1, B2: 2, D4: 'old', E4: 'old', D5: 'old' });
  sheet.copy('B2:A1', 'D4');
  assert.deepEqual(sheet.inputs(), [['A1', '1'], ['B2', '2'], ['D4', '1'], ['E5', '2']]);
});

test('the copy may overlap its source', () => {
  const sheet = sheetOf({ A1: 1, A2: '=A1+1', A3: '=A2+1' });
  sheet.copy('A1:A3', 'A2');
  assert.deepEqual(sheet.inputs(), [['A1', '1'], ['A2', '1'], ['A3', '=A2+1'], ['A4', '=A3+1']]);
});

test('a copy that does not fit changes nothing', () => {
  const sheet = sheetOf({ A1: 1, B2: 2 });
  assert.throws(() => sheet.copy('A1:B2', 'ZZ1'), RangeError);
  assert.throws(() => sheet.copy('A1:B2', 'A9999'), RangeError);
  assert.throws(() => sheet.copy('$A$1', 'C1'), RangeError);
  assert.deepEqual(sheet.inputs(), [['A1', '1'], ['B2', '2']]);
});

test('filling a range around the source', () => {
  const sheet = sheetOf({ A1: 3, A2: 4, B1: '=a1 * $A$1', B3: 'old' });
  sheet.fill('B1', 'B1:C2');
  assert.deepEqual(sheet.inputs(), [['A1', '3'], ['B1', '=a1 * $A$1'], ['C1', '=B1 * $A$1'], ['A2', '4'], ['B2', '=A2 * $A$1'], ['C2', '=B2 * $A$1'], ['B3', 'old']]);
  assert.deepEqual([sheet.get('C1'), sheet.get('C2')], [27, 36]);
});
