import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../validator/config.ts'
import { makeFolder } from '../support/folder.ts'

/** Settings as they are read from a data folder with this file in it. */
function load(toml: string, env: Record<string, string> = {}) {
  const folder = makeFolder({ 'arete.toml': toml })
  return loadConfig({ ARETE_DATA: folder, ...env })
}

function reasonsOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  throw new Error('there was nothing wrong')
}

test('with no settings at all there is a local validator', () => {
  const folder = makeFolder({})

  expect(loadConfig({ ARETE_DATA: folder })).toMatchObject({
    ...{ network: 'local', netuid: 0, listen: { host: '127.0.0.1', port: 8062 }, file: undefined },
    records: {
      data: folder,
      databaseUrl: undefined,
      blobs: { kind: 'disk', folder: path.join(folder, 'blobs') },
    },
  })
})

test('nop and the repair agent stand on every board unless the operator says otherwise; the oracle never does', () => {
  expect(load('').references).toEqual(['nop', 'repair'])
  expect(load('references = []\n').references).toEqual([])
  expect(reasonsOf(() => load('references = ["oracle"]\n'))).toMatch(
    /references\.0: the oracle knows the answers/,
  )
})

test('the environment counts more than the file', () => {
  const toml = 'netuid = 7\nlogLevel = "error"\n[listen]\nport = 1\n'

  expect(load(toml)).toMatchObject({ netuid: 7, listen: { host: '127.0.0.1', port: 1 } })
  expect(load(toml, { ARETE_NETUID: '9', ARETE_LISTEN: '[::1]:80', ARETE_LOG_LEVEL: 'debug' })).toMatchObject(
    {
      ...{ netuid: 9, listen: { host: '::1', port: 80 }, logLevel: 'debug' },
    },
  )
})

test('everything that is wrong is said at once, by file and key, with what may have been meant', () => {
  const said = reasonsOf(() =>
    load('netuids = 3\nfee = "much"\n[window]\nblocks = 0\n', {
      ...{ ARETE_LISTEN: 'here', DATABASE_URL: 'mysql://u:hidden@h/d' },
    }),
  )

  expect(
    said
      .replaceAll(/\/\S*arete\.toml/g, 'arete.toml')
      .split('\n')
      .slice(1)
      .map(line => line.trim()),
  ).toEqual([
    'DATABASE_URL: expected postgres://…',
    'ARETE_LISTEN: expected host:port, not "here"',
    expect.stringMatching(/^arete\.toml: window\.blocks: .*1/),
    expect.stringMatching(/^arete\.toml: fee: .*"none"/),
    'arete.toml: netuids: there is no such key; did you mean "netuid"?',
  ])
  expect(said).not.toContain('hidden')
})

test.each([
  { what: 'TOML that is none', toml: 'netuid = = 1', says: /arete\.toml: Invalid TOML/ },
  {
    what: 'a key that is near another',
    toml: 'netuids = 3',
    says: /netuids: there is no such key; did you mean "netuid"\?/,
  },
  { what: 'half of a bucket', toml: '', env: { ARETE_S3_BUCKET: 'b' }, says: /ARETE_S3_ENDPOINT: missing/ },
  {
    what: 'a network without a wallet',
    toml: 'network = "finney"',
    says: /wallet: needed on the network "finney"/,
  },
  { what: 'a fee on the chain without a price', toml: 'fee = "chain"', says: /rao: the price belongs to/ },
  { what: 'a price for nothing', toml: 'rao = 5', says: /rao: the price belongs to/ },
  {
    what: 'a name of a worker that could be anything',
    toml: '[worker]\nname = "My Machine"',
    says: /worker\.name: small letters/,
  },
  { what: 'a port that is none', toml: '', env: { ARETE_LISTEN: 'h:99999' }, says: /listen\.port/ },
])('$what', ({ toml, env, says }) => {
  expect(reasonsOf(() => load(toml, env))).toMatch(says)
})

test('the settings that the README shows can be started with', () => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, '../../validator/README.md'), 'utf8')
  const shown = /```toml\n(.*?)```/s.exec(text)![1]!

  expect(load(shown)).toMatchObject({ network: 'finney', netuid: 120, wallet: { name: 'validator' } })
})
