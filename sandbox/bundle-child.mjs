import fs from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

// A process of its own: some sources crash the bundler, and it does not start again in the process that asked. Should that one be
// gone, the timer below ends this one.
setTimeout(() => process.exit(1), 30_000).unref()
const [root, entry, runtime] = process.argv.slice(2)
try {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    tsconfigRaw: {},
    alias: { arete: path.join(runtime, 'index.ts') },
    banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
    plugins: [onlyBelow([root, runtime])],
    logLevel: 'silent',
    logLimit: 20,
  })
  fs.writeSync(1, 'C')
  writeAll(outputFiles[0].contents)
} catch (error) {
  if (!Array.isArray(error.errors) || error.errors.length === 0) throw error
  const mistakes = error.errors.map(
    ({ text, location }) => `${location?.file ?? path.basename(entry)}:${location?.line ?? 1}: ${text}`,
  )
  writeAll(Buffer.from(`M${JSON.stringify(mistakes)}`))
}

/** Refuses every file whose real place is outside the given folders, links included. */
function onlyBelow(folders) {
  const roots = folders.map(folder => `${fs.realpathSync(folder)}${path.sep}`)
  return {
    name: 'only-below',
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: 'file' }, ({ path: file }) => {
        const real = fs.realpathSync(file)
        if (roots.some(folder => real.startsWith(folder))) return undefined
        return { errors: [{ text: `"${path.basename(file)}" lies outside the agent's folder` }] }
      })
    },
  }
}

function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at)
}
