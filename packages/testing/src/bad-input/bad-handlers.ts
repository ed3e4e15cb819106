/** What a run of the handler comes to, before any rule is applied to it. */
export type BadEnd =
  | 'throws'
  | 'rejects'
  | 'rejects late'
  | 'never settles'
  | 'resolves late'
  | 'blocks'
  | 'resolves'
  | 'exits'

export interface BadHandlerContext {
  readonly message: unknown
  readonly signal: AbortSignal
  /** How long a blocking handler blocks, and how far beyond its time limit a late one ends. */
  readonly ms: number
}

/** Something that handlers do in the field. */
export interface BadHandler {
  readonly name: string
  readonly end: BadEnd
  /** Only in a process of its own: it leaves something behind or takes the process with it. */
  readonly onlyInChild?: true
  readonly run: (context: BadHandlerContext) => unknown
}

const throws = (name: string, make: () => unknown): BadHandler => ({
  name: `throws ${name}`,
  end: 'throws',
  run() {
    throw make()
  },
})

function cyclic(): Error {
  const error = new Error('cyclic')
  error.cause = new Error('outer', { cause: error })
  return error
}

const withThrowingMessage = (): Error =>
  Object.defineProperty(new Error('hidden'), 'message', {
    get() {
      throw new Error('the message getter threw')
    },
  })

/** Whatever can be thrown. */
export const badThrows: readonly BadHandler[] = [
  throws('undefined', () => undefined),
  throws('null', () => null),
  throws('a string', () => 'a string'),
  throws('a number', () => 42),
  throws('a symbol', () => Symbol('thrown')),
  throws('an object without a prototype', () => Object.create(null) as unknown),
  throws('a TypeError', () => new TypeError('not a function')),
  throws('a frozen error', () => Object.freeze(new Error('frozen'))),
  throws('an error whose message getter throws', withThrowingMessage),
  throws('an error with a cyclic cause', cyclic),
  throws(
    'an AggregateError of 10,000',
    () => new AggregateError(Array.from({ length: 10_000 }, (_, at) => new Error(`${at}`))),
  ),
  throws('an error with a message of 1 MB', () => new Error('m'.repeat(1_000_000))),
  throws('an error that forges a log line', () => new Error('failed\n{"level":30,"msg":"all is well"}\u001b[2J')),
]

const later = (ms: number, call: () => void): void => void setTimeout(call, ms)

/** Every other way to go wrong. */
export const badBehaviours: readonly BadHandler[] = [
  { name: 'rejects with undefined', end: 'rejects', run: () => Promise.reject(undefined) },
  {
    name: 'returns a thenable that calls back twice',
    end: 'resolves',
    run: () =>
      thenable((resolve, reject) => {
        resolve(1)
        reject(new Error('the second call'))
      }),
  },
  { name: 'returns a thenable that never calls back', end: 'never settles', run: () => thenable(() => undefined) },
  {
    name: 'returns a thenable that calls back late',
    end: 'resolves late',
    run: ({ ms }) => thenable((resolve) => later(ms, () => resolve(1))),
  },
  {
    name: 'returns an object whose then getter throws',
    end: 'rejects',
    run: () =>
      // oxlint-disable-next-line unicorn/no-thenable -- a handler may return one, which is the point
      Object.defineProperty({}, 'then', {
        get() {
          throw new Error('the then getter threw')
        },
      }),
  },
  { name: 'never settles', end: 'never settles', run: () => new Promise(() => undefined) },
  {
    name: 'rejects after its time limit',
    end: 'rejects late',
    run: ({ ms }) => new Promise((_resolve, reject) => later(ms, () => reject(new Error('too late')))),
  },
  {
    name: 'swallows the abort signal',
    end: 'never settles',
    run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => undefined)),
  },
  {
    name: 'blocks the event loop',
    end: 'blocks',
    run({ ms }) {
      const end = performance.now() + ms
      while (performance.now() < end);
    },
  },
  {
    name: 'mutates the message',
    end: 'resolves',
    run({ message }) {
      if (typeof message === 'object' && message !== null)
        for (const name of Object.keys(message)) Reflect.deleteProperty(message, name)
    },
  },
  {
    name: 'leaves a promise that rejects behind',
    end: 'resolves',
    onlyInChild: true,
    run: () => void Promise.reject(new Error('nobody listens')),
  },
  {
    name: 'leaves timers behind',
    end: 'resolves',
    onlyInChild: true,
    run: () => void setInterval(() => undefined, 1_000),
  },
  { name: 'calls process.exit', end: 'exits', onlyInChild: true, run: () => process.exit(7) },
]

export const badHandlers: readonly BadHandler[] = [...badThrows, ...badBehaviours]

type Settle = (value: unknown) => void

/** Not a promise: it behaves as its body says. */
const thenable = (body: (resolve: Settle, reject: Settle) => void): unknown =>
  // oxlint-disable-next-line unicorn/no-thenable -- a handler may return one, which is the point
  ({ then: body })
