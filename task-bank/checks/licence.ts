/** Licences by sentences that only they have, the more special first; the names are those of SPDX. */
const TEXTS: readonly (readonly [name: string, text: RegExp])[] = [
  ['AGPL-3.0', /gnu affero general public license\s+version 3/],
  ['LGPL-3.0', /gnu lesser general public license\s+version 3/],
  ['LGPL-2.1', /gnu lesser general public license\s+version 2\.1/],
  ['GPL-3.0', /gnu general public license\s+version 3/],
  ['GPL-2.0', /gnu general public license\s+version 2/],
  ['Apache-2.0', /apache license,?\s+version 2\.0/],
  ['MPL-2.0', /mozilla public license,?\s+(version|v\.) ?2\.0/],
  ['EPL-2.0', /eclipse public license\s+-?\s*v ?2\.0/],
  ['BSL-1.0', /boost software license\s+-?\s*version 1\.0/],
  ['CC0-1.0', /cc0 1\.0 universal/],
  ['Unlicense', /this is free and unencumbered software released into the public domain/],
  ['ISC', /permission to use, copy, modify, and(\/or)? distribute this software .{0,60}granted, provided/],
  ['0BSD', /permission to use, copy, modify, and(\/or)? distribute this software for any purpose/],
  ['MIT', /permission is hereby granted, free of charge, to any person obtaining a copy/],
  ['BSD-3-Clause', /redistribution and use in source and binary forms.*\bneither the name\b/],
  ['BSD-2-Clause', /redistribution and use in source and binary forms/],
  ['PSF-2.0', /python software foundation license version 2/],
]
const FILES = /^(licen[cs]e|copying|unlicense)([-._].*)?$/i
/** A text of a licence is longer than its name and shorter than this. */
const MAX_LENGTH = 2 ** 17

/** What says under which licence a tree may be used, and where it says so. */
export interface Licence {
  /** As SPDX names it; `other` if there is a text that is none of the usual ones. */
  readonly name: string
  readonly file: string
}

/**
 * The licence of a repository: of a licence file at its top, else as its package's manifest names it, else by the first mark
 * `SPDX-License-Identifier` in it.
 *
 * @param read - the text of a file
 */
export function findLicence(files: readonly string[], read: (file: string) => string): Licence | undefined {
  const top = files.filter(file => !file.includes('/'))
  const licence = top.find(file => FILES.test(file))
  if (licence !== undefined) return { name: nameOf(read(licence).slice(0, MAX_LENGTH)), file: licence }
  for (const [file, pattern] of MANIFESTS) {
    const name = top.includes(file) ? pattern.exec(read(file).slice(0, MAX_LENGTH))?.[1] : undefined
    if (name !== undefined) return { name, file }
  }
  for (const file of files) {
    const name = MARK.exec(read(file).slice(0, 2000))?.[1]
    if (name !== undefined) return { name, file }
  }
  return undefined
}

const MARK = /SPDX-License-Identifier:\s*([A-Za-z0-9.+-]+)/
const MANIFESTS: readonly (readonly [file: string, pattern: RegExp])[] = [
  ['package.json', /"license"\s*:\s*"([^"\n]{2,60})"/],
  ['pyproject.toml', /^license\s*=\s*(?:\{\s*text\s*=\s*)?["']([^"'\n]{2,60})["']/m],
  ['setup.cfg', /^license\s*=\s*(\S.{1,60})$/m],
  ['Cargo.toml', /^license\s*=\s*"([^"\n]{2,60})"/m],
]

function nameOf(text: string): string {
  const plain = text.toLowerCase().replaceAll(/\s+/g, ' ')
  return MARK.exec(text)?.[1] ?? TEXTS.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'other'
}
