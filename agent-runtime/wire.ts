import type { OutletCommand, OutletReply } from './outlet.ts'

/**
 * What the validator and the resident (our process inside each sandbox) say to each other over the container's
 * attached streams. A frame is: header length and body length (two unsigned 32-bit big-endian numbers), the header as
 * JSON, the body as bytes.
 */
export interface Frame<Header> {
  readonly header: Header
  readonly body: Buffer
}

/** One file, symbolic link or directory; the bytes of files follow each other in the frame's body. */
export interface Entry {
  /** Relative to the root, `/` between parts, never starting with `/`. */
  readonly path: string
  readonly kind: 'file' | 'symlink' | 'directory' | 'other'
  /** Permission bits. */
  readonly mode: number
  /** Bytes of a file in the body; 0 for everything else. */
  readonly size: number
  /** Where a symbolic link points. */
  readonly target?: string
}

export type Command =
  | {
      readonly kind: 'put'
      readonly id: number
      readonly root: string
      readonly uid: number
      readonly gid: number
      readonly remove: readonly string[]
      readonly entries: readonly Entry[]
    }
  | {
      readonly kind: 'run'
      readonly id: number
      readonly argv: readonly string[]
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
      readonly uid: number
      readonly gid: number
      /** stdout, stderr and results together; more ends the process. */
      readonly maxOutputBytes: number
      /** Ends only itself: what else runs goes on, and so does what it leaves behind. Killed after so many seconds. */
      readonly besideSeconds?: number
    }
  /** Starts a program that runs until everything is ended. */
  | {
      readonly kind: 'start'
      readonly id: number
      readonly argv: readonly string[]
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
      readonly uid: number
      readonly gid: number
    }
  /** Ends every process of the container but the resident. */
  | { readonly kind: 'kill'; readonly id: number }
  /** Takes note of what a folder holds now, for `changes`. */
  | { readonly kind: 'remember'; readonly id: number; readonly root: string }
  /** What differs in the folder since `remember`; `.git` is left out. */
  | {
      readonly kind: 'changes'
      readonly id: number
      readonly root: string
      readonly maxBytes: number
      readonly maxEntries: number
    }
  /** Reads folders or files as they are; what does not exist is left out. */
  | {
      readonly kind: 'read'
      readonly id: number
      readonly paths: readonly string[]
      readonly maxBytes: number
      readonly maxEntries: number
    }
  | OutletCommand

export type Reply =
  | OutletReply
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number }
  /** A command could not be carried out; the sandbox stays usable. */
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | {
      readonly kind: 'output'
      readonly id: number
      readonly stream: 'stdout' | 'stderr' | 'results'
    }
  | {
      readonly kind: 'exit'
      readonly id: number
      readonly code: number | null
      readonly signal: string | null
      readonly flooded: boolean
    }
  | {
      readonly kind: 'tree'
      readonly id: number
      readonly entries: readonly Entry[]
      readonly removed: readonly string[]
      /** More than `maxBytes` or `maxEntries`: what is here is not all. */
      readonly truncated: boolean
    }

const PREFIX_BYTES = 8

export function encodeFrame(header: Command | Reply, body: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + json.length + body.length)
  frame.writeUInt32BE(json.length, 0)
  frame.writeUInt32BE(body.length, 4)
  json.copy(frame, PREFIX_BYTES)
  frame.set(body, PREFIX_BYTES + json.length)
  return frame
}

/**
 * Gives a function that takes bytes as they arrive and returns the frames that are whole.
 *
 * @throws RangeError if a frame announces more than `maxHeaderBytes` or `maxBodyBytes`
 * @throws SyntaxError if a header is not JSON
 */
export function openFrameReader(limits: { maxHeaderBytes: number; maxBodyBytes: number }) {
  let chunks: Buffer[] = []
  let buffered = 0
  let wanted = PREFIX_BYTES

  return (chunk: Buffer): Frame<unknown>[] => {
    chunks.push(chunk)
    buffered += chunk.length
    const frames: Frame<unknown>[] = []
    while (buffered >= wanted) {
      const bytes: Buffer = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      const headerBytes = bytes.readUInt32BE(0)
      const bodyBytes = bytes.readUInt32BE(4)
      if (headerBytes > limits.maxHeaderBytes || bodyBytes > limits.maxBodyBytes) {
        throw new RangeError(`Frame of ${headerBytes} + ${bodyBytes} bytes is over the limit`)
      }
      const end = PREFIX_BYTES + headerBytes + bodyBytes
      if (bytes.length < end) {
        chunks = [bytes]
        wanted = end
        break
      }
      frames.push({
        header: JSON.parse(bytes.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + headerBytes)),
        body: bytes.subarray(PREFIX_BYTES + headerBytes, end),
      })
      chunks = end === bytes.length ? [] : [bytes.subarray(end)]
      buffered = bytes.length - end
      wanted = PREFIX_BYTES
    }
    return frames
  }
}
