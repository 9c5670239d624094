/**
 * Members of the languages' own objects. They count as such wherever they stand behind a dot: otherwise it would be enough to give
 * one object all these names once in order to make them look like names of the agent's own.
 */
export const KNOWN: ReadonlySet<string> = new Set(
  `abs all any append apply args argv assign at basename bind byteLength catch ceil charAt charCodeAt check_output children chmod
  choices clear close code concat content copy count create cwd data decode delete dirname dump dumps encode end endsWith endswith
  entries env environ error every exec exists existsSync exit exitCode extend extname fill filter finally find findIndex findIndex
  finditer findall flat flatMap flatten floor flush forEach format fromEntries fullmatch get getattr getcwd group groups has headers
  includes index indexOf insert is isArray isdir isfile isdigit items join json keys kill lastIndexOf length listdir load loads log
  lower lstrip makedirs map match matchAll max min mkdir mkdtemp monotonic name next normalize now open options padEnd padStart parse
  partition path pid poll pop popen post push random read readdirSync read_text readFile readFileSync readline readlines reduce
  relative relpath remove rename repeat replace replaceAll request resolve returncode reverse rfind rglob rmtree round rpartition
  rsplit rstrip run search set setdefault shift signal size sleep slice some sort sorted splice split splitlines spawn spawnSync
  start startsWith startswith stat stdin stdout stderr stop strip sub substring suffix sum terminate test text then throw time
  timeout title toLowerCase toSorted toString toUpperCase total trim trimEnd trimStart unlink unshift update upper url urlopen utf8
  value values wait walk warn write writeFile writeFileSync write_text zip`
    .split(/\s+/)
    .filter(Boolean),
)
