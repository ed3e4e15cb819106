import { Container, createLogger, createWorker } from 'millrace'
import { Audit } from './audit.js'
import { Books } from './books.js'

// The verifying reader as a process of its own: it reads beside the pipeline, and says at its end what it found. Its books
// are in memory, so it begins at the oldest record: give each run a PIPELINE_AUDIT_GROUP of its own.
const log = createLogger()
const books = new Books()
const container = new Container()
container.bind(Books).toConstantValue(books)

await createWorker({
  consumers: [Audit],
  container,
  logger: log,
  hooks: [
    {
      onStop: () => {
        const { complete, open, wrong } = books.report()
        if (wrong.length > 0) log.error({ wrong: wrong.slice(0, 10) }, 'the books are wrong')
        log.info({ complete, open, wrong: wrong.length }, 'books checked')
      },
    },
  ],
}).run()
