/** One way to come to the secret of a key. */
export type KeySource =
  | { readonly kind: 'phrase'; readonly phrase: string }
  /** 32 bytes. */
  | { readonly kind: 'seed'; readonly seed: Buffer }
  /** 64 bytes: scalar and nonce, as schnorrkel writes them. */
  | { readonly kind: 'secret'; readonly secret: Buffer }

/** What a key file says, once it is open. */
export interface KeyText {
  /** Best first. */
  readonly sources: readonly KeySource[]
  /** SS58; undefined if it says none. */
  readonly address: string | undefined
}

/**
 * Reads an open key file as Bittensor's programs wrote them over the years: JSON, or nothing but a phrase or a seed.
 *
 * @returns what is wrong in place of it; never a part of the text, which is a secret
 */
export function readKeyText(text: string): KeyText | { readonly mistake: string } {
  const bare = text.trim()
  if (!bare.startsWith('{')) return readBare(bare)
  let raw: unknown
  try {
    raw = JSON.parse(bare)
  } catch {
    return { mistake: 'it is no JSON' }
  }
  // Some old files have names with a space before them.
  const fields = new Map(Object.entries(raw as object).map(([name, value]) => [name.trim(), value]))
  const field = (name: string): string | undefined => {
    const value: unknown = fields.get(name)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const cryptoType: unknown = fields.get('cryptoType')
  if (cryptoType !== undefined && cryptoType !== null && cryptoType !== 1)
    return { mistake: 'its key is not of the kind sr25519 (cryptoType 1)' }
  const [phrase, seed, secret] = [
    field('secretPhrase'),
    readHex(field('secretSeed'), 32),
    readHex(field('privateKey'), 64),
  ]
  const sources: KeySource[] = []
  if (phrase !== undefined) sources.push({ kind: 'phrase', phrase })
  if (seed !== undefined) sources.push({ kind: 'seed', seed })
  if (secret !== undefined) sources.push({ kind: 'secret', secret })
  if (sources.length === 0) return { mistake: 'there is no secret in it, only an address at most' }
  return { sources, address: field('ss58Address') }
}

function readBare(text: string): KeyText | { readonly mistake: string } {
  const seed = readHex(text, 32)
  if (seed !== undefined) return { sources: [{ kind: 'seed', seed }], address: undefined }
  const words = text.split(/\s+/)
  const isPhrase = [12, 15, 18, 21, 24].includes(words.length) && words.every(word => /^[a-z]+$/.test(word))
  return isPhrase
    ? { sources: [{ kind: 'phrase', phrase: words.join(' ') }], address: undefined }
    : { mistake: 'it is neither JSON nor a phrase nor a seed' }
}

function readHex(text: string | undefined, bytes: number): Buffer | undefined {
  const digits = text?.replace(/^0x/, '')
  return digits !== undefined && digits.length === bytes * 2 && /^[0-9a-f]*$/i.test(digits)
    ? Buffer.from(digits, 'hex')
    : undefined
}
