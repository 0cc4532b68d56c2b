// Columns for a terminal: the first aligned to the left, the others, which are mostly numbers, to the right by default.

export type Cell = string | number | null

/** `left`: columns aligned to the left besides the first. */
export function textTable(rows: readonly (readonly Cell[])[], left: readonly number[] = []): string[] {
  const texts = rows.map(row => row.map(cellText))
  const widths = texts.reduce<number[]>((found, row) => {
    row.forEach((text, column) => {
      found[column] = Math.max(found[column] ?? 0, text.length)
    })
    return found
  }, [])
  const isLeft = (column: number): boolean => column === 0 || left.includes(column)
  return texts.map(row =>
    row
      .map((text, column) => (isLeft(column) ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Without control characters: what another program sent must not reach the terminal as a command. */
function cellText(cell: Cell): string {
  if (cell === null) return '–'
  return typeof cell === 'number' ? cell.toLocaleString('en-US') : cell.replace(CONTROLS, '?')
}

const CONTROLS = /\p{Cc}/gu
