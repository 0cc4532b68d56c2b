// Views are redrawn at their own pace, not with each message: at most some times a second, and not at all while the page is hidden.

import { useEffect, useRef, useState } from 'preact/hooks'

/** Redraws the component every `ms`. */
export function useRedraw(ms: number): void {
  const [, setCount] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setCount(count => count + 1)
    }, ms)
    return () => clearInterval(timer)
  }, [ms])
}

/** Calls `read` now and every `ms`, one call at a time, until the component is gone or `key` is another. */
export function usePolling(read: () => Promise<void>, ms: number, key: unknown = ''): void {
  const newest = useRef(read)
  newest.current = read
  useEffect(() => {
    let isOver = false
    const next = async (): Promise<void> => {
      if (!document.hidden) await newest.current()
      if (!isOver) timer = setTimeout(next, ms)
    }
    let timer = setTimeout(next, 0)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [ms, key])
}
