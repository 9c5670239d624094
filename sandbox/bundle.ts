import fs from 'node:fs'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'

const RUNTIME_FOLDER = path.resolve(import.meta.dirname, '../agent-runtime')

/**
 * Makes one file of a TypeScript or JavaScript agent. This happens on the host, with code of a stranger: only files below
 * `root` and our own runtime, which miners import as `arete`, can come into it, and no settings are read from disk.
 *
 * @returns the bundle, or each mistake as `file:line: message`
 */
export async function bundleAgent(
  root: string,
  entry: string,
): Promise<{ content: Uint8Array } | { mistakes: string[] }> {
  try {
    const result = await build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      tsconfigRaw: {},
      alias: { arete: path.join(RUNTIME_FOLDER, 'index.ts') },
      banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
      plugins: [onlyBelow([root, RUNTIME_FOLDER])],
      logLevel: 'silent',
    })
    return { content: result.outputFiles[0]!.contents }
  } catch (error) {
    const { errors = [] } = error as {
      errors?: { text: string; location?: { file: string; line: number } | null }[]
    }
    if (errors.length === 0) throw error
    return {
      mistakes: errors.map(
        ({ text, location }) => `${location?.file ?? path.basename(entry)}:${location?.line ?? 1}: ${text}`,
      ),
    }
  }
}

/** Refuses every file whose real place is outside the given folders, links included. */
function onlyBelow(folders: readonly string[]): Plugin {
  const roots = folders.map(folder => `${fs.realpathSync(folder)}${path.sep}`)
  return {
    name: 'only-below',
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path: file }) => {
        const real = fs.realpathSync(file)
        if (roots.some(root => real.startsWith(root))) return undefined
        return { errors: [{ text: `"${path.basename(file)}" lies outside the agent's folder` }] }
      })
    },
  }
}
