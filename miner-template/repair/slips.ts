import type { Language } from './ecosystem.ts'

/** Token → what was meant instead, with how readily the two are confused. */
export const CONFUSIONS = new Map(
  `1    < <=  <= <  > >=  >= >
   .7   and or  or and  && ||  || &&  || ??  ?? ||  == !=  != ==  === !==  !== ===  True False  False True  true false
   .7   false true  min max  max min  + -  - +  += -=  -= +=  / //  // /  any all  all any  some every  every some
   .5   < >  > <  <= >=  >= <=  < >=  >= <  <= >  > <=  * /  / *  % //  // %  * **  ** *  == ===  == is  is ==  += =  = +=
   .5   continue break  break continue  return yield  replace replaceAll  append extend  extend append  push unshift
   .5   unshift push  pop shift  shift pop  lower upper  upper lower  toLowerCase toUpperCase  toUpperCase toLowerCase
   .5   startswith endswith  endswith startswith  startsWith endsWith  endsWith startsWith  floor ceil  ceil floor
   .5   floor round  round floor  ceil round  round ceil  trunc floor  indexOf lastIndexOf  lastIndexOf indexOf
   .5   find rfind  rfind find  index rindex  split rsplit  partition rpartition  lstrip rstrip  rstrip lstrip
   .5   keys values  values keys  values items  items values  keys items  values entries  keys entries  entries values
   .5   union intersection  intersection union  add discard  search match  match fullmatch  match search  search fullmatch
   .5   in of  slice splice  splice slice  filter find  find filter  insert append  int float  int round  float int
   .5   trimStart trimEnd  trimEnd trimStart  setdefault get  & |  | &  >> <<  << >>  parseInt parseFloat  sub subn
   .3   strip lstrip  strip rstrip  lstrip strip  rstrip strip  trim trimStart  trim trimEnd  trimEnd trim  trimStart trim
   .3   continue return  break return  null undefined  undefined null  None False  None 0  if while  while if  elif if
   .3   map flatMap  forEach map  some find  list set  list tuple  set list  sum len  len sum  height width  width height`
    .split('\n')
    .flatMap(row => {
      const [prior, ...words] = row.trim().split(/\s+/)
      return words.flatMap((word, i) =>
        i % 2 === 0 ? [{ word, by: words[i + 1]!, prior: Number(prior) }] : [],
      )
    })
    .reduce(
      (all, { word, by, prior }) => all.set(word, [...(all.get(word) ?? []), [by, prior] as const]),
      new Map<string, (readonly [string, number])[]>(),
    ),
)

