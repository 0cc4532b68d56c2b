// What a setting is, and the types of value that several settings have.

import { isIPv6 } from 'node:net'
import * as z from 'zod'

export interface Setting<Value> {
  /** Environment variable; the flag is the same in kebab case. */
  readonly name: string
  readonly about: string
  /** In words, for errors (`expected …`) and help. */
  readonly accepted: string
  /** As text, as a user would write it. */
  readonly fallback: string
  /** What its number counts; absent where that is no unit, or the value no number. */
  readonly unit?: string
  readonly schema: z.ZodType<Value, string>
  /** Absent, its value is null; an empty one is an error. */
  readonly isOptional?: boolean
  /** Its value is shown nowhere, and it has no flag: every user of the machine can list the arguments of programs. */
  readonly isSecret?: boolean
  /** A flag `--no-…` would mean something else. */
  readonly hasNoFlag?: boolean
  /** In lower case it means the same, as other programs read it. */
  readonly isAnyCase?: boolean
}

export interface Address {
  readonly host: string
  readonly port: number
}

export function wholeNumber(
  name: string,
  about: string,
  [min, max]: readonly [number, number],
  fallback: number,
  unit?: string,
): Setting<number> {
  return {
    name,
    about,
    accepted: `a whole number ${min}..${max}`,
    fallback: String(fallback),
    ...(unit === undefined ? {} : { unit }),
    schema: z
      .string()
      .regex(min < 0 ? /^-?\d{1,10}$/ : /^\d{1,10}$/)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
  }
}

export function oneOf<const Choice extends string>(
  name: string,
  about: string,
  choices: readonly [Choice, ...Choice[]],
  fallback: Choice,
): Setting<Choice> {
  const schema = z.string().pipe(z.enum(choices)) as unknown as z.ZodType<Choice, string>
  const accepted = choices.length > 2 ? `one of ${choices.join(', ')}` : choices.join(' or ')
  return { name, about, accepted, fallback, schema }
}

export function optionalPath(name: string, about: string): Setting<string> & { readonly isOptional: true } {
  return { name, about, accepted: 'the path of a file', fallback: '', isOptional: true, schema: z.string().min(1) }
}

export function readAddress(text: string, context: z.RefinementCtx): Address {
  const parts = /^(?:\[([^\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text)
  const [, bracketed, plain, digits] = parts ?? []
  const host = plain ?? (bracketed !== undefined && isIPv6(bracketed) ? bracketed : undefined)
  const port = Number(digits)
  if (host !== undefined && port <= 65_535) return { host, port }
  context.addIssue('invalid address')
  return z.NEVER
}

/** Null for `off`. */
export function readAddressOrOff(text: string, context: z.RefinementCtx): Address | null {
  return text === 'off' ? null : readAddress(text, context)
}

/** Why an entry is refused, where that is more than its form. */
export class Refusal {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export function readEach<Item>(
  text: string,
  context: z.RefinementCtx,
  readOne: (entry: string) => Item | Refusal | null,
): readonly Item[] {
  const items: Item[] = []
  for (const entry of text.split(',').map(part => part.trim())) {
    if (entry === '') continue
    const item = readOne(entry)
    if (item === null || item instanceof Refusal) {
      const reason = item instanceof Refusal ? item.reason : null
      context.addIssue({ code: 'custom', message: 'invalid entry', params: { reason } })
      return z.NEVER
    }
    items.push(item)
  }
  return items
}
