import fs from 'node:fs'

/** The text of a journal; a line that was written half does not spoil the next one. */
export function openJournal(file: string): string {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  if (text !== '' && !text.endsWith('\n')) fs.appendFileSync(file, '\n')
  return text
}

/** Adds a line that stays whatever happens to the machine. */
export function writeEntry(file: string, entry: unknown): void {
  const journal = fs.openSync(file, 'a')
  fs.writeSync(journal, `${JSON.stringify(entry)}\n`)
  fs.fsyncSync(journal)
  fs.closeSync(journal)
}
