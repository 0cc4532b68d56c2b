// Decimal text as OKX writes it (no zeros at the end of a fraction), and the exact product that a book in base currency needs.

export function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Exact, without trailing zeros after the point. A factor of `1` keeps the other text as it is. */
export function exactProduct(left: string, right: string): string {
  if (right === '1') return left
  if (left === '1') return right
  const [leftWhole = '', leftFraction = ''] = left.split('.')
  const [rightWhole = '', rightFraction = ''] = right.split('.')
  const digits = String(BigInt(leftWhole + leftFraction) * BigInt(rightWhole + rightFraction))
  const fractionDigits = leftFraction.length + rightFraction.length
  if (fractionDigits === 0) return digits
  const padded = digits.padStart(fractionDigits + 1, '0')
  return withoutTrailingZeros(`${padded.slice(0, -fractionDigits)}.${padded.slice(-fractionDigits)}`)
}
