import { divide, type Fixed, multiply } from './fixed.ts'

/** What one uid says of others, in the order of their uids. */
export type Row = readonly (readonly [uid: number, value: Fixed])[]
/** A row for each uid. */
export type Matrix = readonly Row[]

/** Keeps the cells that pass. */
export function keep(matrix: Matrix, passes: (row: number, column: number) => boolean): Matrix {
  return matrix.map((cells, row) => cells.filter(([column]) => passes(row, column)))
}

export function rowSums(matrix: Matrix): Fixed[] {
  return matrix.map(cells => cells.reduce((total, [, value]) => total + value, 0n))
}

/** Sums of columns, each row multiplied with its own factor. */
export function columnSums(matrix: Matrix, factors?: readonly Fixed[]): Fixed[] {
  const sums = matrix.map(() => 0n)
  for (const [row, cells] of matrix.entries())
    for (const [column, value] of cells)
      sums[column]! += factors === undefined ? value : multiply(factors[row]!, value)
  return sums
}

/** Rows that add up to one. */
export function normaliseRows(matrix: Matrix): Matrix {
  const sums = rowSums(matrix)
  return matrix.map((cells, row) =>
    sums[row]! > 0n ? cells.map(([uid, value]) => [uid, divide(value, sums[row]!)] as const) : cells,
  )
}

/** Columns that add up to one. */
export function normaliseColumns(matrix: Matrix): Matrix {
  return divideColumns(matrix, columnSums(matrix))
}

/** Columns whose largest value is one. */
export function raiseColumns(matrix: Matrix): Matrix {
  const largest = matrix.map(() => 0n)
  for (const cells of matrix)
    for (const [column, value] of cells) if (value > largest[column]!) largest[column] = value
  return divideColumns(matrix, largest)
}

function divideColumns(matrix: Matrix, by: readonly Fixed[]): Matrix {
  return matrix.map(cells =>
    cells.map(([uid, value]) => [uid, by[uid] === 0n ? value : divide(value, by[uid]!)] as const),
  )
}

/** Both matrices cell by cell; what is missing counts zero, and only what is above zero stays. */
export function combine(
  one: Matrix,
  other: Matrix,
  value: (one: Fixed, other: Fixed, row: number, column: number) => Fixed,
): Matrix {
  return one.map((cells, row) => {
    const [left, right] = [new Map(cells), new Map(other[row])]
    const columns = [...new Set([...left.keys(), ...right.keys()])].sort((a, b) => a - b)
    return columns
      .map(column => [column, value(left.get(column) ?? 0n, right.get(column) ?? 0n, row, column)] as const)
      .filter(([, combined]) => combined > 0n)
  })
}
