import type { Sandbox } from './sandbox.ts'

/** What all in a sandbox, our resident included, has used at most so far, and uses now. */
export interface Peaks {
  /** Without files that the kernel only keeps in case they are read again. */
  readonly memoryBytes: number
  /** Threads count as well, as for the limit. */
  readonly processes: number
  readonly now: { readonly memoryBytes: number; readonly processes: number }
}

/** The kernel's files, under the names of the first and the second kind of cgroups. */
const FILES = {
  memoryMost: ['memory/memory.max_usage_in_bytes', 'memory.peak'],
  memoryNow: ['memory/memory.usage_in_bytes', 'memory.current'],
  memoryStat: ['memory/memory.stat', 'memory.stat'],
  processesMost: ['pids/pids.peak', 'pids.peak'],
  processesNow: ['pids/pids.current', 'pids.current'],
} as const

/**
 * Asks the kernel, by the program `cat` of the image: for a sandbox of the task's author, not of an agent. Undefined if the
 * kernel does not say it there, or the sandbox has ended.
 */
export async function readPeaks(sandbox: Sandbox): Promise<Peaks | undefined> {
  const read = async (names: readonly string[]): Promise<string> => {
    const said: Buffer[] = []
    await sandbox.run({
      argv: ['/bin/cat', ...names.map(name => `/sys/fs/cgroup/${name}`)],
      cwd: '/',
      env: {},
      uid: 0,
      gid: 0,
      seconds: 20,
      maxOutputBytes: 2 ** 16,
      onOutput: (stream, chunk) => void (stream === 'stdout' && said.push(chunk)),
    })
    return Buffer.concat(said).toString()
  }
  const texts = {
    memoryMost: await read(FILES.memoryMost),
    memoryNow: await read(FILES.memoryNow),
    memoryStat: await read(FILES.memoryStat),
    processesMost: await read(FILES.processesMost),
    processesNow: await read(FILES.processesNow),
  }
  const number = (text: string): number => Number(/^\d+$/m.exec(text)?.[0] ?? Number.NaN)
  const kept = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(texts.memoryStat)?.[1] ?? 0)
  const peaks = {
    memoryBytes: Math.max(0, number(texts.memoryMost) - kept),
    processes: number(texts.processesMost),
    now: {
      memoryBytes: Math.max(0, number(texts.memoryNow) - kept),
      processes: number(texts.processesNow),
    },
  }
  const all = [peaks.memoryBytes, peaks.processes, peaks.now.memoryBytes, peaks.now.processes]
  return all.every(Number.isFinite) ? peaks : undefined
}
