import fs from 'node:fs'
import path from 'node:path'
import { isAlive, processName } from '../../sandbox/owner.ts'
import { type Entry, readJournal } from '../../task-bank/history/journal.ts'
import { SourceError } from './source.ts'

/** Where mining keeps what it has decided, below the folder into which tasks go. Folders with a dot hold no tasks. */
const HIDDEN = '.mine'

/**
 * What was decided of the commits of one repository, on disk: a line per commit, and the folder of each kept task, which lies aside
 * until it is published. A commit is decided once its line is written; whatever was begun and has no line is begun again.
 */
export class Ledger implements Disposable {
  readonly #out: string
  readonly #folder: string
  readonly #journal: string
  readonly #settings: string
  readonly #entries: Map<string, Entry>
  readonly #lock: string

  constructor(out: string, repository: string, settings: string) {
    this.#out = out
    this.#folder = path.join(out, HIDDEN, repository)
    this.#journal = path.join(this.#folder, 'journal.jsonl')
    this.#settings = settings
    this.#lock = path.join(this.#folder, 'lock')
    fs.mkdirSync(path.join(this.#folder, 'kept'), { recursive: true })
    this.#take()
    fs.rmSync(path.join(this.#folder, 'work'), { recursive: true, force: true })
    const text = fs.existsSync(this.#journal) ? fs.readFileSync(this.#journal, 'utf8') : ''
    // What was written half must not spoil the next line.
    if (text !== '' && !text.endsWith('\n')) fs.appendFileSync(this.#journal, '\n')
    this.#entries = readJournal(text, settings)
  }

  /** What is known of a commit; nothing if it was kept and its task is gone. */
  find(commit: string): Entry | undefined {
    const entry = this.#entries.get(commit)
    if (entry?.outcome.kind !== 'kept') return entry
    const { task } = entry.outcome
    return fs.existsSync(this.#aside(task)) || fs.existsSync(this.published(task)) ? entry : undefined
  }

  /** Where a task is made. */
  workFolder(task: string): string {
    return path.join(this.#folder, 'work', task)
  }

  published(task: string): string {
    return path.join(this.#out, task)
  }

  /** Writes down what became of a commit; a kept task's folder comes out of the work folder first. */
  decide(decision: Omit<Entry, 'settings'>): Entry {
    const entry = { ...decision, settings: this.#settings }
    if (entry.outcome.kind === 'kept')
      replaceFolder(this.workFolder(entry.outcome.task), this.#aside(entry.outcome.task))
    const file = fs.openSync(this.#journal, 'a')
    fs.writeSync(file, `${JSON.stringify(entry)}\n`)
    fs.fsyncSync(file)
    fs.closeSync(file)
    this.#entries.set(entry.commit, entry)
    return entry
  }

  /** Puts a kept task where tasks are looked for, unless it is there. */
  publish(task: string): void {
    if (fs.existsSync(this.#aside(task))) replaceFolder(this.#aside(task), this.published(task))
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.#lock, { force: true })
  }

  /** Two commands at once would remove each other's work. What a dead one holds is free. */
  #take(): void {
    const holder = fs.existsSync(this.#lock) ? fs.readFileSync(this.#lock, 'utf8') : ''
    if (holder !== '' && holder !== processName() && isAlive(holder))
      throw new SourceError(`Cannot mine into ${this.#out}: another command is doing so for this repository`)
    fs.writeFileSync(`${this.#lock}.${process.pid}`, processName())
    fs.renameSync(`${this.#lock}.${process.pid}`, this.#lock)
  }

  #aside(task: string): string {
    return path.join(this.#folder, 'kept', task)
  }
}

function replaceFolder(from: string, to: string): void {
  fs.rmSync(to, { recursive: true, force: true })
  fs.renameSync(from, to)
}
