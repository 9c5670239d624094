import { type Signer, signerOfSecret } from '../../intake/signature.ts'

/** The phrase that every development chain knows: whoever reads this has it. Worth nothing on any real network. */
const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'

/** A well-known account of development chains, such as `//Alice`. */
export async function devAccount(path: string): Promise<Signer> {
  const { keyExtractPath, keyFromPath } = await import('@polkadot/util-crypto/key')
  const { mnemonicToMiniSecret } = await import('@polkadot/util-crypto/mnemonic')
  const { sr25519PairFromSeed } = await import('@polkadot/util-crypto/sr25519')
  const pair = keyFromPath(
    sr25519PairFromSeed(mnemonicToMiniSecret(PHRASE)),
    keyExtractPath(path).path,
    'sr25519',
  )
  return await signerOfSecret(pair.secretKey, pair.publicKey)
}
