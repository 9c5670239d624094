import fs from 'node:fs'
import { parse } from 'smol-toml'
import {
  configOfEnvironment,
  type GatewayConfig,
  GatewayError,
  parseConfig,
} from '../../sandbox/gateway/config.ts'

/**
 * Where language models are had: by a file, that of `ARETE_GATEWAY` if none is named, or by what single variables say. Undefined if
 * nothing says anything.
 *
 * @throws GatewayError for what somebody has to mend
 */
export function readGatewayConfig(
  env: Readonly<Record<string, string | undefined>>,
  named?: string,
): GatewayConfig | undefined {
  const file = named ?? env.ARETE_GATEWAY
  if (file === undefined || file === '') return configOfEnvironment(env)
  let raw: unknown
  try {
    raw = parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new GatewayError(`Cannot use ${file}: ${(error as Error).message.split('\n')[0]}`)
  }
  return parseConfig(raw, file)
}
