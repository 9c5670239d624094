import { z } from 'zod'

export const LANGUAGES = ['typescript', 'javascript', 'python', 'command'] as const

const PRINTABLE = /^\P{C}*$/u

/** `agent.json`: what a miner says about the agent in a folder. */
export const AgentManifest = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][\w.-]{0,63}$/,
      'up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit',
    ),
  version: z.string().min(1).max(64).regex(PRINTABLE, 'a text without control characters'),
  language: z.enum(LANGUAGES),
  /** File that holds the agent, relative to the folder. */
  entry: z
    .string()
    .min(1)
    .max(512)
    .regex(PRINTABLE, 'a path without control characters')
    .refine(entry => !entry.startsWith('/') && !entry.split('/').includes('..'), 'a path inside the folder'),
  /** Models it would like to use. */
  models: z.array(z.string().min(1).max(200)).max(20).optional(),
  /** SPDX expression: what others may do with its conversations. */
  license: z
    .string()
    .regex(/^[A-Za-z0-9.+() -]{1,100}$/, 'an SPDX expression, such as MIT')
    .optional(),
  /** Whether its author agrees that models are trained on the conversations of its solved attempts. */
  training: z.boolean().optional(),
  /** Packages of npm with their exact versions that lie in `node_modules/` beside a command; validators take none. */
  packages: z
    .record(
      z.string().regex(/^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, 'the name of a package'),
      z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/, 'an exact version'),
    )
    .optional(),
})
export type AgentManifest = z.infer<typeof AgentManifest>
