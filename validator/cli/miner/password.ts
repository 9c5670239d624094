import readline from 'node:readline/promises'
import { Writable } from 'node:stream'
import { PASSWORD_VARIABLE, passwordFromEnvironment } from '../../intake/wallet-password.ts'
import { UsageError } from '../errors.ts'
import { plain } from '../text.ts'

/** The password of a key file: from the environment, else asked for without showing what is typed. */
export async function findPassword(file: string): Promise<string> {
  const known = passwordFromEnvironment(file, process.env)
  if (known !== undefined) return known
  if (!process.stdin.isTTY)
    throw new UsageError(
      `Cannot open ${file}: it is locked; set ${PASSWORD_VARIABLE}, or start this in a terminal`,
    )
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const prompt = readline.createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const stopped = new AbortController()
  prompt.on('SIGINT', () => stopped.abort())
  process.stderr.write(`Password of ${plain(file)}: `)
  try {
    return await prompt.question('', { signal: stopped.signal })
  } catch {
    throw new UsageError(`Cannot open ${file}: no password was given`)
  } finally {
    process.stderr.write('\n')
    prompt.close()
  }
}
