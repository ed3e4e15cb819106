import type { OptionTable } from '../../packages/core/src/option.js'

export interface OptionTables {
  readonly worker: OptionTable
  readonly consumer: OptionTable
  readonly handler: OptionTable
  readonly transform: OptionTable
  readonly brake: OptionTable
  readonly exponential: OptionTable
  readonly fixed: OptionTable
  readonly customRetry: OptionTable
  readonly producer: OptionTable
  readonly transactionalProducer: OptionTable
}

const opening = `# Options

Durations are a number and a unit, such as \`'250ms'\`, \`'10s'\`, \`'5m'\`, \`'2h'\` or \`'7d'\`; sizes are \`'64kB'\` (64,000 bytes),
\`'1MB'\`, \`'64KiB'\` (65,536 bytes), \`'1MiB'\` or \`'1GiB'\`. Wrong options are reported all at once, each with its fix, before
anything connects. Environment variables and the config file stand above them: [configuration](configuration.md). This page is generated from the tables in \`packages/core/src\` (\`pnpm run docs\`), and a test compares the two.
`

const sections: readonly { readonly table: keyof OptionTables; readonly title: string; readonly intro: string }[] = [
  { table: 'worker', title: 'Worker', intro: 'Given to `createWorker`.' },
  {
    table: 'consumer',
    title: 'Consumer',
    intro: 'Given to `@Consumer` and `defineConsumer`, beside the `group`, which is a name or `fromEnv(...)`.',
  },
  {
    table: 'handler',
    title: 'Handler',
    intro: 'Given to `@Handle(topic, options)` and `handle(topic, options, fn)`; the latter also takes a `name`.',
  },
  {
    table: 'transform',
    title: 'Transform',
    intro:
      'Given to `@Transform(topic, options)` and `transform(topic, options, fn)`, beside `to`, which is a topic or a list of topics, and everything that a handler takes but its `delivery`. That of `defaults` is for handlers only.',
  },
  {
    table: 'brake',
    title: 'Brake',
    intro:
      'Given as `brake` of a handler or a transform. When the brake acts, and how a partition gets out of it: [operations](operations.md#the-brake).',
  },
  {
    table: 'exponential',
    title: 'Retry with growing waits',
    intro: 'Given to `exponential(...)`. The lane of the record waits in place, so its order holds.',
  },
  { table: 'fixed', title: 'Retry with the same wait', intro: 'Given to `fixed(...)`.' },
  {
    table: 'customRetry',
    title: 'Retry with a rule of your own',
    intro:
      'Given to `customRetry(fn, options)`. `fn` gets `{ attempt, waitedMs, error }` and answers with a duration, at most `1h`, or undefined to give up. Where it throws or answers nonsense the wait is 1 s.',
  },
  { table: 'producer', title: 'Producer', intro: 'How records are sent, dead letters included.' },
  {
    table: 'transactionalProducer',
    title: 'Transactional producer',
    intro: 'Given to `createTransactionalProducer`, beside the `transactionalId`.',
  },
]

/** The page of all options. */
export const renderOptionsPage = (tables: OptionTables): string =>
  [
    opening,
    ...sections.map(({ table, title, intro }) => `## ${title}\n\n${intro}\n\n${renderTable(tables[table])}`),
  ].join('\n')

const renderTable = (table: OptionTable): string =>
  Object.entries(table)
    .map(([name, { kind, default: value, doc }]) => {
      const byDefault = value === undefined ? 'no default' : `default ${code(literal(value))}`
      return `### \`${name}\`\n\n${code(kind.shape)}, ${byDefault}\n\n${doc.replace(/\s+/g, ' ')}\n`
    })
    .join('\n')

const code = (text: string): string => `\`${text}\``
const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value))
