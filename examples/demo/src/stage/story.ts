import { styleText } from 'node:util'
import { type LogLine, textOf } from './log-book.js'

type Style = Parameters<typeof styleText>[0]

/** How the demo speaks: chapters, and a line per record that something happened to. 100 columns. */
export interface Story {
  chapter(title: string): void
  say(text: string, style?: Style): void
  /** Tells a line of a service's log, if it is one that matters. */
  tell(line: LogLine): void
  /** From now on orders that went well are told too. */
  tellSuccess(): void
}

const columns = 100
const nameColumns = 8

export function createStory(out: NodeJS.WriteStream, nowMs: () => number = () => performance.now()): Story {
  const startMs = nowMs()
  const paint = (style: Style | undefined, text: string): string =>
    style === undefined ? text : styleText(style, text, { stream: out })
  const print = (text: string, style?: Style): void => {
    out.write(`${paint(style, text.length > columns ? `${text.slice(0, columns - 1)}…` : text)}\n`)
  }
  let chapters = 0
  let isSuccessTold = false

  return {
    chapter(title) {
      chapters += 1
      out.write('\n')
      print(`${chapters}. ${title}`, 'bold')
    },
    say: (text, style) => print(`   ${text}`, style),
    tell(line) {
      const told = wordsFor(line) ?? (isSuccessTold ? wordsForSuccess(line) : undefined)
      if (told === undefined) return
      const seconds = `${((nowMs() - startMs) / 1000).toFixed(1)}s`.padStart(5)
      print(`${seconds} ${line.service.padEnd(nameColumns)} ${told.text}`, told.style)
    },
    tellSuccess() {
      isSuccessTold = true
    },
  }
}

interface Told {
  readonly text: string
  readonly style?: Style
}

/** Undefined for what is routine. */
function wordsFor({ msg, fields }: LogLine): Told | undefined {
  switch (fields['event']) {
    case 'member.joined':
      return { text: `joins ${textOf(fields, 'group')} with ${count(fields, 'partitions')} partitions`, style: 'dim' }
    case 'record.retrying':
      return {
        text: `${where(fields)} attempt ${textOf(fields, 'attempt')} failed (${reason(fields)}), retry in ${delay(fields)} ms`,
        style: 'yellow',
      }
    case 'record.skipped':
      return { text: `${where(fields)} skipped by ${textOf(fields, 'group')}: at-most-once`, style: 'dim' }
    case 'member.died':
    case 'commit.failed':
    case 'dead-letter.failed':
    case 'worker.failed':
      return { text: `${msg}: ${reason(fields)}`, style: 'red' }
    default:
      break
  }
  if (msg === 'dead letter') {
    return { text: `dead letter ${textOf(fields, 'where')}: ${textOf(fields, 'why')}`, style: 'magenta' }
  }
  return msg === 'orders counted'
    ? { text: `orders-metrics has counted ${textOf(fields, 'orders')} orders`, style: 'dim' }
    : undefined
}

const wordsForSuccess = ({ msg, fields }: LogLine): Told | undefined =>
  msg === 'order delivered' || msg === 'order billed'
    ? { text: `${where(fields)} ${msg}: ${textOf(fields, 'orderId')}`, style: 'green' }
    : undefined

type Fields = LogLine['fields']

const count = (fields: Fields, name: string): number => (Array.isArray(fields[name]) ? fields[name].length : 0)
const where = (fields: Fields): string =>
  `${textOf(fields, 'topic')}[${textOf(fields, 'partition')}]@${textOf(fields, 'offset')}`
const delay = (fields: Fields): number => Math.round(Number(fields['delayMs'] ?? 0))

function reason({ err }: Fields): string {
  return typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : 'no reason given'
}
