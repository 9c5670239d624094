import type { ContainerSpec, Engine } from './engine.ts'

/** What a container of our own needs that runs nothing of an agent; all else is as tight as it can be. */
export type ChoreOptions = Pick<ContainerSpec, 'image' | 'entrypoint' | 'labels'> & Partial<ContainerSpec>

/** The container of a chore: no network, no capabilities, nothing writable unless it says so. */
export function buildChore(options: ChoreOptions): ContainerSpec {
  return {
    env: [],
    memoryBytes: 2 ** 29,
    cpus: 1,
    pids: 100,
    fileBytes: 2 ** 30,
    openFiles: 1024,
    capabilities: [],
    readOnlyRoot: true,
    tmpfs: {},
    mounts: [],
    network: { kind: 'none' },
    ...options,
  }
}

/** Runs a chore to its end and gives all that it said. */
export async function runChore(
  engine: Engine,
  options: ChoreOptions,
): Promise<{ exitCode: number; said: string }> {
  const container = await engine.open(buildChore(options))
  try {
    const said: Buffer[] = []
    container.onOutput((_, chunk) => said.push(chunk))
    await container.ended
    const { exitCode } = await container.state()
    return { exitCode, said: Buffer.concat(said).toString().trim() }
  } finally {
    await container.remove()
  }
}
