import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { type BlobSettings, type Blobs, openBlobs } from './blobs.ts'
import { type Database, openDatabase } from './database.ts'

/** Where the records of a validator are: everything that its parts on other machines have in common. */
export interface RecordSettings {
  /** Its data folder on this machine. */
  readonly data: string
  readonly databaseUrl: string | undefined
  readonly blobs: BlobSettings
}

const Variables = z.object({
  ARETE_DATA: z.string().min(1).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://…')
    .optional(),
  ARETE_S3_ENDPOINT: z.url().optional(),
  ARETE_S3_BUCKET: z.string().min(1).optional(),
  ARETE_S3_REGION: z.string().min(1).default('us-east-1'),
  ARETE_S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  ARETE_S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
})

/** Reads the environment, or says all that is wrong with it, without the values: some are secrets. */
export function readRecordSettings(
  env: Readonly<Record<string, string | undefined>>,
): RecordSettings | { readonly mistakes: readonly string[]; readonly data: string } {
  const parsed = Variables.safeParse(env)
  const data = path.resolve(env.ARETE_DATA || defaultData())
  if (!parsed.success)
    return { data, mistakes: parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) }
  const found = parsed.data
  const s3 = {
    ARETE_S3_ENDPOINT: found.ARETE_S3_ENDPOINT,
    ARETE_S3_BUCKET: found.ARETE_S3_BUCKET,
    ARETE_S3_ACCESS_KEY_ID: found.ARETE_S3_ACCESS_KEY_ID,
    ARETE_S3_SECRET_ACCESS_KEY: found.ARETE_S3_SECRET_ACCESS_KEY,
  }
  const missing = Object.entries(s3).filter(([, value]) => value === undefined)
  if (missing.length === 4)
    return {
      data,
      databaseUrl: found.DATABASE_URL,
      blobs: { kind: 'disk', folder: path.join(data, 'blobs') },
    }
  if (missing.length > 0)
    return { data, mistakes: missing.map(([name]) => `${name}: missing, though others of ARETE_S3_ are set`) }
  return {
    data,
    databaseUrl: found.DATABASE_URL,
    blobs: {
      kind: 's3',
      endpoint: s3.ARETE_S3_ENDPOINT!,
      bucket: s3.ARETE_S3_BUCKET!,
      region: found.ARETE_S3_REGION,
      accessKeyId: s3.ARETE_S3_ACCESS_KEY_ID!,
      secretAccessKey: s3.ARETE_S3_SECRET_ACCESS_KEY!,
    },
  }
}

/** Opens database and blobs. */
export async function openRecords(
  { data, databaseUrl, blobs }: RecordSettings,
  say?: (message: string) => void,
): Promise<{ readonly database: Database; readonly blobs: Blobs } & AsyncDisposable> {
  const opened = await openBlobs(blobs)
  const database = await openDatabase({
    url: databaseUrl,
    folder: path.join(data, 'database'),
    ...(say === undefined ? {} : { say }),
  })
  return { database, blobs: opened, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

function defaultData(): string {
  return process.getuid?.() === 0 ? '/var/lib/arete' : path.join(os.homedir(), '.local/share/arete')
}
