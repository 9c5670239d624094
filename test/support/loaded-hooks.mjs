import fs from 'node:fs'

/** Writes the address of every module that a program loads to the file that a variable names. */
export async function load(url, context, next) {
  fs.appendFileSync(process.env.LOADED_MODULES, `${url}\n`)
  return await next(url, context)
}
