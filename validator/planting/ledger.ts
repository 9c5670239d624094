import fs from 'node:fs'
import path from 'node:path'
import { type Entry, readEntries } from '../../task-bank/synth/journal.ts'
import { claim } from '../mining/claim.ts'
import { openJournal, writeEntry } from '../mining/journal-file.ts'

/** Where it is kept what was decided, below the folder into which tasks go. Folders with a dot hold no tasks. */
const HIDDEN = '.synth'

/**
 * What was decided of the faults of one repository, on disk: a line each, and the folder of each kept task. A fault is decided once
 * its line is written; whatever was begun and has no line is begun again.
 */
export class PlantLedger implements Disposable {
  readonly #out: string
  readonly #folder: string
  readonly #settings: string
  readonly #entries: Map<string, Entry>
  readonly #claim: Disposable

  constructor(out: string, repository: string, settings: string) {
    this.#out = out
    this.#folder = path.join(out, HIDDEN, repository)
    this.#settings = settings
    fs.mkdirSync(this.#folder, { recursive: true })
    this.#claim = claim(this.#folder)
    fs.rmSync(path.join(this.#folder, 'work'), { recursive: true, force: true })
    this.#entries = readEntries(openJournal(this.#journal), settings)
  }

  /** What is known of a fault; nothing if it was kept and its task is gone. */
  find(fault: string): Entry | undefined {
    const entry = this.#entries.get(fault)
    return entry?.outcome.kind === 'kept' && !fs.existsSync(this.taskFolder(entry.outcome.task))
      ? undefined
      : entry
  }

  /** Where a task is made. */
  workFolder(task: string): string {
    return path.join(this.#folder, 'work', task)
  }

  taskFolder(task: string): string {
    return path.join(this.#out, task)
  }

  /** Writes down what became of a fault; a kept task's folder goes where tasks are looked for first. */
  decide(decision: Omit<Entry, 'settings'>): Entry {
    const entry = { ...decision, settings: this.#settings }
    if (entry.outcome.kind === 'kept') {
      const { task } = entry.outcome
      fs.rmSync(this.taskFolder(task), { recursive: true, force: true })
      fs.renameSync(this.workFolder(task), this.taskFolder(task))
    }
    writeEntry(this.#journal, entry)
    this.#entries.set(entry.fault, entry)
    return entry
  }

  [Symbol.dispose](): void {
    this.#claim[Symbol.dispose]()
  }

  get #journal(): string {
    return path.join(this.#folder, 'journal.jsonl')
  }
}
