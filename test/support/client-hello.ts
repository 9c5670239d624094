/** The first message of TLS for a server's name, as short as may be. */
export function buildHello(name: string): Buffer {
  const host = Buffer.from(name)
  const two = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
  const names = Buffer.concat([Buffer.from([0]), two(host.length), host])
  const extension = Buffer.concat([two(0), two(names.length + 2), two(names.length), names])
  const random = Buffer.alloc(32)
  const body = Buffer.concat([
    ...[two(0x303), random, Buffer.from([0]), two(2), two(0x1301), Buffer.from([1, 0])],
    ...[two(extension.length), extension],
  ])
  const message = Buffer.concat([Buffer.from([1, 0]), two(body.length), body])
  return Buffer.concat([Buffer.from([22, 3, 1]), two(message.length), message])
}
