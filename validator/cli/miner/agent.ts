import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { loadAgent } from '../../../sandbox/agent.ts'
import { UsageError } from '../errors.ts'
import { shown, TEMPLATES } from '../places.ts'
import { asJson, plain } from '../text.ts'

/** `arete agent new`: a copy of a template, under the folder's name. */
export async function create(
  folder: string,
  { language }: { language: 'typescript' | 'python' },
): Promise<number> {
  if (fs.existsSync(folder)) throw new UsageError(`Cannot make an agent in ${folder}: it exists already`)
  const name = path.basename(path.resolve(folder))
  fs.cpSync(path.join(TEMPLATES, language), folder, { recursive: true })
  const manifest = path.join(folder, 'agent.json')
  const content = { ...JSON.parse(fs.readFileSync(manifest, 'utf8')), name, version: '0.1.0' }
  fs.writeFileSync(manifest, `${JSON.stringify(content, undefined, 2)}\n`)
  await loadAgent(folder)
  console.log(
    `Made ${shown(folder)} from the ${language} template.
Try it: npx arete run --agent ${shown(folder)}
Without a language model it looks around and changes nothing. With one: OPENROUTER_API_KEY=… npx arete run --agent ${shown(folder)}`,
  )
  return 0
}

/** `arete agent inspect`. */
export async function inspect(source: string, options: { json?: true }): Promise<number> {
  const agent = await loadAgent(source, { installs: true })
  if (agent.kind !== 'program') {
    console.log(options.json ? JSON.stringify({ kind: agent.kind }) : `${agent.kind} is built in`)
    return 0
  }
  const { manifest, digest, files, entry } = agent
  const facts = {
    ...manifest,
    digest,
    bytes: files.body.length,
    files: files.entries.map(file => file.path),
    starts: entry,
  }
  if (options.json) console.log(asJson(facts))
  else {
    console.log(`${manifest.name} ${manifest.version} (${manifest.language})
digest    ${digest}
starts    ${entry}
contents  ${plain(facts.files.join(', '))}, ${facts.bytes} bytes`)
  }
  return 0
}

/** `arete agent pack`: what would be handed in, as a file. */
export async function pack(source: string, options: { out?: string; json?: true }): Promise<number> {
  const { packAgent, unpackAgent } = await import('../../intake/pack.ts')
  const bytes = await packAgent(source)
  const unpacked = await unpackAgent(bytes)
  if ('reasons' in unpacked) throw new TypeError('What was packed cannot be unpacked')
  const { manifest, files } = unpacked
  const out = options.out ?? `${manifest.name}.tar.gz`
  fs.writeFileSync(out, bytes)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const names = files.map(({ path: name }) => name)
  if (options.json) console.log(asJson({ ...manifest, digest, bytes: bytes.length, files: names, out }))
  else
    console.log(`Packed    ${manifest.name} ${manifest.version} into ${shown(out)}, ${bytes.length} bytes
digest    ${digest}
contents  ${plain(names.join(', '))}`)
  return 0
}
