import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

/** A server's certificate and key, and the authority that vouches for it, all in PEM. */
export interface Certificate {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

const DAY = 24 * 3600 * 1000
const makeKeys = promisify(generateKeyPair)

/**
 * Makes an authority, has it vouch for some hosts (RFC 5280), and forgets its key: nobody can have it vouch for anything else.
 * Good for two days.
 */
export async function makeCertificate(hosts: readonly string[], now: Date): Promise<Certificate> {
  const [above, own] = await Promise.all([keysInPem(), keysInPem()])
  const name = [{ name: 'commonName', value: 'Arete gateway of one attempt' }]
  const authority = build(above.public, name, name, now, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  const certificate = build(own.public, [{ name: 'commonName', value: hosts[0]! }], name, now, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: hosts.map(value => ({ type: 2, value })) },
    // Python refuses a certificate that does not say whose key signed it.
    { name: 'authorityKeyIdentifier', keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes() },
  ])
  const key = forge.pki.privateKeyFromPem(above.private)
  for (const one of [authority, certificate]) one.sign(key, forge.md.sha256.create())
  return {
    authority: forge.pki.certificateToPem(authority),
    certificate: forge.pki.certificateToPem(certificate),
    key: own.private,
  }
}

function build(
  publicKey: string,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  now: Date,
  extensions: object[],
): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`
  certificate.validity.notBefore = new Date(now.getTime() - DAY)
  certificate.validity.notAfter = new Date(now.getTime() + 2 * DAY)
  certificate.setSubject(subject)
  certificate.setIssuer(issuer)
  certificate.setExtensions(extensions)
  return certificate
}

async function keysInPem(): Promise<{ public: string; private: string }> {
  const keys = await makeKeys('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { public: keys.publicKey, private: keys.privateKey }
}
