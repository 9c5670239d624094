import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Mapping, MappingError, NO_MAPPING, parseMapping } from '../task-bank/mapping.ts'

/** Where what a task needs comes from on this machine. */
export interface Supply {
  readonly mapping: Mapping
  /** Images are neither pulled nor built with a network. */
  readonly isOffline: boolean
}

/** The place of the mapping file if nobody names another: `arete/map.toml` in the user's folder of settings. */
export function usualMap(): string {
  return path.join(process.env.XDG_CONFIG_HOME ?? path.join(os.homedir(), '.config'), 'arete/map.toml')
}

/**
 * What the operator has set: `ARETE_MAP` names the mapping file, each line of `ARETE_IMAGE_MAP` is one more rule for images
 * as `name=name`, and `ARETE_OFFLINE=1` forbids the network.
 *
 * @throws MappingError with file, key and what was expected
 */
export function currentSupply(): Supply {
  const mapping = readMapping()
  const lines = (process.env.ARETE_IMAGE_MAP ?? '').split('\n').filter(Boolean).map(lineOf)
  const { images } = parseMapping(`[images]\n${lines.join('\n')}`, '--image-map')
  return {
    mapping: { ...mapping, images: { ...mapping.images, ...images } },
    isOffline: !['', '0'].includes(process.env.ARETE_OFFLINE ?? ''),
  }
}

function readMapping(): Mapping {
  const named = process.env.ARETE_MAP || undefined
  const file = named ?? usualMap()
  if (fs.existsSync(file)) return parseMapping(fs.readFileSync(file, 'utf8'), file)
  if (named === undefined) return NO_MAPPING
  throw new MappingError(file, ['there is no such file'])
}

function lineOf(rule: string): string {
  const [from = '', to = '', rest] = rule.split('=').map(word => word.trim())
  if (from === '' || to === '' || rest !== undefined)
    throw new MappingError('--image-map', [`"${rule}": expected name=name`])
  return `${JSON.stringify(from)} = ${JSON.stringify(to)}`
}
