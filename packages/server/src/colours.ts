// Colours of the terminal, where there is one that shows them: not into a pipe or a file, and not where NO_COLOR asks for none.

import type { WriteStream } from 'node:tty'
import picocolors from 'picocolors'

export type Colours = ReturnType<typeof picocolors.createColors>

/** `FORCE_COLOR` turns them on wherever the output goes. */
export function coloursFor(stream: Pick<WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv): Colours {
  const { NO_COLOR: none, FORCE_COLOR: forced, TERM: terminal } = env
  const isForced = forced !== undefined && forced !== '' && forced !== '0'
  const isShown = isForced || (stream.isTTY === true && terminal !== 'dumb')
  return picocolors.createColors(isShown && (none === undefined || none === ''))
}
