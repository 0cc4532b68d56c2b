// A terminal of a size, in which a program runs: one of tmux, with a server of its own.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V'], { stdio: 'ignore' }).status === 0
}

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export class Terminal {
  readonly #socket: string

  /** The terminal stays when the program has ended, and shows its exit code. */
  constructor(
    t: TestContext,
    command: readonly string[],
    { columns, rows }: TerminalSize,
    env: NodeJS.ProcessEnv = {},
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'tradelane-tmux-'))
    this.#socket = join(folder, 'socket')
    const program = command.map(word => `'${word}'`).join(' ')
    const size = ['-x', String(columns), '-y', String(rows)]
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    t.after(() => {
      this.#tmux('kill-server')
      rmSync(folder, { recursive: true, force: true })
    })
    // Its server has no settings of this user.
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, `${program}; echo "exit code $?"; cat`)
  }

  /** With `isColoured`, the codes of colours are in it. */
  screen({ isColoured = false } = {}): string {
    return this.#tmux('capture-pane', '-p', ...(isColoured ? ['-e'] : []))
  }

  press(key: string): void {
    this.#tmux('send-keys', key)
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  async shows(pattern: RegExp, msMax = 10_000): Promise<string> {
    const deadlineMs = performance.now() + msMax
    for (;;) {
      const screen = this.screen()
      if (pattern.test(screen)) return screen
      assert.ok(performance.now() < deadlineMs, `${pattern} is not on the screen:\n${screen}`)
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }

  #tmux(...args: string[]): string {
    const { stdout } = spawnSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' })
    return stdout
  }
}
