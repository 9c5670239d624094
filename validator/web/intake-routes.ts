import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { accept } from '../accept.ts'
import { commit } from '../intake/commit.ts'
import { CommitEnvelope } from '../intake/envelope.ts'
import { readEnvelopeHeader } from '../intake/hand-in.ts'
import { tellInfo, ValidatorInfo } from '../intake/info.ts'
import { answers, Digest, Id, named, refusals, withCures } from './answers.ts'
import type { WebContext } from './context.ts'

const Precedence = z.object({ block: z.int(), index: z.int(), hotkey: z.string() })
const HandedIn = z
  .object({ id: Id, place: z.int(), precedence: Precedence, isNew: z.boolean() })
  .openapi('HandedIn')
const LaidDown = z.object({ hash: Digest, precedence: Precedence }).openapi('LaidDown')

const info = createRoute({
  method: 'get',
  path: '/v1/info',
  summary: 'Who this validator is, and what it takes',
  responses: { 200: answers(named(ValidatorInfo, 'ValidatorInfo'), 'What to sign for') },
})

const handIn = createRoute({
  method: 'post',
  path: '/v1/submissions',
  summary: 'Hand in a packed agent, signed by a hotkey',
  description:
    'The header `Arete-Envelope` is the signed message as JSON in base64url; the body is the gzipped tar that it was signed for; the header `Arete-Model-Key` is a key for language models in base64url, sealed for the `modelRecipient` of /v1/info. The same once more gives the same answer.',
  request: {
    headers: z.object({
      'arete-envelope': z.string().max(8192).optional(),
      'arete-model-key': z.string().max(4096).optional(),
    }),
    body: { content: { 'application/gzip': { schema: z.string().openapi({ format: 'binary' }) } } },
  },
  responses: {
    200: answers(HandedIn, 'It was here already'),
    201: answers(HandedIn, 'Taken'),
    ...refusals(400, 401, 403, 409, 413, 422, 429, 503),
  },
})

const layDown = createRoute({
  method: 'post',
  path: '/v1/commits',
  summary: 'Lay down the hash of an agent that is shown later',
  request: {
    body: { content: { 'application/json': { schema: named(CommitEnvelope, 'CommitEnvelope') } } },
  },
  responses: { 201: answers(LaidDown, 'Kept'), ...refusals(400, 401, 403, 409, 413, 422, 429, 503) },
})

/** How agents come in. */
export function addIntake(app: OpenAPIHono, { intake, metrics }: WebContext): void {
  app.openapi(info, async c => c.json(await tellInfo(intake), 200))

  // The bytes are what was signed: they are not parsed before.
  app.openAPIRegistry.registerPath(handIn)
  app.post(handIn.path, async c => {
    const bytes = Buffer.from(await c.req.arrayBuffer())
    const envelope = readEnvelopeHeader(c.req.header('arete-envelope') ?? '')
    const sealed = c.req.header('arete-model-key')
    const modelKey = sealed === undefined ? undefined : Buffer.from(sealed, 'base64url')
    const answer = await accept(intake, { envelope, bytes, modelKey })
    metrics.handedIn(answer.kind)
    if (answer.kind === 'refused') return c.json(withCures(answer.reasons), answer.status)
    const { id, place, precedence, isNew } = answer
    return c.json({ id, place, precedence, isNew }, isNew ? 201 : 200)
  })

  app.openAPIRegistry.registerPath(layDown)
  app.post(layDown.path, async c => {
    const answer = await commit(intake, parseJson(await c.req.text()))
    if (answer.kind === 'refused') return c.json(withCures(answer.reasons), answer.status)
    return c.json({ hash: answer.hash, precedence: answer.precedence }, 201)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
