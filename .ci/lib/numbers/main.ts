/**
 * Prints what failed, then `N passed, N failed, N skipped`, from the report named first, and fails when a test failed. With
 * --brokers it says how many tests met a real Kafka and an embedded broker instead, and with CI set fails when none met one of them.
 */
import { readFileSync } from 'node:fs'
import { inWords, type Numbers, readNumbers } from './read-numbers.ts'

const [file = '', question] = process.argv.slice(2)

function read(): Numbers {
  try {
    return readNumbers(readFileSync(file, 'utf8'))
  } catch {
    // The run died before it could report: that is one failure, and its output stands above.
    return { passed: 0, failed: 1, skipped: 0, onRealKafka: 0, onEmbedded: 0, failures: [] }
  }
}

const numbers = read()
if (question !== '--brokers') {
  // The last line is for machines, so the failures stand above it: a log that is cut short keeps its end.
  for (const failure of numbers.failures) console.log(`failed: ${failure}\n`)
  console.log(inWords(numbers))
  if (numbers.failed > 0) process.exitCode = 1
} else {
  const { onRealKafka, onEmbedded } = numbers
  console.log(`${onRealKafka} tests passed against a real Kafka, ${onEmbedded} against embedded brokers`)
  const { CI = '' } = process.env
  if (Math.min(onRealKafka, onEmbedded) === 0 && CI !== '' && CI !== 'false') process.exitCode = 1
}
