import { withoutSlashes } from '../slashes.ts'

/** In which form a call comes, and its answer is expected. */
export type Form =
  | 'openai'
  /** Ridges, until 2026: `{ content, tool_calls }`. */
  | 'ridges'
  /** Ridges, autumn 2025: the bare text, the bare vector. */
  | 'ridges-first'

export type Target =
  | { readonly kind: 'chat' | 'embeddings'; readonly form: Form }
  | { readonly kind: 'models' | 'embedding-models'; readonly form: 'openai' | 'ridges' }
  | { readonly kind: 'usage' | 'key' | 'health' }

const POST: Readonly<Record<string, Target>> = {
  '/v1/chat/completions': { kind: 'chat', form: 'openai' },
  '/v1/embeddings': { kind: 'embeddings', form: 'openai' },
  '/inference': { kind: 'chat', form: 'ridges' },
  '/embedding': { kind: 'embeddings', form: 'ridges' },
  '/agents/inference': { kind: 'chat', form: 'ridges-first' },
  '/agents/embedding': { kind: 'embeddings', form: 'ridges-first' },
}

const GET: Readonly<Record<string, Target>> = {
  '/v1/models': { kind: 'models', form: 'openai' },
  '/v1/embeddings/models': { kind: 'embedding-models', form: 'openai' },
  '/v1/usage': { kind: 'usage' },
  '/usage': { kind: 'usage' },
  '/v1/key': { kind: 'key' },
  '/v1/auth/key': { kind: 'key' },
  '/inference-models': { kind: 'models', form: 'ridges' },
  '/embedding-models': { kind: 'embedding-models', form: 'ridges' },
  '/healthz': { kind: 'health' },
}

export type Found = Target | { readonly kind: 'wrong-method' } | { readonly kind: 'unknown' }

/** What a request is for. `/api` in front of a path says nothing, and neither does a slash behind it. */
export function findTarget(method: string, url: string): Found {
  const path = withoutSlashes(url.split('?', 1)[0]!)
    .replace(/^\/+/, '/')
    .replace(/^\/api(?=\/)/, '')
    .replace(/^\/(?=chat\/completions$|embeddings$|models$)/, '/v1/')
  const own = method === 'POST' ? POST : method === 'GET' || method === 'HEAD' ? GET : {}
  if (Object.hasOwn(own, path)) return own[path]!
  return { kind: Object.hasOwn(GET, path) || Object.hasOwn(POST, path) ? 'wrong-method' : 'unknown' }
}

/** For whoever asked for something else. */
export function sayPaths(): string {
  return [
    ...Object.keys(POST).map(path => `POST ${path}`),
    ...Object.keys(GET).map(path => `GET ${path}`),
  ].join(', ')
}
