import { mapDockerfile } from '../../task-bank/dockerfile.ts'
import { type Mapping, MappingError, mapImage, NO_MAPPING, parseMapping } from '../../task-bank/mapping.ts'
import { mutated } from './mutate.ts'
import { must, target } from './target.ts'

const EVERYTHING = parseMapping(
  '[images]\n"*" = "here/*"\n[git]\n"https://" = "file:///"\n[apt]\n"http://" = "http://m/"\n[registries]\nmaven = "http://m/"',
  'map.toml',
)
const DOCKERFILES = [
  'ARG V=1\nFROM a:${V} AS b\nCOPY --from=c /x /y\nRUN apt-get update && \\\n  # c\n  mvn\n',
  'FROM a\nRUN <<EOF\nFROM b\nEOF\nADD https://h/x /y\nRUN ["a"]',
]

/** A Dockerfile under a mapping: with none it stays as it is, with one the same images are found again. */
export const mappedDockerfile = target<string>({
  name: 'mapped-dockerfile',
  short: 500,
  cases: mutated(DOCKERFILES, ['FROM ', '\\\n', '<<A\n', '${', '$', '--from=', '"', '#', '`', 'ARG x=']),
  check(text) {
    must(mapDockerfile(text, NO_MAPPING).text === text, 'A Dockerfile changes without a mapping')
    const { images } = mapDockerfile(text, EVERYTHING)
    for (const { from, to } of images)
      must(mapImage(EVERYTHING, from) === to, 'An image is another', from, to)
  },
})

/** A mapping file: read, or refused with a reason. */
export const mappingFile = target<string>({
  name: 'mapping-file',
  short: 300,
  cases: mutated(
    ['[images]\n"a/*" = "b/*"\n[git]\n"https://a/" = "b"\n[build]\nnetwork = "host"\n'],
    ['*', '"', '[images]\n', '"__proto__" = "a"\n', '= ', '\n'],
  ),
  check(text) {
    let mapping: Mapping
    try {
      mapping = parseMapping(text, 'map.toml')
    } catch (error) {
      must(error instanceof MappingError, 'An error that is none of ours', error)
      return
    }
    must(typeof mapImage(mapping, 'a/b:1') === 'string', 'An image has no name')
  },
})
