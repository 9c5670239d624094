import { dearer, type Price } from './money.ts'
import type { Listed, ModelProvider } from './provider.ts'
import type { Route } from './relay.ts'

/** A provider, with what the operator says of it. */
export interface Source {
  readonly provider: ModelProvider
  /** What it calls models that agents know by other names. */
  readonly names: Readonly<Record<string, string>>
  /** Holds for all of its models that have no price elsewhere: free for a server of one's own. */
  readonly price: Price | undefined
}

/** Which providers have which model, and what it costs there. */
export interface Catalog {
  /** In the order in which they are asked. */
  readonly routes: (model: string) => readonly Route[]
  /** Names under which agents may ask, those of the first provider first. */
  readonly chat: readonly string[]
  readonly embeddings: readonly string[]
  /** What is odd about it, for the operator. */
  readonly notes: readonly string[]
}

const LIST_SECONDS = 20

/**
 * Asks each provider for its list. A price in the operator's own table is held against the list's: the dearer one counts, so
 * that neither an old table nor a wrong list lets a call cost more than was reserved. What has no price is not offered.
 */
export async function openCatalog(
  sources: readonly Source[],
  prices: Readonly<Record<string, Price>>,
  signal: AbortSignal,
): Promise<Catalog> {
  const notes: string[] = []
  const lists = await Promise.all(
    sources.map(async ({ provider }) => {
      try {
        return await provider.list(AbortSignal.any([signal, AbortSignal.timeout(1000 * LIST_SECONDS)]))
      } catch (error) {
        signal.throwIfAborted()
        notes.push(`${provider.name} did not list its models: ${(error as Error).message}`)
        return undefined
      }
    }),
  )
  const names = sources.flatMap((source, index) => namesOf(source, lists[index]))
  const priced = (model: string): Route[] =>
    sources.flatMap((source, index) => routeOf(source, lists[index], prices, model) ?? [])
  const kept = new Map<string, readonly Route[]>()
  const routes = (model: string): readonly Route[] => {
    const known = kept.get(model) ?? priced(model)
    kept.set(model, known)
    return known
  }
  const offered = [...new Map(names.map(one => [one.name, one])).values()].filter(
    ({ name }) => routes(name).length > 0,
  )
  for (const [index, { provider, price }] of sources.entries()) {
    const list = lists[index] ?? []
    const without = list.filter(one => one.price === undefined && prices[one.id] === undefined)
    if (price === undefined && without.length > 0)
      notes.push(`${provider.name}: ${without.length} models have no price and are not offered`)
  }
  return {
    routes,
    chat: offered.filter(one => !one.isEmbedding).map(one => one.name),
    embeddings: offered.filter(one => one.isEmbedding || /embed/i.test(one.name)).map(one => one.name),
    notes,
  }
}

function namesOf({ names }: Source, list: readonly Listed[] | undefined) {
  const aliases = Object.entries(names).map(([name, id]) => ({
    name,
    isEmbedding: list?.find(one => one.id === id)?.isEmbedding ?? /embed/i.test(id),
  }))
  return [...aliases, ...(list ?? []).map(({ id, isEmbedding }) => ({ name: id, isEmbedding }))]
}

function routeOf(
  source: Source,
  list: readonly Listed[] | undefined,
  prices: Readonly<Record<string, Price>>,
  name: string,
): Route | undefined {
  const model = source.names[name] ?? name
  const listed = list?.find(one => one.id === model)
  // Without a list only what the operator named is known to be there.
  if (listed === undefined && (list !== undefined || source.names[name] === undefined)) return undefined
  const own = prices[name] ?? prices[model]
  const price =
    own !== undefined && listed?.price !== undefined ? dearer(own, listed.price) : (own ?? listed?.price)
  const known = price ?? source.price
  return known === undefined ? undefined : { provider: source.provider, model, price: known }
}
