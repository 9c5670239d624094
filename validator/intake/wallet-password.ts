import os from 'node:os'

/** Holds the password of any key file; ours. */
export const PASSWORD_VARIABLE = 'ARETE_WALLET_PASSWORD'

/**
 * The password of a key file out of the environment: our variable, or the one that Bittensor's wallet writes for the path
 * (`BT_PW_<PATH>`: base64 of the password, each byte combined with one of the variable's name).
 */
export function passwordFromEnvironment(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = environment[PASSWORD_VARIABLE]
  if (own !== undefined && own !== '') return own
  const home = os.homedir()
  const short = file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file
  for (const path of [file, short]) {
    const name = `BT_PW_${path.replaceAll('/', '_').replaceAll('.', '_').toUpperCase()}`
    const value = environment[name]
    if (value !== undefined && value !== '') return combine(Buffer.from(value, 'base64'), name)
  }
  return undefined
}

function combine(bytes: Buffer, name: string): string {
  return Buffer.from(bytes.map((byte, index) => byte ^ name.charCodeAt(index % name.length))).toString('utf8')
}
