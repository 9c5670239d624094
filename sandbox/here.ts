import { execa } from 'execa'
import { SandboxError } from './errors.ts'

/** Variables that programs look at which go through a proxy. */
export function proxied(proxy: string | undefined): Record<string, string> {
  if (proxy === undefined) return {}
  const names = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']
  return Object.fromEntries(names.map(name => [name, proxy]))
}

/** Runs a program of this machine for the set-up, with a quarter of an hour for it. */
export async function runHere(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings = { reject: false, all: true, stdin: 'ignore', timeout: 900_000, env } as const
  const result = await execa(command, args, settings)
  if (result.failed) {
    const last = (result.all ?? '').trim().split('\n').slice(-5).join('\n')
    const space = /No space left/.test(last) ? ' The disk is full: free at least 3 GB.' : ''
    throw new SandboxError('setup-failed', `"${command}" failed: ${result.shortMessage}.${space}\n${last}`)
  }
}
