// A process that answers each request with one message.

import type { ChildProcess } from 'node:child_process'
import { type Child, forkChild } from '../run/child.js'

interface Message {
  readonly type: string
}

export class AskedProcess<Request extends Message, Answer extends Message> {
  readonly #child: Child
  readonly #process: ChildProcess
  readonly #name: string

  private constructor(child: Child, process: ChildProcess, name: string) {
    this.#child = child
    this.#process = process
    this.#name = name
  }

  /** Resolves once it has sent `ready`. */
  static async start<Request extends Message, Answer extends Message>(
    module: URL,
    name: string,
    args: readonly string[] = [],
  ): Promise<AskedProcess<Request, Answer>> {
    const isReady = (message: unknown): true | undefined => ((message as Message).type === 'ready' ? true : undefined)
    const { child, process } = await forkChild(module, args, isReady)
    return new AskedProcess(child, process, name)
  }

  /** Resolves to the next message of this type; rejects where the process ends, or answers `failed`. One request at a time. */
  async ask<Type extends Answer['type']>(request: Request, type: Type): Promise<Answer & { readonly type: Type }> {
    const answer = new Promise<Answer & { readonly type: Type }>((resolve, reject) => {
      const take = (message: Answer & { readonly message?: string }): void => {
        if (message.type !== type && message.type !== 'failed') return
        this.#process.off('message', take)
        if (message.type === 'failed') reject(new Error(`${this.#name}: ${message.message}`))
        else resolve(message as unknown as Answer & { readonly type: Type })
      }
      this.#process.on('message', take)
      void this.#child.exited.then(how => reject(new Error(`${this.#name} ${how}`)))
    })
    this.#process.send(request)
    return await answer
  }

  async stop(): Promise<void> {
    await this.#child.stop()
  }
}
