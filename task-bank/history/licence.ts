/** A licence as found in a repository: its SPDX identifier, and where it says so. */
export interface Licence {
  readonly id: string
  readonly file: string
}

/** Names of files in which a repository states its licence, at its top. */
export const LICENCE_FILE = /^(un)?licen[cs]e([.-][^/]*)?$|^copying([.-][^/]*)?$/i

/** A phrase that stands in the text of this licence and of none above it. */
const PHRASES: readonly (readonly [id: string, phrase: RegExp])[] = [
  ['AGPL-3.0', /GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-3.0', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-2.1', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/i],
  ['GPL-3.0', /GNU GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['GPL-2.0', /GNU GENERAL PUBLIC LICENSE\s+Version 2/i],
  ['MPL-2.0', /Mozilla Public License,? (Version|v\.) 2\.0/i],
  ['Apache-2.0', /Apache License,?\s+Version 2\.0/i],
  ['EPL-2.0', /Eclipse Public License\s*-\s*v 2\.0/i],
  ['Unlicense', /free and unencumbered software released into the public domain/i],
  ['CC0-1.0', /CC0 1\.0 Universal/i],
  ['BSL-1.0', /Boost Software License/i],
  ['PSF-2.0', /PYTHON SOFTWARE FOUNDATION LICENSE/i],
  ['ISC', /Permission to use, copy, modify, and\/?(or)? distribute this software for any\s+purpose/i],
  [
    'BSD-3-Clause',
    /Redistribution and use in source and binary forms[\s\S]*Neither the name|Redistribution and use in source and binary forms[\s\S]*may not be used to endorse/i,
  ],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
]

/**
 * Finds out under which licence a repository is, by the text of its licence file, else by what its manifest declares.
 *
 * @param files - texts of files at the top by name: licence files, `package.json`, `pyproject.toml`
 */
export function findLicence(files: ReadonlyMap<string, string>): Licence | undefined {
  for (const [file, text] of [...files].filter(([name]) => LICENCE_FILE.test(name)).sort()) {
    const found = PHRASES.find(([, phrase]) => phrase.test(text))
    if (found !== undefined) return { id: found[0], file }
  }
  const declared: readonly (readonly [string, RegExp])[] = [
    ['package.json', /"license"\s*:\s*"([A-Za-z0-9.+() -]{2,60})"/],
    ['pyproject.toml', /^license\s*=\s*(?:\{\s*text\s*=\s*)?"([A-Za-z0-9.+() -]{2,60})"/m],
  ]
  for (const [file, pattern] of declared) {
    const id = pattern.exec(files.get(file) ?? '')?.[1]
    if (id !== undefined) return { id, file }
  }
  return undefined
}
