import colors from 'picocolors'
import { makeRoom } from '../../../sandbox/eviction.ts'
import { type Surroundings, setUp } from '../../../sandbox/setup.ts'
import { reapTemporary } from '../../../sandbox/temporary.ts'
import { asJson, duration, oneLine } from '../text.ts'

/** Makes the machine ready, telling each step on stderr, and removes what dead runs left, and what is over the budget of kept things. */
export async function ready(): Promise<Surroundings> {
  const surroundings = await setUp(line =>
    console.error(colors.dim(`setup: ${oneLine(line, (process.stderr.columns ?? 200) - 8)}`)),
  )
  reapTemporary()
  await makeRoom(surroundings.engine)
  return surroundings
}

export async function setup(options: { json?: true }): Promise<number> {
  const start = performance.now()
  const { about, runtimeVolume } = await ready()
  const seconds = (performance.now() - start) / 1000
  if (options.json) console.log(asJson({ engine: about, runtimeVolume, seconds }))
  else
    console.log(
      `Ready: engine ${about.version}, ${about.cpus} cpus, ${(about.memoryBytes / 2 ** 30).toFixed(0)} GB (${duration(seconds)})`,
    )
  return 0
}
