// A table of figures: texts to the left, numbers to the right.

import type { JSX } from 'preact'

interface TableProps {
  readonly caption: string
  readonly columns: readonly string[]
  /** Cells; a number is set to the right. */
  readonly rows: readonly (readonly (string | number)[])[]
  /** By row, of its state. */
  readonly states?: readonly string[]
}

export function Table({ caption, columns, rows, states = [] }: TableProps): JSX.Element {
  return (
    <div class="scroll">
      <table class="figures">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(name => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={cells.slice(0, 2).join(' ')} class={states[row]}>
              {cells.map((cell, index) => (
                <td key={columns[index]} class={index === 0 ? 'name' : ''}>
                  {typeof cell === 'number' ? cell.toLocaleString('en-US') : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
