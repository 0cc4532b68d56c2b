// The subprotocols that a WebSocket client offers. Tradelane speaks one, `tradelane`. Clients that offer others, as some
// frameworks do, get one of theirs back, because their libraries end a connection whose answer names none. A browser, which
// cannot set headers, may offer its token as one, `token.<value>`; that one is never answered.

export const SUBPROTOCOL = 'tradelane'
const TOKEN_PREFIX = 'token.'
/** Of a longer list the rest is ignored. */
const OFFERED_MAX = 32
/** RFC 6455: a `token` of RFC 2616. Anything else must not get into the answer's header. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/

/** The header's value, split. */
function offeredIn(header: string): readonly string[] {
  return header === '' ? [] : header.split(',', OFFERED_MAX).map(name => name.trim())
}

/** Empty where none is to be answered. */
export function answeredSubprotocol(header: string): string {
  const names = offeredIn(header).filter(name => NAME.test(name) && !isTokenOffer(name))
  return names.includes(SUBPROTOCOL) ? SUBPROTOCOL : (names[0] ?? '')
}

/** The first token offered, which may be anything; empty where none is. */
export function offeredToken(header: string): string {
  const offer = offeredIn(header).find(isTokenOffer) ?? ''
  return offer.slice(TOKEN_PREFIX.length)
}

function isTokenOffer(name: string): boolean {
  return name.slice(0, TOKEN_PREFIX.length).toLowerCase() === TOKEN_PREFIX
}
