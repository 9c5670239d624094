import { z } from 'zod'
import { UnreachableError } from '../intake/errors.ts'
import { Standing } from '../stages/standing.ts'

/** What the command line reads of a validator; each answer is checked. */
export interface Client {
  readonly standing: (id: string) => Promise<Standing | undefined>
  readonly submissions: (hotkey: string | undefined) => Promise<Listed>
  /** All receipts that are open, from the first on, unchecked. */
  readonly receipts: () => AsyncGenerator<unknown>
  /** Events of a submission from its first on, until it is disposed of; a stream that is lost is taken up where it was. */
  readonly follow: (submission: string, signal: AbortSignal) => AsyncGenerator<Message>
}

export interface Message {
  readonly id: string
  readonly kind: string
  readonly data: unknown
}

const Submissions = z.object({
  submissions: z.array(
    z.object({
      id: z.string(),
      hotkey: z.string(),
      state: z.string(),
      stage: z.string(),
      received: z.string(),
    }),
  ),
})
export type Listed = z.infer<typeof Submissions>['submissions']

const Receipts = z.object({ receipts: z.array(z.unknown()).max(1000), next: z.int().nullable() })

const SECONDS = 30
const AGAIN = 1000

/** @throws UnreachableError in each call if there is no validator, or it answers something else */
export function openClient(url: string): Client {
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    try {
      const response = await fetch(new URL(path, url), {
        redirect: 'error',
        signal: AbortSignal.timeout(SECONDS * 1000),
      })
      return { status: response.status, body: await response.json() }
    } catch (error) {
      throw new UnreachableError(url, reasonOf(error), { cause: error })
    }
  }
  const read = <T>(schema: z.ZodType<T>, { status, body }: { status: number; body: unknown }): T => {
    const parsed = schema.safeParse(body)
    if (status === 200 && parsed.success) return parsed.data
    throw new UnreachableError(url, `it answered ${status}, and not as a validator does`)
  }
  return {
    async standing(id) {
      const answer = await get(`/v1/submissions/${encodeURIComponent(id)}`)
      return answer.status === 404 || answer.status === 400 ? undefined : read(Standing, answer)
    },
    async submissions(hotkey) {
      const query = hotkey === undefined ? '' : `?hotkey=${encodeURIComponent(hotkey)}`
      return read(Submissions, await get(`/v1/submissions${query}`)).submissions
    },
    async *receipts() {
      for (let after: number | null = 0; after !== null; ) {
        const page: z.infer<typeof Receipts> = read(Receipts, await get(`/v1/receipts?after=${after}`))
        yield* page.receipts
        if (page.next !== null && page.next <= after)
          throw new UnreachableError(url, `its receipts after ${after} go on with ${page.next}`)
        after = page.next
      }
    },
    async *follow(submission, signal) {
      let last: string | undefined
      while (!signal.aborted)
        try {
          for await (const message of stream(url, submission, last, signal)) {
            last = message.id === '' ? last : message.id
            yield message
          }
        } catch (error) {
          if (signal.aborted) return
          if (last === undefined && !(error instanceof TypeError)) throw error
          await new Promise(resolve => setTimeout(resolve, AGAIN))
        }
    },
  }
}

async function* stream(
  url: string,
  submission: string,
  last: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const response = await fetch(new URL(`/v1/events?submission=${submission}`, url), {
    headers: last === undefined ? {} : { 'last-event-id': last },
    signal,
  })
  if (!response.ok || response.body === null)
    throw new UnreachableError(url, `it answered ${response.status}`)
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
    rest = parts.pop()!
    for (const part of parts) {
      const fields = new Map(
        part
          .split('\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      )
      if (fields.has('data'))
        yield {
          id: fields.get('id') ?? '',
          kind: fields.get('event') ?? '',
          data: parse(fields.get('data')!),
        }
    }
    // A body that is read after its signal was aborted may neither end nor fail.
    if (signal.aborted) return
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as (Error & { code?: string }) | undefined
  return cause?.code ?? cause?.message ?? (error as Error).message
}
