import { spawn } from 'node:child_process'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Another process that runs a piece of TypeScript; imports of ours start with `#/`. */
export function startProcess(
  code: string,
  options: { readonly env?: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number } = {},
) {
  const child = spawn(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      '--input-type=module',
      '--eval',
      code.replaceAll("'#/", `'${ROOT}/`),
    ],
    { ...options, env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' },
  )
  let said = ''
  let failures = ''
  child.stdout.on('data', chunk => {
    said += String(chunk)
  })
  child.stderr.on('data', chunk => {
    failures += String(chunk)
  })
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  return {
    child,
    /** All that it printed, when it has ended. @throws if it failed */
    async done(): Promise<string> {
      const code = await ended
      if (code !== 0) throw new Error(`It ended with ${code}: ${failures}`)
      return said.trim()
    },
    said: (): string => said,
    /** Waits until it has printed a line. */
    async line(text: string): Promise<void> {
      while (!said.includes(text)) {
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${failures}`)
        await Promise.race([new Promise(resolve => child.stdout.once('data', resolve)), ended])
      }
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await ended
    },
  }
}
