// Prints what the resident memory of a running process of Node consists of, by /proc/PID/smaps (Linux, glibc):
// `node benchmarks/dist/figures/memory-figures.js PID`. What an anonymous mapping is follows from where it begins: V8 aligns its
// pages, glibc the heaps of its arenas.

import { readFileSync } from 'node:fs'

interface Mapping {
  readonly from: number
  readonly kib: number
  readonly flags: string
  readonly file: string
  readonly residentKib: number
  /** Its share, where other processes map the same pages. */
  readonly shareKib: number
}

const V8_PAGE_BYTES = 256 * 1_024
const ARENA_HEAP_BYTES = 64 * 1_024 * 1_024
/** Of threads that libuv, V8 and Node start. */
const STACK_KIB = new Set([4_096, 8_192])
/** Of the longest name. */
const WIDTH = 42

const pid = process.argv[2]
if (pid === undefined || !/^\d+$/.test(pid)) throw new Error(`invalid process ${pid}; expected its id`)
const sums = new Map<string, { count: number; residentKib: number; shareKib: number }>()
for (const mapping of mappingsOf(readFileSync(`/proc/${pid}/smaps`, 'latin1'))) {
  for (const kind of [kindOf(mapping), 'all']) {
    const sum = sums.get(kind) ?? { count: 0, residentKib: 0, shareKib: 0 }
    sum.count += 1
    sum.residentKib += mapping.residentKib
    sum.shareKib += mapping.shareKib
    sums.set(kind, sum)
  }
}
process.stdout.write(`${'MB'.padEnd(WIDTH)}mappings  resident  own share\n`)
for (const [kind, sum] of [...sums].sort(([, one], [, other]) => other.residentKib - one.residentKib)) {
  const columns = [String(sum.count).padStart(8), megabytes(sum.residentKib), megabytes(sum.shareKib)]
  process.stdout.write(`${kind.padEnd(WIDTH)}${columns.join('  ')}\n`)
}

function mappingsOf(smaps: string): readonly Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map(text => {
    const [head = ''] = text.split('\n', 1)
    const [range = '', flags = '', , , , file = ''] = head.split(/ +/)
    const [from = 0, to = 0] = range.split('-').map(address => Number.parseInt(address, 16))
    const kibOf = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
    return { from, kib: (to - from) / 1_024, flags, file, residentKib: kibOf('Rss'), shareKib: kibOf('Pss') }
  })
}

function kindOf({ from, kib, flags, file }: Mapping): string {
  if (file === '[heap]') return 'malloc, main thread'
  if (file.startsWith('[')) return 'stack of the main thread, vdso'
  if (file.endsWith('/node')) return 'the executable'
  if (file !== '') return 'other files: libraries, addons'
  if (flags.includes('x')) return 'code that V8 compiled'
  if (from % ARENA_HEAP_BYTES === 0) return 'malloc, arenas of the other threads'
  if (from % V8_PAGE_BYTES === 0) return 'heaps of V8'
  if (STACK_KIB.has(kib)) return 'stacks'
  return 'large blocks of malloc: lanes, tables'
}

function megabytes(kib: number): string {
  return (kib / 1_000).toFixed(1).padStart(8)
}
