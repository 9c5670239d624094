import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Desk, differences, keepScene, writeScene } from '/app/src/index.ts';

function band(): Desk {
  return new Desk()
    .group('drums', 0.5)
    .group('choir', 0)
    .track({ name: 'kick', group: 'drums', level: 0, samples: [8, 8] })
    .track({ name: 'snare', group: 'drums', samples: [4, 2] })
    .track({ name: 'alto', group: 'choir', samples: [16, 16] })
    .track({ name: 'soprano', group: 'choir', level: 2, samples: [1, 0] });
}

test('a track at zero without a group', () => {
  assert.deepEqual(new Desk().track({ name: 'click', level: 0, samples: [1, 1] }).mix(), [0, 0]);
});

test('a track at zero among others', () => {
  const desk = new Desk().track({ name: 'click', level: 0, samples: [5, 5] }).track({ name: 'voice', samples: [1, 2, 3] });
  assert.deepEqual(desk.mix(), [1, 2, 3]);
});

test('a track at zero in a group', () => {
  assert.equal(band().levels().kick, 0);
});

test('a track without a level in a group', () => {
  assert.equal(band().levels().snare, 0.5);
});

test('a group at zero', () => {
  assert.equal(band().levels().alto, 0);
});

test('a track in a group at zero', () => {
  assert.equal(band().levels().soprano, 2);
});

test('a whole band', () => {
  assert.deepEqual(band().mix(), [4, 1]);
});

test('a group that is turned down later', () => {
  assert.deepEqual(band().group('drums', 0).mix(), [2, 0]);
});

test('a group that is turned up later leaves a track at zero', () => {
  assert.deepEqual(band().group('drums', 4).mix(), [18, 8]);
});

test('no level and no group', () => {
  assert.deepEqual(new Desk().track({ name: 'voice', samples: [3, -3] }).mix(), [3, -3]);
});

test('a level above one', () => {
  assert.deepEqual(new Desk().track({ name: 'voice', level: 4, samples: [3, -3] }).mix(), [12, -12]);
});

test('a level just above zero', () => {
  assert.deepEqual(new Desk().track({ name: 'voice', level: 0.25, samples: [4] }).mix(), [1]);
});

test('muted at a level', () => {
  assert.deepEqual(new Desk().group('all', 2).track({ name: 'voice', group: 'all', level: 1, muted: true, samples: [4] }).levels(), { voice: 0 });
});

test('not muted at zero', () => {
  assert.deepEqual(new Desk().track({ name: 'voice', level: 0, muted: false, samples: [4] }).levels(), { voice: 0 });
});

test('a late track at zero still has its length', () => {
  assert.deepEqual(new Desk().track({ name: 'voice', level: 0, start: 2, samples: [4] }).mix(), [0, 0, 0]);
});

test('overload of what is heard', () => {
  const desk = new Desk().track({ name: 'noise', level: 0, samples: [9] }).track({ name: 'voice', level: 2, samples: [1] });
  assert.equal(desk.overload(), 2);
});

test('no overload by a track at zero', () => {
  assert.equal(new Desk().track({ name: 'noise', level: 0, samples: [9] }).overload(), 1);
});

test('a scene says what is off', () => {
  assert.deepEqual(writeScene(keepScene(band())), ['soprano: 200 %', 'snare: 50 %', 'alto: off', 'kick: off']);
});

test('the difference that a fader at zero makes', () => {
  const before = keepScene(new Desk().track({ name: 'a', samples: [] }).track({ name: 'b', samples: [] }));
  const after = keepScene(new Desk().track({ name: 'a', level: 0, samples: [] }).track({ name: 'b', level: 1, samples: [] }));
  assert.deepEqual(differences(before, after), ['a']);
});

test('a level that is no number', () => {
  assert.throws(() => new Desk().track({ name: 'a', level: Number.NaN, samples: [] }), { name: 'RangeError' });
});
