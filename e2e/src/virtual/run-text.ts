// The figures of a run in two lines, for the output of a test.

import type { RunReport } from './virtual-run.js'

export function runText({ digest, verdict, counts }: RunReport, seconds: number, cpuS: number): string {
  const { tradesJudged, liquidationsJudged, announced, booksJudged, freshLooks, withheldLooks } = verdict
  const happened = `${counts['events']} events, ${counts['venueFrames']} venue frames, ${counts['connectionsLost']} connections lost`
  const judged = `${tradesJudged} trades, ${liquidationsJudged} liquidations, ${announced} announced missing, ${booksJudged} books`
  const looks = `${freshLooks} looks at fresh books, ${withheldLooks} at withheld ones`
  return `${seconds} s in ${cpuS.toFixed(1)} s of CPU: ${happened}\n${judged}, ${looks}; digest ${digest.slice(0, 16)}`
}
