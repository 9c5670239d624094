/** The definition of a chain cannot be used; the message names the file and every mistake. */
export class ChainError extends Error {
  constructor(file: string, mistakes: readonly string[]) {
    super(`Cannot use the chain in ${file}:\n${mistakes.map(mistake => `  ${mistake}`).join('\n')}`)
    this.name = 'ChainError'
  }
}
