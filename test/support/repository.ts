import fs from 'node:fs'
import path from 'node:path'
import { joinFiles } from '../../sandbox/archive.ts'
import { createRepository, type Repository } from '../../sandbox/repository.ts'
import type { Changes, Files } from '../../sandbox/sandbox.ts'
import { temporaryFolder } from './surroundings.ts'

export type Contents = Readonly<Record<string, string | Uint8Array>>

/** A repository of a few files in a temporary folder. */
export async function openTestRepository(
  contents: Contents,
  links: Readonly<Record<string, string>> = {},
): Promise<{ folder: string; repository: Repository } & AsyncDisposable> {
  const folder = temporaryFolder()
  const { ARETE_CACHE: before } = process.env
  process.env.ARETE_CACHE = path.join(folder, 'cache')
  return {
    folder,
    repository: await createRepository(
      path.join(folder, 'repository'),
      changesOf({ written: contents, links }),
    ),
    [Symbol.asyncDispose]: async () => {
      // Files of the unit project share a process.
      if (before === undefined) delete process.env.ARETE_CACHE
      else process.env.ARETE_CACHE = before
      await fs.promises.rm(folder, { recursive: true, force: true })
    },
  }
}

export function filesOf(contents: Contents, mode = 0o644): Files {
  return joinFiles(
    Object.entries(contents).map(([name, content]) => ({ path: name, mode, content: Buffer.from(content) })),
  )
}

/** What a sandbox says about a changed tree. */
export function changesOf(change: {
  written?: Contents
  executable?: Contents
  removed?: readonly string[]
  links?: Readonly<Record<string, string>>
}): Changes {
  const written = filesOf(change.written ?? {})
  const executable = filesOf(change.executable ?? {}, 0o755)
  const links = Object.entries(change.links ?? {}).map(([name, target]) => ({
    path: name,
    kind: 'symlink' as const,
    mode: 0o777,
    size: 0,
    target,
  }))
  return {
    entries: [...written.entries, ...executable.entries, ...links],
    body: Buffer.concat([written.body, executable.body]),
    removed: change.removed ?? [],
    truncated: false,
  }
}
