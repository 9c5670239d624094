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
const A = String.raw`[\w$.]+(?:\([^()]*\)|\[[^\[\]]*\])?`

/** Prior, what to look for, what to put there, and for which language if not for both. */
export const REWRITES: readonly (readonly [number, string, string, Language?])[] = [
  // Off by one: in bounds, arguments and comparisons.
  [0.7, String.raw` [+-] 1\b(?!\.)`, ''],
  [0.4, String.raw`(?<=[\[(:,]\s*)(${A})(?=\s*[\]:),])`, '$1 + 1'],
  [0.4, String.raw`(?<=[\[(:,]\s*)(${A})(?=\s*[\]:),])`, '$1 - 1'],
  [0.3, String.raw`(?<=[<>]=? )(${A})`, '$1 + 1'],
  [0.3, String.raw`(?<=[<>]=? )(${A})`, '$1 - 1'],
  [0.3, String.raw`(?<=\breturn )([^;]+)`, '$1 + 1'],
  [0.3, String.raw`(?<=\breturn )([^;]+)`, '$1 - 1'],
  [0.35, String.raw`\[:(${A})\]`, '[$1:]', 'python'],
  [0.35, String.raw`\[(${A}):\]`, '[:$1]', 'python'],
  [0.25, String.raw`\[-(\w+)`, '[$1'],
  // Operands in the wrong order, a term too many, missing brackets.
  [0.6, String.raw`(${A}) (-|/|//|%|<|>) (${A})`, '$3 $2 $1'],
  [0.35, String.raw`(${A} [+-] ${A})(?= [*/%])`, '($1)'],
  [0.35, String.raw`(?<=[*/%] )(${A} [+-] ${A})`, '($1)'],
  [0.3, String.raw`\((${A} [-+*/] ${A})\)`, '$1'],
  [0.25, String.raw` (?:and|or|&&|\|\|) !?(?:not )?${A}(?: [<>=!]+ ${A})?`, ''],
  [0.25, String.raw`!?(?:not )?${A}(?: [<>=!]+ ${A})? (?:and|or|&&|\|\|) `, ''],
  [0.25, String.raw` [-+*/] ${A}`, ''],
  // Negations.
  [0.6, String.raw`\bnot (?!in\b)`, '', 'python'],
  [0.6, String.raw`(?<!not )\bin\b`, 'not in', 'python'],
  [0.6, String.raw`\b(if|elif|while|and|or|return) (?!not )`, '$1 not ', 'python'],
  [0.4, String.raw`\b(if|elif|while) (.+):$`, '$1 not ($2):', 'python'],
  [0.6, String.raw`!(?=[\w$(])`, '', 'node'],
  [0.6, String.raw`((?:if|while) \(|&& |\|\| |return )(?!!)`, '$1!', 'node'],
  [0.4, String.raw`\b(if|while) \((.+)\)(?= \{| return| continue| break| throw|$)`, '$1 (!($2))', 'node'],
  [0.4, String.raw`(?<![\w.])-(?=[\w(])`, ''],
  // Empty or zero taken for absent.
  [0.6, String.raw`\bis None`, 'is not None', 'python'],
  [0.6, String.raw`\bis not None`, 'is None', 'python'],
  [0.8, String.raw`\b(if|elif|and|or|while) ([\w.]+)(?=:| else| and| or)`, '$1 $2 is not None', 'python'],
  [0.8, String.raw`\bnot ([\w.]+)(?=:| else| and| or|$)`, '$1 is None', 'python'],
  [0.8, String.raw`([\w.]+) or ([^:]+)$`, '$1 if $1 is not None else $2', 'python'],
  [0.4, String.raw`([\w.]+) is not None`, '$1', 'python'],
  [0.4, String.raw`([\w.]+) is None`, 'not $1', 'python'],
  [0.3, String.raw`\.get\(([^(),]+)\)`, '.get($1, 0)', 'python'],
  [0.3, String.raw`\.get\(([^(),]+)\)`, '[$1]', 'python'],
  [0.3, String.raw`(?<=\w)\[([^\[\]:]+)\](?! =)`, '.get($1)', 'python'],
  [0.8, String.raw`!([\w$.]+)(?=\)| \?| &&| \|\||;|$)`, '$1 === undefined', 'node'],
  [
    0.8,
    String.raw`((?:if|while) \(|&& |\|\| |= |return )([\w$.]+)(?=\)| \?| &&)`,
    '$1$2 !== undefined',
    'node',
  ],
  [0.3, String.raw`([\w$.]+) [!=]==? (?:undefined|null)`, '$1', 'node'],
  [0.15, String.raw`([\w$)\]])\.(?=[\w$])`, '$1?.', 'node'],
  // Shared instead of copied, waiting forgotten, wrong default order or base.
  [0.35, String.raw`(?<=return |= )((?:self\.)?\w+)$`, 'list($1)', 'python'],
  [0.35, String.raw`(?<=return |= )((?:self\.)?\w+)$`, '$1.copy()', 'python'],
  [0.35, String.raw`(?<=return |= |: )((?:this\.#?)?[\w$]+)(?=[;,]?$)`, '[...$1]', 'node'],
  [0.35, String.raw`(?<=return |= |: )((?:this\.#?)?[\w$]+)(?=[;,]?$)`, '{ ...$1 }', 'node'],
  [0.35, String.raw`\.(?=(?:sort|reverse|splice)\()`, '.slice().', 'node'],
  [0.35, String.raw`(return |= |=> |^\s+)(?!await|return|const|let)(?=[\w$.]+\()`, '$1await '],
  [0.7, String.raw`\.sort\(\)`, '.sort((a, b) => a - b)', 'node'],
  [0.3, String.raw`\b(sorted|sort)\(([^()]*)\)`, '$1($2, reverse=True)', 'python'],
  [0.4, String.raw`(?:, )?\breverse=True`, '', 'python'],
  [0.4, String.raw`\bparseInt\(([^,()]+)\)`, 'parseInt($1, 10)', 'node'],
  [0.3, String.raw`(?<=\w)\/(?=[,)])`, '/g', 'node'],
  // A call too many or too few.
  [0.25, String.raw`\b[\w.]+\(([^()]+)\)`, '$1'],
  [0.25, String.raw`\.\w+\(\)`, ''],
  [0.15, String.raw`(${A})(?= (?:==|!=|in) )`, '$1.lower()', 'python'],
  [0.15, String.raw`(${A})(?= [!=]== )`, '$1.toLowerCase()', 'node'],
  [0.15, String.raw`(?<=return |= )([^=;]+)$`, 'sorted($1)', 'python'],
  [0.15, String.raw`(?<=return |= )([^=;]+)$`, 'abs($1)', 'python'],
  // A line at the wrong depth, or a line too many.
  [0.35, String.raw`^ {4}(?=\s*(?:return|yield|break|continue|[\w.]+ [+-]?=|[\w.]+\())`, '', 'python'],
  [0.25, String.raw`^(?=\s+(?:return|yield|break|continue|[\w.]+ [+-]?=|[\w.]+\())`, '    ', 'python'],
  [0.15, String.raw`^(\s*)(?!def |class )\S.*[^:]$`, '$1pass', 'python'],
  [0.12, String.raw`^\s+.*;?$`, '', 'node'],
]
