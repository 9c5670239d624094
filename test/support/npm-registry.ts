import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { tarOf } from './tar.ts'

/** A registry of npm on this machine that has one package, and tells what it was asked for. */
export async function openRegistry(name: string, source: string) {
  const manifest = { name, version: '1.0.0', main: 'index.js' }
  const tarball = gzipSync(
    tarOf([
      { name: 'package/package.json', content: JSON.stringify(manifest) },
      { name: 'package/index.js', content: source },
    ]),
  )
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    const { url = '' } = request
    asked.push(url)
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const dist = { tarball: `${address}${name}.tgz`, integrity }
    if (url === `/${name}`)
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: '1.0.0' },
          versions: { '1.0.0': { ...manifest, dist } },
        }),
      )
    else if (url === `/${name}.tgz`) response.end(tarball)
    else response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    address,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
