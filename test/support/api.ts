import { expect } from 'vitest'
import { z } from 'zod'

type Json = Record<string, unknown>
interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Json }> }>
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>
}

/** An API that is held to its own document: each answer must be one that is described there, with no more in it than that. */
export interface Api {
  readonly operations: readonly string[]
  /** Which of them were asked for. */
  readonly asked: Set<string>
  readonly ask: (
    path: string,
    request?: RequestInit,
  ) => Promise<{ status: number; body: never; response: Response }>
}

export async function openApi(url: string): Promise<Api> {
  const document = (await (await fetch(`${url}/v1/openapi.json`)).json()) as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  const asked = new Set<string>()
  return {
    operations,
    asked,
    async ask(path, request = {}) {
      const { method = 'GET' } = request
      const response = await fetch(`${url}${path}`, request)
      const known = operations.find(one => toPattern(one).test(`${method} ${path.split('?')[0]}`))
      expect(known, `${method} ${path} is not described`).toBeDefined()
      asked.add(known!)
      const [verb, template] = known!.split(' ') as [string, string]
      const { responses } = document.paths[template]![verb.toLowerCase()]!
      const described = responses[String(response.status)]
      expect(described, `${known} is not said to answer ${response.status}`).toBeDefined()
      const type = (response.headers.get('content-type') ?? '').split(';')[0]!
      const content = described!.content?.[type]
      expect(content, `${known} is not said to answer ${response.status} with ${type}`).toBeDefined()
      if (type !== 'application/json') return { status: response.status, body: undefined as never, response }
      const body: unknown = await response.json()
      z.fromJSONSchema(resolve(document, content!.schema) as never).parse(body)
      return { status: response.status, body: body as never, response }
    },
  }
}

function toPattern(operation: string): RegExp {
  return new RegExp(`^${operation.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}

/** Without references, and with nothing allowed that is not named. */
function resolve(document: unknown, schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(one => resolve(document, one))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $ref, ...rest } = schema as Json
  if (typeof $ref === 'string') {
    const found = $ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Json)[key], document)
    return resolve(document, found)
  }
  const entries = Object.entries(rest).map(([key, value]) => [key, resolve(document, value)])
  const isClosed = 'properties' in rest && !('additionalProperties' in rest)
  return { ...Object.fromEntries(entries), ...(isClosed ? { additionalProperties: false } : {}) }
}