/** An operand: a name, a member, a call or an element. */
const A = /[\w$.]+(?:\([^()]*\)|\[[^[\]]*\])?/.source
const STEP = /\s+(?:return|yield|break|continue|[\w.]+ [+-]?=|[\w.]+\()/.source

/** Prior, what to look for, what to put there instead, and the language if it is not for both. */
export const REWRITES: readonly (readonly [number, string | RegExp, readonly string[], Language?])[] = [
  // Off by one: in bounds, arguments, comparisons and results.
  [0.7, / [+-] 1\b(?!\.)/, ['']],
  [0.4, `(?<=[\\[(:,]\\s*)(${A})(?=\\s*[\\]:),])`, ['$1 + 1', '$1 - 1']],
  [0.3, `(?<=[<>]=? )(${A})`, ['$1 + 1', '$1 - 1']],
  [0.4, /(?<=\breturn |\w [+-]?= )([^=;]+)(?=;?$)/, ['$1 + 1', '$1 - 1']],
  [0.35, `\\[:(${A})\\]`, ['[$1:]'], 'python'],
  [0.35, `\\[(${A}):\\]`, ['[:$1]'], 'python'],
  [0.25, /\[-(\w+)/, ['[$1']],
  // Operands in the wrong order, a term too many, missing brackets.
  [0.6, `(${A}) (-|/|//|%|<|>) (${A})`, ['$3 $2 $1']],
  [0.35, `(${A} [+-] ${A})(?= [*/%])`, ['($1)']],
  [0.35, `(?<=[*/%] )(${A} [+-] ${A})`, ['($1)']],
  [0.3, `\\((${A} [-+*/] ${A})\\)`, ['$1']],
  [0.25, ` (?:and|or|&&|\\|\\|) !?(?:not )?${A}(?: [<>=!]+ ${A})?`, ['']],
  [0.25, `!?(?:not )?${A}(?: [<>=!]+ ${A})? (?:and|or|&&|\\|\\|) `, ['']],
  [0.25, ` [-+*/] ${A}`, ['']],
  // Negations.
  [0.6, /\bnot (?!in\b)/, [''], 'python'],
  [0.6, /(?<!not )\bin\b/, ['not in'], 'python'],
  [0.6, /\b(if|elif|while|and|or) (?!not )/, ['$1 not '], 'python'],
  [0.35, /\breturn (?!not )/, ['return not '], 'python'],
  [0.4, /\b(if|elif|while) (.+):$/, ['$1 not ($2):'], 'python'],
  [0.6, /!(?=[\w$(])/, [''], 'node'],
  [0.6, /((?:if|while) \(|&& |\|\| )(?!!)/, ['$1!'], 'node'],
  [0.35, /\breturn (?!!)/, ['return !'], 'node'],
  [0.4, /\b(if|while) \((.+)\)(?= \{| return| continue| break| throw|$)/, ['$1 (!($2))'], 'node'],
  [0.4, /(?<![\w.])-(?=[\w(])/, ['']],
  // Empty or zero taken for absent, and absent for empty.
  [0.6, /\bis None/, ['is not None'], 'python'],
  [0.6, /\bis not None/, ['is None'], 'python'],
  [0.8, /\b(if|elif|and|or|while) ([\w.]+)(?=:| else| and| or)/, ['$1 $2 is not None'], 'python'],
  [0.8, /\bnot ([\w.]+)(?=:| else| and| or|$)/, ['$1 is None'], 'python'],
  [0.8, /([\w.]+) or ([^:]+)$/, ['$1 if $1 is not None else $2'], 'python'],
  [0.4, /([\w.]+) is not None/, ['$1'], 'python'],
  [0.4, /([\w.]+) is None/, ['not $1'], 'python'],
  [0.3, /\.get\(([^(),]+)\)/, ['.get($1, 0)', '[$1]'], 'python'],
  [0.3, /(?<=\w)\[([^[\]:]+)\](?! =)/, ['.get($1)'], 'python'],
  [0.8, /!([\w$.]+)(?=\)| \?| &&| \|\||;|$)/, ['$1 === undefined'], 'node'],
  [0.8, /((?:if|while) \(|&& |\|\| |= |return )([\w$.]+)(?=\)| \?| &&)/, ['$1$2 !== undefined'], 'node'],
  [0.3, /([\w$.]+) [!=]==? (?:undefined|null)/, ['$1'], 'node'],
  // Shared instead of copied, not waited for, the wrong default.
  [0.35, /(?<=return |= )((?:self\.)?\w+)$/, ['list($1)', '$1.copy()', 'sorted($1)'], 'python'],
  [0.35, /(?<=return |= |: )((?:this\.#?)?[\w$]+)(?=[;,]?$)/, ['[...$1]', '{ ...$1 }'], 'node'],
  [0.35, /\.(?=(?:sort|reverse|splice)\()/, ['.slice().'], 'node'],
  [0.35, /(return |= |=> |^\s+)(?!await|return|const|let)(?=[\w$.]+\()/, ['$1await ']],
  [0.7, /\.sort\(\)/, ['.sort((a, b) => a - b)'], 'node'],
  [0.3, /\b(sorted|sort)\(([^()]*)\)/, ['$1($2, reverse=True)'], 'python'],
  [0.4, /(?:, )?\breverse=True/, [''], 'python'],
  [0.4, /\bparseInt\(([^,()]+)\)/, ['parseInt($1, 10)'], 'node'],
  [0.3, /(?<=\w)\/(?=[,)])/, ['/g'], 'node'],
  // A call too many, a line at the wrong depth, a line too many.
  [0.25, /\b[\w.]+\(([^()]+)\)/, ['$1']],
  [0.25, /\.\w+\(\)/, ['']],
  [0.35, `^ {4}(?=${STEP})`, [''], 'python'],
  [0.25, `^(?=${STEP})`, ['    '], 'python'],
  [0.15, /^(\s*)(?!def |class )\S.*[^:]$/, ['$1pass'], 'python'],
  [0.12, /^\s+.*;?$/, [''], 'node'],
]
