import { expect, test } from 'vitest'
import { findTarget } from '../../../sandbox/gateway/paths.ts'

test.each([
  ['POST /v1/chat/completions', { kind: 'chat', form: 'openai' }],
  ['POST /api/v1/chat/completions', { kind: 'chat', form: 'openai' }],
  ['POST /chat/completions/', { kind: 'chat', form: 'openai' }],
  ['POST //v1/embeddings', { kind: 'embeddings', form: 'openai' }],
  ['POST /api/inference', { kind: 'chat', form: 'ridges' }],
  ['POST /api/embedding', { kind: 'embeddings', form: 'ridges' }],
  ['POST /agents/inference', { kind: 'chat', form: 'ridges-first' }],
  ['GET /v1/models?limit=5', { kind: 'models', form: 'openai' }],
  ['GET /api/v1/usage', { kind: 'usage' }],
  ['GET /api/usage?evaluation_run_id=1', { kind: 'usage' }],
  ['GET /api/v1/key', { kind: 'key' }],
  ['GET /api/inference-models', { kind: 'models', form: 'ridges' }],
  ['GET /healthz', { kind: 'health' }],
  ['GET /v1/chat/completions', { kind: 'wrong-method' }],
  ['POST /v1/models', { kind: 'wrong-method' }],
  ['TRACE /v1/chat/completions', { kind: 'wrong-method' }],
  ['PUT /v1/models', { kind: 'wrong-method' }],
  ['POST /v1/responses', { kind: 'unknown' }],
  ['GET /__proto__', { kind: 'unknown' }],
  ['GET /constructor', { kind: 'unknown' }],
])('%s', (line, target) => {
  const [method, url] = line.split(' ') as [string, string]

  expect(findTarget(method, url)).toEqual(target)
})
