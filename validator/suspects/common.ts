import path from 'node:path'
import { transform } from 'esbuild'
import type { AgentFile } from '../copies/files.ts'
import type { Fingerprint } from '../copies/fingerprint.ts'
import { readAgentFiles } from '../intake/agent-files.ts'
import { takeFingerprints } from './fingerprinting.ts'

/** What every agent may carry along, as it is and as a bundler leaves it. */
const RUNTIME = path.resolve(import.meta.dirname, '../../agent-runtime')
const TEMPLATES = ['typescript', 'python']

/**
 * Fingerprints of what everybody may build on: the runtime, the templates and what the operator names.
 *
 * @param folders - of the operator
 * @throws Error if one of them cannot be read
 */
export async function loadCommon(
  bundledAgents: string,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Fingerprint[]> {
  const all = [RUNTIME, ...TEMPLATES.map(name => path.join(bundledAgents, name)), ...folders]
  const forms = await Promise.all(all.map(readFiles).flatMap(files => [files, minify(files)]))
  const taken = await takeFingerprints(forms, signal === undefined ? {} : { signal })
  if (taken.kind === 'prints') return taken.prints
  throw new Error(`Cannot read what is common in ${all.join(', ')}: ${taken.why}`)
}

function readFiles(folder: string): AgentFile[] {
  return readAgentFiles(folder).map(({ path: name, content }) => ({
    path: name,
    text: content.toString('utf8'),
  }))
}

async function minify(files: readonly AgentFile[]): Promise<AgentFile[]> {
  const code = files.filter(({ path: name }) => /\.[cm]?[jt]s$/.test(name))
  return await Promise.all(
    code.map(async ({ path: name, text }) => ({
      path: name.replace(/ts$/, 'js'),
      text: (await transform(text, { loader: 'ts', minify: true })).code,
    })),
  )
}
