import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Draft, ManualClock, Notebook } from '/app/src/index.ts';

/** Answers when the test says so. Counts requests that are under way at the same time. */
class SlowRemote {
  requests: [string, string, number][] = [];
  most = 0;
  #waiting: { resolve: (stored: { revision: number }) => void; reject: (error: Error) => void }[] = [];

  save(id: string, text: string, revision: number): Promise<{ revision: number }> {
    this.requests.push([id, text, revision]);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.most = Math.max(this.most, this.#waiting.length);
    });
  }

  async accept(revision: number): Promise<void> {
    this.#waiting.shift()?.resolve({ revision });
    await settled();
  }

  async refuse(message: string): Promise<void> {
    this.#waiting.shift()?.reject(new Error(message));
    await settled();
  }
}

/** Everything that can go on without an answer of the remote has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setup() {
  const clock = new ManualClock();
  const remote = new SlowRemote();
  return { clock, remote, draft: new Draft('n', remote, { clock, delay: 500 }) };
}

function watch(promise: Promise<void>): { state: string } {
  const seen = { state: 'pending' };
  promise.then(
    () => (seen.state = 'resolved'),
    () => (seen.state = 'rejected'),
  );
  return seen;
}

test('typing during a request leaves the draft dirty', async () => {
  const { remote, draft } = setup();
  draft.edit('milk');
  draft.flush();
  draft.edit('milk, bread');
  await remote.accept(1);
  assert.equal(draft.isDirty, true);
});

test('typing during a request is not reported as saved', async () => {
  const { remote, draft } = setup();
  const wrong: string[] = [];
  draft.onStatus((status) => {
    if (status === 'saved') wrong.push(draft.text);
  });
  draft.edit('milk');
  draft.flush();
  draft.edit('milk, bread');
  await remote.accept(1);
  assert.deepEqual(wrong, []);
});

test('a second flush stores the newer text on the newer revision', async () => {
  const { remote, draft } = setup();
  draft.edit('milk');
  draft.flush();
  draft.edit('milk, bread');
  draft.flush();
  await remote.accept(7);
  await remote.accept(8);
  assert.deepEqual(remote.requests, [['n', 'milk', 0], ['n', 'milk, bread', 7]]);
});

test('a second flush waits for the newer text', async () => {
  const { remote, draft } = setup();
  draft.edit('milk');
  draft.flush();
  draft.edit('milk, bread');
  const second = watch(draft.flush());
  await remote.accept(1);
  assert.equal(second.state, 'pending');
  await remote.accept(2);
  assert.equal(second.state, 'resolved');
});

test('all is stored and saved at the end', async () => {
  const { remote, draft } = setup();
  draft.edit('milk');
  draft.flush();
  draft.edit('milk, bread');
  draft.flush();
  await remote.accept(1);
  await remote.accept(2);
  assert.deepEqual([remote.requests.length, draft.isDirty, draft.status, draft.revision], [2, false, 'saved', 2]);
});

test('the delay may pass during a request', async () => {
  const { clock, remote, draft } = setup();
  draft.edit('milk');
  clock.advance(500);
  draft.edit('milk, bread');
  clock.advance(500);
  await remote.accept(1);
  assert.deepEqual(remote.requests, [['n', 'milk', 0], ['n', 'milk, bread', 1]]);
});

test('the delay may pass after the request', async () => {
  const { clock, remote, draft } = setup();
  draft.edit('milk');
  clock.advance(500);
  draft.edit('milk, bread');
  await remote.accept(1);
  clock.advance(500);
  await settled();
  assert.deepEqual(remote.requests, [['n', 'milk', 0], ['n', 'milk, bread', 1]]);
});

test('requests do not overlap', async () => {
  const { clock, remote, draft } = setup();
  draft.edit('a');
  draft.flush();
  draft.edit('b');
  clock.advance(500);
  draft.flush();
  await settled();
  assert.equal(remote.most, 1);
});

test('many calls of flush cause one more request', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  draft.flush();
  draft.edit('b');
  draft.flush();
  draft.edit('c');
  draft.flush();
  draft.flush();
  await remote.accept(1);
  await remote.accept(2);
  await remote.accept(3);
  assert.deepEqual(remote.requests, [['n', 'a', 0], ['n', 'c', 1]]);
});

test('a second flush without newer text causes no request', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  draft.flush();
  const second = watch(draft.flush());
  await remote.accept(1);
  assert.deepEqual([remote.requests.length, second.state], [1, 'resolved']);
});

test('a change that is taken back during the request is stored too', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  draft.flush();
  draft.undo();
  draft.flush();
  await remote.accept(1);
  await remote.accept(2);
  assert.deepEqual(remote.requests, [['n', 'a', 0], ['n', '', 1]]);
});

test('typing over three requests', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  draft.flush();
  draft.edit('ab');
  draft.flush();
  await remote.accept(1);
  draft.edit('abc');
  const last = watch(draft.flush());
  await remote.accept(2);
  assert.equal(last.state, 'pending');
  await remote.accept(3);
  assert.deepEqual([remote.requests[2], last.state, remote.requests.length], [['n', 'abc', 2], 'resolved', 3]);
});

test('the newer text survives a refusal', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  const first = watch(draft.flush());
  draft.edit('ab');
  await remote.refuse('offline');
  assert.deepEqual([first.state, draft.isDirty, draft.status], ['rejected', true, 'failed']);
  const second = watch(draft.flush());
  await remote.accept(1);
  assert.deepEqual([remote.requests.at(-1), second.state], [['n', 'ab', 0], 'resolved']);
});

test('a refusal of the newer text is told', async () => {
  const { remote, draft } = setup();
  draft.edit('a');
  draft.flush().catch(() => {});
  draft.edit('ab');
  const second = watch(draft.flush());
  await remote.accept(1);
  await remote.refuse('offline');
  assert.deepEqual([second.state, draft.isDirty, draft.status, draft.revision], ['rejected', true, 'failed', 1]);
});

test('closing stores what is typed meanwhile', async () => {
  const remote = new SlowRemote();
  const notebook = new Notebook(remote, { clock: new ManualClock(), delay: 500 });
  const draft = notebook.open('n');
  draft.edit('a');
  const closed = watch(notebook.close('n'));
  draft.edit('ab');
  await remote.accept(1);
  assert.equal(closed.state, 'pending');
  await remote.accept(2);
  assert.deepEqual([remote.requests.at(-1), closed.state, notebook.ids()], [['n', 'ab', 1], 'resolved', []]);
});

test('drafts do not wait for each other', async () => {
  const remote = new SlowRemote();
  const notebook = new Notebook(remote, { clock: new ManualClock(), delay: 500 });
  notebook.open('a').edit('1');
  notebook.open('b').edit('2');
  notebook.flushAll();
  await settled();
  assert.deepEqual(remote.requests, [['a', '1', 0], ['b', '2', 0]]);
});
