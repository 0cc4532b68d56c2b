// What each thread of Tradelane takes of a processor, as its own `/stat` says: `/proc` has no roles.

/** Share of one processor, by role. */
export type ThreadLoads = Readonly<Record<string, number>>

const MS_MAX = 2_000

/** Null where the server does not say it. */
export async function readThreadLoads(admin: string | undefined): Promise<ThreadLoads | null> {
  if (admin === undefined) return null
  try {
    const answer = await fetch(`${admin}/stat`, { signal: AbortSignal.timeout(MS_MAX) })
    const { threads } = (await answer.json()) as { threads: { role: string; load: number | null }[] }
    return Object.fromEntries(threads.map(({ role, load }) => [role, load ?? 0]))
  } catch {
    return null
  }
}
