import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../../sandbox/gateway/certificate.ts'

test('whoever trusts the authority believes the host, and nobody else does', async () => {
  const { authority, certificate, key } = await makeCertificate(
    ['openrouter.ai', 'api.openrouter.ai'],
    new Date(),
  )
  await using server = await serve(certificate, key)

  expect(await connect(server.port, 'openrouter.ai', authority)).toBe('trusted')
  expect(await connect(server.port, 'api.openrouter.ai', authority)).toBe('trusted')
  expect(await connect(server.port, 'example.com', authority)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  expect(await connect(server.port, 'openrouter.ai', undefined)).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/)
})

test('each attempt has an authority of its own, for two days', async () => {
  const now = new Date('2026-11-29T12:00:00Z')
  const [one, other] = await Promise.all([1, 2].map(() => makeCertificate(['openrouter.ai'], now)))

  const server = new X509Certificate(one!.certificate)

  expect(server.verify(new X509Certificate(one!.authority).publicKey)).toBe(true)
  expect(server.verify(new X509Certificate(other!.authority).publicKey)).toBe(false)
  expect(new Date(server.validTo).getTime() - now.getTime()).toBe(2 * 24 * 3600 * 1000)
  expect(server.ca).toBe(false)
})

async function serve(cert: string, key: string) {
  const server = tls.createServer({ cert, key }, socket => socket.end())
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

function connect(port: number, servername: string, ca: string | undefined): Promise<string> {
  return new Promise(resolve => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername, ...(ca && { ca }) }, () => {
      resolve('trusted')
      socket.destroy()
    })
    socket.on('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message))
  })
}
