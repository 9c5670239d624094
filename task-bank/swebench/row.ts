import { z } from 'zod'
import { TaskError } from '../errors.ts'
import type { LaidFile } from '../task.ts'

/** Test ids, as a list or as the text of a JSON list, which is how the published tables hold them. */
const Ids = z
  .union([z.string(), z.array(z.string())])
  .transform((given, context) => {
    if (typeof given !== 'string') return given
    const ids = z.array(z.string()).safeParse(parseJson(given))
    if (ids.success) return ids.data
    context.addIssue({
      code: 'custom',
      message: 'expected a list of test ids, or a text that holds one as JSON',
    })
    return z.NEVER
  })
  .transform(ids => [...new Set(ids)])

const Optional = <T extends z.ZodType>(type: T) => type.nullish().transform(value => value ?? undefined)
const Text = z.string().refine(text => !text.includes('\0'), 'expected a text without NUL')

/** Files by their path below some folder, in base64. */
const Files = z
  .record(z.string(), z.string())
  .refine(files => Object.keys(files).every(isInside), 'expected paths inside the folder only')

function isInside(name: string): boolean {
  const parts = name.split('/')
  return name.length <= 1000 && !name.includes('\0') && !parts.some(part => /^(|\.{1,2}|\.git)$/.test(part))
}

/**
 * One problem of the SWE-bench family: a row of the classic table, or one of version 5, which also says how it is run. Columns
 * that we do not know are kept.
 */
export const Row = z.looseObject({
  /** Name of a folder, too: nothing in it may lead anywhere. */
  instance_id: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,199}$/, 'expected letters, digits and _ . - only, 200 at most')
    .refine(id => !id.includes('..'), 'expected no ".." in it'),
  repo: z.string().regex(/^[A-Za-z0-9][\w.-]*\/[\w.-]+$/, 'expected owner/name'),
  base_commit: z.string().regex(/^[0-9a-f]{7,64}$/, 'expected the hexadecimal id of a commit'),
  /** The reference, as a unified diff. */
  patch: Text,
  test_patch: Text,
  problem_statement: Text,
  FAIL_TO_PASS: Ids,
  PASS_TO_PASS: Ids,
  hints_text: Optional(Text),
  created_at: Optional(z.union([z.string(), z.number()]).transform(String)),
  version: Optional(z.union([z.string(), z.number()]).transform(String)),
  log_parser: Optional(z.string()),
  eval_type: Optional(z.enum(['pass_and_fail', 'fail_only'])),
  eval_script: Optional(Text),
  /** Binary files that a diff cannot carry, by their path in the repository, in base64. */
  test_assets: Optional(Files),
  /** What its image is built of, where nobody has it: a `Dockerfile` and the files beside it, by their path, in base64. */
  build_files: Optional(
    Files.refine(files => Object.hasOwn(files, 'Dockerfile'), 'expected a Dockerfile among them'),
  ),
  image: Optional(z.string().regex(/^[\w][\w.\-/:@+]*$/, 'expected the reference of an image')),
})
export type Row = z.infer<typeof Row>

/**
 * Reads one row.
 *
 * @returns the row, or each mistake as `key: what was expected`
 */
export function parseRow(value: unknown): { row: Row } | { mistakes: string[] } {
  const parsed = Row.safeParse(value)
  if (parsed.success) return { row: withoutAbsent(parsed.data) }
  return {
    mistakes: parsed.error.issues.map(issue => {
      const key = issue.path.join('.') || 'row'
      return issue.code === 'invalid_type' && issue.path.length === 1 && !hasKey(value, key)
        ? `${key}: missing`
        : `${key}: ${issue.message}`
    }),
  }
}

/** @throws TaskError for rows with mistakes, each with its place, and for an id that stands twice */
export function parseRows(file: string, values: Iterable<{ place: string; value: unknown }>): Row[] {
  const rows: Row[] = []
  const reasons: string[] = []
  const seen = new Set<string>()
  for (const { place, value } of values) {
    const parsed = parseRow(value)
    if ('mistakes' in parsed) reasons.push(...parsed.mistakes.map(mistake => `${place}: ${mistake}`))
    else if (seen.has(parsed.row.instance_id))
      reasons.push(`${place}: instance_id: "${parsed.row.instance_id}" stands twice`)
    else {
      seen.add(parsed.row.instance_id)
      rows.push(parsed.row)
    }
    if (reasons.length >= 20) break
  }
  if (reasons.length > 0) throw new TaskError(file, reasons)
  return rows
}

/** What a row's test patch cannot carry. */
export function assetFiles({ test_assets }: Row): LaidFile[] {
  return Object.entries(test_assets ?? {}).map(([name, content]) => ({
    path: name,
    mode: 0o644,
    content: Buffer.from(content, 'base64'),
  }))
}

/** A row as the published tables hold it, for writing: lists of ids are texts. */
export function renderRow(row: Row): Record<string, unknown> {
  return {
    ...row,
    FAIL_TO_PASS: JSON.stringify(row.FAIL_TO_PASS),
    PASS_TO_PASS: JSON.stringify(row.PASS_TO_PASS),
  }
}

/** What nobody wrote is not there, so that a row that is written and read again is the same. */
function withoutAbsent(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
