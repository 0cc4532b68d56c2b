// Asks for the token of a gateway that has one. It is kept in memory only: a reload asks again.

import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

interface TokenFormProps {
  readonly isWrong: boolean
  readonly onToken: (token: string) => void
}

export function TokenForm({ isWrong, onToken }: TokenFormProps): JSX.Element {
  const [token, setToken] = useState('')
  return (
    <form
      class="token"
      onSubmit={event => {
        event.preventDefault()
        onToken(token.trim())
      }}
    >
      <h1>Tradelane</h1>
      <label>
        Token of this gateway
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
      <p role="alert">{isWrong ? 'This is not the token.' : ''}</p>
      <p class="hint">The value of AUTH_TOKEN. It stays in the memory of this page; a reload asks again.</p>
    </form>
  )
}
