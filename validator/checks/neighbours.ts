import { BASE_IMAGE } from '../../sandbox/base.ts'
import { buildChore } from '../../sandbox/chore.ts'
import type { Container } from '../../sandbox/engine.ts'
import { labelsOf } from '../../sandbox/owner.ts'
import type { Surroundings } from '../../sandbox/setup.ts'

const MEBIBYTE = 2 ** 20
const SECONDS = 1800

/** What keeps a machine busy, each in a container with limits of its own. */
const LOADS = {
  cpu: (cpus: number) => `for i in $(seq ${cpus}); do while :; do :; done & done; wait`,
  disk: () => 'while :; do dd if=/dev/zero of=/var/tmp/load bs=1M count=48 conv=fsync 2> /dev/null; done',
  memory: () =>
    `exec python3 -c 'x = bytearray(128 << 20)\nwhile True:\n    for at in range(0, len(x), 4096): x[at] = (x[at] + 1) % 256'`,
} as const

/** Busy neighbours on the engine: processors, disk and memory. They are gone when they are disposed of. */
export async function openNeighbours({ engine, about }: Surroundings, run: string): Promise<AsyncDisposable> {
  const labels = labelsOf({ run, role: 'neighbour', seconds: SECONDS, now: Date.now() })
  const opened = await Promise.allSettled(
    Object.values(LOADS).map(load =>
      engine.open(
        buildChore({
          image: BASE_IMAGE,
          entrypoint: ['/usr/bin/timeout', String(SECONDS), '/bin/sh', '-c', load(about.cpus)],
          labels,
          memoryBytes: 192 * MEBIBYTE,
          cpus: about.cpus,
          fileBytes: 64 * MEBIBYTE,
          readOnlyRoot: false,
        }),
      ),
    ),
  )
  const containers = opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const close = (): Promise<unknown> => Promise.all(containers.map((one: Container) => one.remove()))
  const failed = opened.find(one => one.status === 'rejected')
  if (failed !== undefined) {
    await close()
    throw failed.reason
  }
  return { [Symbol.asyncDispose]: async () => void (await close()) }
}
