import fs from 'node:fs'
import tls from 'node:tls'
import { joinFiles } from '../archive.ts'
import type { Files } from '../sandbox.ts'
import { type RecordedCall, readCalls } from './calls.ts'
import { makeCertificate } from './certificate.ts'
import type { Interception, ModelDoor } from './door.ts'
import type { Gateway } from './gateway.ts'
import type { SessionOptions, SessionReport } from './session.ts'

/** The models of one attempt, as the phases see them. */
export interface AttemptModels {
  readonly door: ModelDoor
  /** What lies in `/sandbox` while the agent works. */
  readonly files: Files | undefined
  /** Ends all calls. What was used is known then; a second time it gives the same. */
  readonly end: () => Promise<SessionReport>
  readonly calls: () => RecordedCall[]
}

/** Hosts that agents of Ridges have written into them. */
export const INTERCEPTED = ['openrouter.ai', 'api.openrouter.ai']
/** Where the certificate lies by which they trust the gateway instead. */
export const TRUST = '/sandbox/certificates.pem'

/**
 * Opens the models of one attempt.
 *
 * @param intercepts - whether calls of hosts that agents have written into them come to the gateway: the key for that is here
 * and nowhere else, and what vouches for it is in this one container
 */
export async function openAttemptModels(
  gateway: Gateway,
  environment: string,
  options: SessionOptions & { readonly intercepts: boolean },
): Promise<AttemptModels> {
  const made = options.intercepts ? await makeCertificate(INTERCEPTED, new Date()) : undefined
  const session = gateway.open(environment, options)
  const context = made && tls.createSecureContext({ cert: made.certificate, key: made.key })
  const intercepted: Interception | undefined = context && {
    hosts: INTERCEPTED,
    acceptSecure: channel => {
      const secure = new tls.TLSSocket(channel as unknown as import('node:net').Socket, {
        isServer: true,
        secureContext: context,
        ALPNProtocols: ['http/1.1'],
      })
      secure.on('error', () => channel.destroy())
      gateway.accept(secure, session)
    },
  }
  let ended: Promise<SessionReport> | undefined
  return {
    door: {
      accept: channel => gateway.accept(channel, session),
      ...(intercepted === undefined ? {} : { intercepted }),
    },
    files: made && trustFile(made.authority),
    end: () => {
      ended ??= session.end()
      return ended
    },
    calls: () => readCalls(fs.readFileSync(options.file, 'utf8')),
  }
}

/**
 * Whom programs trust: everybody whom Node does, and the gateway if its authority is given. Programs read one file only: with nobody
 * else in it they would trust no host that their task lists.
 */
export function trustFile(authority?: string): Files {
  const all = [...(authority === undefined ? [] : [authority]), ...tls.rootCertificates]
  const content = Buffer.from(all.join('\n'))
  return joinFiles([{ path: 'certificates.pem', mode: 0o444, content }])
}
