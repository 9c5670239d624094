import fs from 'node:fs'
import path from 'node:path'
import { GatewayError } from '../../sandbox/gateway/config.ts'
import { newSeal, type Seal, sealOf } from '../../sandbox/gateway/sealed-key.ts'

const FILE = 'models/identity'

/**
 * What opens the keys that miners bring: `ARETE_AGE_IDENTITY`, else a file in the data folder. Undefined if there is neither.
 *
 * @throws GatewayError if it is no identity of age
 */
export async function readSeal(
  env: Readonly<Record<string, string | undefined>>,
  data: string,
): Promise<Seal | undefined> {
  const file = path.join(data, FILE)
  const identity = env.ARETE_AGE_IDENTITY || (fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '')
  if (identity === '') return undefined
  try {
    return await sealOf(identity)
  } catch (error) {
    const place = env.ARETE_AGE_IDENTITY ? 'ARETE_AGE_IDENTITY' : file
    throw new GatewayError(`Cannot use ${place}: it is no identity of age`, { cause: error })
  }
}

/** The same, made if there is none yet. Only its owner can read the file. */
export async function keepSeal(
  env: Readonly<Record<string, string | undefined>>,
  data: string,
): Promise<Seal> {
  const known = await readSeal(env, data)
  if (known !== undefined) return known
  const file = path.join(data, FILE)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  const seal = await newSeal()
  try {
    fs.writeFileSync(file, `${seal.identity}\n`, { mode: 0o600, flag: 'wx' })
    return seal
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await readSeal(env, data))!
  }
}
