import fc from 'fast-check'
import { withoutChmod } from '../../sandbox/dockerfile.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { findUser } from '../../sandbox/users.ts'
import { mutated } from './mutate.ts'
import { must, target } from './target.ts'

const DOCKERFILES = [
  'FROM x\nCOPY --chmod=755 a.sh /bin/\nRUN true\n',
  'FROM x\nADD --chown=a --chmod=0644 d/* e?.py /app/\nCOPY --from=y --chmod=700 z /z\n',
  'FROM x\n  copy --chmod=600 . /\n# COPY --chmod=755 a b\n',
]
const TOKENS = [
  '--chmod=777 ',
  '--from=x ',
  'COPY ',
  '*',
  '****************',
  '?'.repeat(30),
  '*a*a*a*a*a*a*a*a*a*',
  '(',
  '[a-',
  '$(x)',
  '../',
]
const NAMES = ['a.sh', 'd/one', 'd/two/three', 'e1.py', `${'a'.repeat(120)}!`, 'x/'.repeat(20)]

/** A Dockerfile without `--chmod`: the same lines, the same files, only modes differ. */
export const dockerfile = target<string>({
  name: 'dockerfile',
  short: 500,
  // Files are bytes: what is no UTF-8 comes in as it is read from them.
  cases: mutated(DOCKERFILES, TOKENS).map(text => Buffer.from(text).toString()),
  check(text) {
    const context = [
      { name: 'Dockerfile', content: text, mode: 0o644 },
      ...NAMES.map(name => ({ name, content: 'x', mode: 0o644 })),
    ]
    const result = withoutChmod(context)
    must(result.map(file => file.name).join() === context.map(file => file.name).join(), 'Files come or go')
    must(
      result.every(({ mode }) => mode !== undefined && mode >= 0 && mode <= 0o7777),
      'A mode is none',
    )
    const lines = Buffer.from(result[0]!.content).toString().split('\n')
    must(lines.length === text.split('\n').length, 'Lines come or go')
    must(
      text
        .split('\n')
        .every((line, index) => line === lines[index] || (/--chmod=/.test(line) && !/--from=/.test(line))),
      'A line without the flag changes',
    )
  },
})

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1001::/home/agent:/bin/sh\n'
const GROUPS = 'root:x:0:\nstaff:x:50:agent\n'

interface UserCase {
  readonly wanted: string
  readonly passwd: string
  readonly groups: string
}

/** A user of an image whose lists may say anything: numbers that a kernel knows, or the task's fault. */
export const users = target<UserCase>({
  name: 'users',
  short: 500,
  cases: fc.record({
    wanted: mutated(
      ['agent', '1000', 'agent:staff', '0:0', '', '7:50', 'root:root'],
      ['99999999999', '4294967295', '-1', ':'],
    ),
    passwd: mutated([PASSWD], ['agent:', ':::::', 'agent:x:abc:1:::', 'agent:x:99999999999999:-1::/:']),
    groups: mutated([GROUPS], ['staff:x:', 'staff:x:1e3:', '0']),
  }),
  check({ wanted, passwd, groups }) {
    try {
      const { uid, gid, home, name } = findUser(wanted, passwd, groups)
      for (const number of [uid, gid])
        must(
          Number.isInteger(number) && number >= 0 && number < 2 ** 32 - 1,
          'A user has no number',
          String(number),
        )
      must(/^\/[\w./-]*$/.test(home) && !/[\0\n]/.test(name), 'A user is odd', home, name)
    } catch (error) {
      must(
        error instanceof SandboxError && error.code === 'task-unusable',
        'It throws something else',
        String(error),
      )
    }
  },
})
