/** For each state what each event makes of it; an event that is not there is refused. */
export type Machine<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>

/** The states in which an event may happen. */
export function statesBefore<State extends string, Event extends string>(
  machine: Machine<State, Event>,
  event: NoInfer<Event>,
): State[] {
  return statesOf(machine).filter(state => machine[state][event] !== undefined)
}

/** The states that nothing leads out of. */
export function finalStates<State extends string>(machine: Machine<State, string>): State[] {
  return statesOf(machine).filter(state => Object.keys(machine[state]).length === 0)
}

/** A machine as a table: a row for each state, and for each event what comes of it. */
export function renderMachine<State extends string, Event extends string>(
  machine: Machine<State, Event>,
): string {
  const states = statesOf(machine)
  const events = [...new Set(states.flatMap(state => Object.keys(machine[state]) as Event[]))]
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    row(['', ...events]),
    row(['---', ...events.map(() => '---')]),
    ...states.map(state => row([`**${state}**`, ...events.map(event => machine[state][event] ?? '–')])),
  ].join('\n')
}

function statesOf<State extends string>(machine: Machine<State, string>): State[] {
  return Object.keys(machine) as State[]
}
