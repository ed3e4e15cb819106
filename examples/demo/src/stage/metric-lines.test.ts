import { expect, it } from 'vitest'
import { metricLines } from './metric-lines.js'

it('sums what a worker counts, by the label that tells most', () => {
  const lines = metricLines(`
# HELP millrace_records_received_total Records.
millrace_records_received_total{group="a",topic="t",handler="h{1}"} 3
millrace_records_received_total{group="b",topic="t",handler="\\"h2\\""} 4
millrace_records_settled_total{group="a",settlement="processed"} 2
millrace_records_settled_total{group="b",settlement="processed"} 4
millrace_records_settled_total{group="a",settlement="dead_lettered"} 1
millrace_records_settled_total{group="a",settlement="skipped"} 0
millrace_retries_total{group="a",mode="in_place"} 0
`)
  const found = new Map(lines.map((line) => [line.split(' ', 1)[0], line.replace(/^\S+ +/, '')]))
  expect(found.get('millrace_records_received_total')).toBe('7')
  expect(found.get('millrace_records_settled_total')).toBe('processed 6, dead_lettered 1')
  expect(found.get('millrace_retries_total')).toBe('0')
  expect(found.get('millrace_attempts_total')).toBe('not there')
})
