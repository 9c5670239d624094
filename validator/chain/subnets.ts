/** Every subnet as of one block. */
export interface SubnetsNow {
  readonly block: number
  readonly time: Date
  readonly subnets: readonly Subnet[]
}

/** One subnet's market and crowd. Amounts are in rao (10⁻⁹), prices in tao for one alpha, shares from 0 to 1. */
export interface Subnet {
  readonly netuid: number
  /** What its owner wrote. */
  readonly name: string
  readonly symbol: string
  readonly registeredAt: number
  readonly tempo: number
  /** In its pool. */
  readonly tao: bigint
  readonly alpha: bigint
  /** Held outside of the pool. */
  readonly alphaOut: bigint
  readonly price: number
  /** Ever traded, in tao. */
  readonly volume: bigint
  /** What a block puts into the pool, in rao of tao: with what it buys. */
  readonly taoEmission: bigint
  /** Of all that blocks put into pools. */
  readonly emissionShare: number
  /** What registering costs, in rao of tao. */
  readonly burn: bigint
  readonly registrations: number
  readonly isOpen: boolean
  readonly uids: number
  /** With a permit, who set weights within the cutoff. */
  readonly validators: number
  /** With incentive above 0. */
  readonly miners: number
  /** Part of the miners' pay that the owner burns; undefined if the chain does not say. */
  readonly burned: number | undefined
}
