/**
 * Prints what failed, then `N passed, N failed, N skipped`, from the report named first, and fails when a test failed. With
 * --real-kafka it says how many tests met a real Kafka instead, and with CI set fails when none did.
 */
import { readFileSync } from 'node:fs'
import { inWords, type Numbers, readNumbers } from './read-numbers.ts'

const [file = '', question] = process.argv.slice(2)

function read(): Numbers {
  try {
    return readNumbers(readFileSync(file, 'utf8'))
  } catch {
    // The run died before it could report: that is one failure, and its output stands above.
    return { passed: 0, failed: 1, skipped: 0, integration: 0, failures: [] }
  }
}

const numbers = read()
if (question !== '--real-kafka') {
  // The last line is for machines, so the failures stand above it: a log that is cut short keeps its end.
  for (const failure of numbers.failures) console.log(`failed: ${failure}\n`)
  console.log(inWords(numbers))
  if (numbers.failed > 0) process.exitCode = 1
} else {
  console.log(`${numbers.integration} tests passed against a real Kafka`)
  const { CI = '' } = process.env
  if (numbers.integration === 0 && CI !== '' && CI !== 'false') process.exitCode = 1
}
