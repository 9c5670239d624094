import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BusyError, LabelPool, LabelQueue, retry } from '/app/src/index.ts';

/** A printer that is busy so many times for each label, and what happened. */
function made(busy: number, options = {}) {
  const log: string[] = [];
  const left = new Map<string, number>();
  const printer = {
    async print({ text }: { text: string }) {
      await Promise.resolve();
      const times = left.get(text) ?? busy;
      left.set(text, times - 1);
      if (times > 0) {
        log.push(`${text} busy`);
        throw new BusyError('buffer full');
      }
      log.push(text);
    },
  };
  const clock = { sleep: async (milliseconds: number) => void log.push(String(milliseconds)) };
  return { log, printer, clock, queue: new LabelQueue(printer, { clock, ...options }) };
}

test('busy once', async () => {
  const { queue } = made(1);
  assert.equal(await queue.add({ text: 'a', copies: 1 }), 2);
});

test('busy twice', async () => {
  const { queue } = made(2);
  assert.equal(await queue.add({ text: 'a', copies: 1 }), 3);
});

test('never busy', async () => {
  const { queue } = made(0);
  assert.equal(await queue.add({ text: 'a', copies: 1 }), 1);
});

test('busy for too long', async () => {
  const { queue } = made(3);
  await assert.rejects(queue.add({ text: 'a', copies: 1 }), BusyError);
});

test('number of attempts', async () => {
  const { queue, log } = made(9);
  await queue.add({ text: 'a', copies: 1 }).catch(() => undefined);
  assert.deepEqual(log, ['a busy', '200', 'a busy', '400', 'a busy']);
});

test('other pauses and attempts', async () => {
  const { queue, log } = made(3, { attempts: 4, pause: 10 });
  await queue.add({ text: 'a', copies: 1 });
  assert.deepEqual(log, ['a busy', '10', 'a busy', '20', 'a busy', '40', 'a']);
});

test('a single attempt', async () => {
  const { queue } = made(1, { attempts: 1 });
  await assert.rejects(queue.add({ text: 'a', copies: 1 }), { name: 'BusyError', message: 'buffer full' });
});

test('labels behind wait', async () => {
  const { queue, log } = made(1);
  await Promise.all([queue.add({ text: 'a', copies: 1 }), queue.add({ text: 'b', copies: 1 })]);
  assert.deepEqual(log, ['a busy', '200', 'a', 'b busy', '200', 'b']);
});

test('a label after one that was given up', async () => {
  const { queue, log } = made(1, { attempts: 1 });
  queue.add({ text: 'a', copies: 1 }).catch(() => undefined);
  await queue.add({ text: 'b', copies: 1 }).catch(() => undefined);
  assert.deepEqual(log, ['a busy', 'b busy']);
});

test('size while a label is tried again', async () => {
  const sizes: number[] = [];
  const { printer } = made(1);
  const queue: LabelQueue = new LabelQueue(printer, { clock: { sleep: async () => void sizes.push(queue.size) } });
  await Promise.all([queue.add({ text: 'a', copies: 1 }), queue.add({ text: 'b', copies: 1 })]);
  assert.deepEqual([...sizes, queue.size], [2, 1, 0]);
});

test('another error is final', async () => {
  let calls = 0;
  const printer = {
    async print() {
      calls += 1;
      throw new Error('no paper');
    },
  };
  await new LabelQueue(printer).add({ text: 'a', copies: 1 }).catch(() => undefined);
  assert.equal(calls, 1);
});

test('another error after a busy printer', async () => {
  const attempts: number[] = [];
  const task = async (attempt: number) => {
    attempts.push(attempt);
    throw attempt === 1 ? new BusyError('later') : new Error('no paper');
  };
  await assert.rejects(retry(task, { clock: { sleep: async () => undefined } }), /no paper/);
});

test('another error is not tried again after a busy printer', async () => {
  const attempts: number[] = [];
  const task = async (attempt: number) => {
    attempts.push(attempt);
    throw attempt === 1 ? new BusyError('later') : new Error('no paper');
  };
  await retry(task, { clock: { sleep: async () => undefined } }).catch(() => undefined);
  assert.deepEqual(attempts, [1, 2]);
});

test('a printer that throws at once', async () => {
  let calls = 0;
  const printer = {
    print() {
      calls += 1;
      if (calls < 3) throw new BusyError('later');
    },
  };
  const queue = new LabelQueue(printer, { clock: { sleep: async () => undefined } });
  assert.equal(await queue.add({ text: 'a', copies: 1 }), 3);
});

test('a pool with busy printers', async () => {
  const { printer, clock } = made(1);
  const pool = new LabelPool([printer, printer], { clock });
  const labels = ['a', 'b', 'c'].map((text) => pool.add({ text, copies: 1 }));
  assert.deepEqual(await Promise.all(labels), [2, 2, 2]);
});
