import fs from 'node:fs'
import path from 'node:path'
import { type Entry, readJournal } from '../../task-bank/history/journal.ts'
import { claim } from './claim.ts'
import { openJournal, writeEntry } from './journal-file.ts'

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
  readonly #claim: Disposable

  constructor(out: string, repository: string, settings: string) {
    this.#out = out
    this.#folder = path.join(out, HIDDEN, repository)
    this.#journal = path.join(this.#folder, 'journal.jsonl')
    this.#settings = settings
    fs.mkdirSync(path.join(this.#folder, 'kept'), { recursive: true })
    this.#claim = claim(this.#folder)
    fs.rmSync(path.join(this.#folder, 'work'), { recursive: true, force: true })
    this.#entries = readJournal(openJournal(this.#journal), settings)
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
    writeEntry(this.#journal, entry)
    this.#entries.set(entry.commit, entry)
    return entry
  }

  /** Puts a kept task where tasks are looked for, unless it is there. */
  publish(task: string): void {
    if (fs.existsSync(this.#aside(task))) replaceFolder(this.#aside(task), this.published(task))
  }

  [Symbol.dispose](): void {
    this.#claim[Symbol.dispose]()
  }

  #aside(task: string): string {
    return path.join(this.#folder, 'kept', task)
  }
}

function replaceFolder(from: string, to: string): void {
  fs.rmSync(to, { recursive: true, force: true })
  fs.renameSync(from, to)
}
