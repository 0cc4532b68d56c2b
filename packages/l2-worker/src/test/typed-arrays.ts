// The typed arrays that an object makes while it is constructed, so that a test can plant faults in its private state.

export function typedArraysOf<Made>(make: () => Made): {
  readonly made: Made
  readonly doubles: readonly Float64Array[]
} {
  const doubles: Float64Array[] = []
  const { Float64Array: Original } = globalThis
  class Captured extends Original {
    constructor(length: number) {
      super(length)
      doubles.push(this)
    }
  }
  globalThis.Float64Array = Captured as Float64ArrayConstructor
  try {
    return { made: make(), doubles }
  } finally {
    globalThis.Float64Array = Original
  }
}
