import path from 'node:path'
import type { Manifest } from '../manifest.ts'
import type { Artifact, Collect, Healthcheck, McpServer } from '../task.ts'
import { MAIN } from './compose-form.ts'

/** Where agents put what they want to be kept; always collected. */
export const ARTIFACTS_FOLDER = '/logs/artifacts'

type Entry = Manifest['artifacts'][number]

/** What of the machines is kept, the usual folder first; a relative source lies in the working directory. */
export function artifactsOf(entries: readonly Entry[], key: string, reasons: string[]): Artifact[] {
  const read = entries.flatMap((entry, index) => artifactOf(entry, `${key}.${index}`, reasons))
  const isUsual = ({ source, service }: Artifact): boolean => source === ARTIFACTS_FOLDER && service === MAIN
  return read.some(isUsual) ? read : [USUAL, ...read]
}

const USUAL: Artifact = {
  source: ARTIFACTS_FOLDER,
  destination: ARTIFACTS_FOLDER.slice(1),
  exclude: [],
  service: MAIN,
}

function artifactOf(entry: Entry, key: string, reasons: string[]): Artifact[] {
  const {
    source: written,
    destination: wanted,
    exclude,
    service,
  } = typeof entry === 'string'
    ? { source: entry, destination: undefined, exclude: [], service: MAIN }
    : entry
  const source = path.posix.normalize(written).replace(/(?<=.)\/$/, '')
  const destination =
    wanted === undefined || wanted === '' ? source.replace(/^\//, '') : wanted.replace(/\/$/, '')
  const wrong = faultOf({ written, destination, service })
  if (wrong === undefined) return [{ source, destination, exclude: [...exclude], service }]
  reasons.push(`task.toml: ${key}: ${wrong}`)
  return []
}

function faultOf(entry: { written: string; destination: string; service: string }): string | undefined {
  const { written, destination, service } = entry
  const hasUp = [written, destination].some(one => one.split('/').includes('..'))
  if (hasUp) return 'no ".." in a path'
  if (!written.startsWith('/') && service !== MAIN) return 'the source must be an absolute path'
  if (/^\/|\\/.test(destination)) return 'the destination must be a relative path with "/"'
  return destination === 'manifest.json' ? 'the destination manifest.json is taken' : undefined
}

export function collectsOf(entries: Manifest['verifier']['collect']): Collect[] {
  return entries.map(({ command, service, timeout_sec: seconds, user }) => ({
    command,
    service,
    seconds,
    user: user === undefined ? undefined : String(user),
  }))
}

export function healthcheckOf(table: Manifest['environment']['healthcheck']): Healthcheck | undefined {
  if (table === undefined) return undefined
  return {
    test: { kind: 'sh', line: table.command },
    intervalSeconds: table.interval_sec,
    timeoutSeconds: table.timeout_sec,
    startSeconds: table.start_period_sec,
    startIntervalSeconds: table.start_interval_sec,
    retries: table.retries,
  }
}

export function mcpServersOf(tables: Manifest['environment']['mcp_servers']): McpServer[] {
  return tables.map(({ name, transport, url, command, args }) =>
    transport === 'stdio'
      ? { name, transport, command: command ?? '', args }
      : { name, transport, url: url ?? '' },
  )
}
