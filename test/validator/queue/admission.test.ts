import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Admission, type Need } from '../../../validator/queue/admission.ts'

const CAPACITY: Need = { cpus: 2, memoryMegabytes: 1000 }

test('enter() lets in what fits and keeps the rest waiting in order', async () => {
  const { enter, inside } = openDoor()

  const first = enter({ cpus: 1, memoryMegabytes: 400 })
  enter({ cpus: 1, memoryMegabytes: 400 })
  enter({ cpus: 0.5, memoryMegabytes: 400 })
  enter({ cpus: 0.1, memoryMegabytes: 100 })
  expect(await inside()).toEqual([0, 1])

  await first.leave()
  expect(await inside()).toEqual([1, 2, 3])
})

test('enter() lets in one that is larger than the machine when nobody else is there', async () => {
  const { enter, inside } = openDoor()
  const small = enter({ cpus: 1, memoryMegabytes: 100 })
  enter({ cpus: 8, memoryMegabytes: 100 })
  enter({ cpus: 1, memoryMegabytes: 100 })

  expect(await inside()).toEqual([0])
  await small.leave()
  expect(await inside()).toEqual([1])
})

test('enter() keeps who wants to be alone until nobody else runs or waits', async () => {
  const { enter, inside } = openDoor()
  const ordinary = enter({ cpus: 2, memoryMegabytes: 100 })
  const alone = enter('alone')
  const late = enter({ cpus: 2, memoryMegabytes: 100 })

  await ordinary.leave()
  expect(await inside()).toEqual([2])
  await late.leave()
  expect(await inside()).toEqual([1])

  enter({ cpus: 1, memoryMegabytes: 100 })
  expect(await inside()).toEqual([1])
  await alone.leave()
  expect(await inside()).toEqual([3])
})

test('leaving twice gives up one place only', async () => {
  const { enter, inside } = openDoor()
  const first = enter({ cpus: 1, memoryMegabytes: 100 })
  enter({ cpus: 1, memoryMegabytes: 100 })
  enter({ cpus: 1, memoryMegabytes: 100 })
  enter({ cpus: 1, memoryMegabytes: 100 })

  await first.leave()
  await first.leave()

  expect(await inside()).toEqual([1, 2])
})

test('busy tells whether more than one is in', async () => {
  const { admission, enter, inside } = openDoor()
  expect(admission.busy).toBe(false)
  enter({ cpus: 1, memoryMegabytes: 100 })
  await inside()
  expect(admission.busy).toBe(false)
  const second = enter({ cpus: 1, memoryMegabytes: 100 })
  await inside()
  expect(admission.busy).toBe(true)
  await second.leave()
  expect(admission.busy).toBe(false)
})

const need = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record<Need>({
      cpus: fc.constantFrom(0.1, 0.3, 0.7, 1, 2, 5),
      memoryMegabytes: fc.constantFrom(100, 400, 1000, 3000),
    }),
  },
  { weight: 1, arbitrary: fc.constant('alone' as const) },
)
const step = fc.oneof(
  fc.record({ kind: fc.constant('enter' as const), need }),
  fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }),
)

test('whatever comes and goes: never too much inside, alone is alone, first come first served, and all get in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
      const { enter, inside, guests } = openDoor()
      const present = async (): Promise<Guest[]> => (await inside()).map(number => guests[number]!)

      for (const one of steps) {
        const there = await present()
        if (one.kind === 'enter') enter(one.need)
        else await there[one.which % there.length]?.leave()
        checkRoom(await present())
        checkOrder(guests)
        checkNobodyIsHeldBack(guests)
      }

      for (let there = await present(); there.length > 0; there = await present()) await there[0]!.leave()
      expect(guests.filter(guest => guest.state !== 'left')).toEqual([])
    }),
    { numRuns: 200 },
  )
})

function checkRoom(inside: readonly Guest[]): void {
  if (inside.length <= 1) return
  const needs = inside.map(guest => guest.need)
  expect(needs).not.toContain('alone')
  expect(sum(needs as Need[], 'cpus')).toBeLessThanOrEqual(CAPACITY.cpus + 1e-6)
  expect(sum(needs as Need[], 'memoryMegabytes')).toBeLessThanOrEqual(CAPACITY.memoryMegabytes)
}

/** Of each kind nobody waits who came before one that is in or has been. */
function checkOrder(guests: readonly Guest[]): void {
  for (const kind of [true, false]) {
    const states = guests
      .filter(guest => (guest.need === 'alone') === kind)
      .map(guest => guest.state === 'waiting')
    expect(states).toEqual(states.toSorted())
  }
}

/** Who is next could not have come in. */
function checkNobodyIsHeldBack(guests: readonly Guest[]): void {
  const inside = guests.filter(guest => guest.state === 'inside')
  const next = guests.find(guest => guest.state === 'waiting' && guest.need !== 'alone')
  if (inside.length === 0) expect(guests.filter(guest => guest.state === 'waiting')).toEqual([])
  if (next === undefined || inside.some(guest => guest.need === 'alone')) return
  const needs = [...inside, next].map(guest => guest.need as Need)
  const fits =
    sum(needs, 'cpus') <= CAPACITY.cpus - 1e-6 && sum(needs, 'memoryMegabytes') <= CAPACITY.memoryMegabytes
  expect(fits).toBe(false)
}

interface Guest {
  readonly need: Need | 'alone'
  state: 'waiting' | 'inside' | 'left'
  readonly leave: () => Promise<void>
}

function openDoor() {
  const admission = new Admission(CAPACITY)
  const guests: Guest[] = []
  const enter = (need: Need | 'alone'): Guest => {
    const entered = admission.enter(need)
    const leave = async (): Promise<void> => {
      const give = await entered
      guest.state = 'left'
      give()
      await setImmediate()
    }
    const guest: Guest = { need, state: 'waiting', leave }
    guests.push(guest)
    void entered.then(() => {
      guest.state = 'inside'
    })
    return guest
  }
  /** Numbers of those inside, once everybody who may come in has. */
  const inside = async (): Promise<number[]> => {
    await setImmediate()
    return guests.flatMap((guest, number) => (guest.state === 'inside' ? [number] : []))
  }
  return { admission, enter, inside, guests }
}

function sum(needs: readonly Need[], key: keyof Need): number {
  return needs.reduce((total, need) => total + need[key], 0)
}
