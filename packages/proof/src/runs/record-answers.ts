import { recordAnswers } from '../broker/raw/record-answers.js'
import { type ProofRun, UsageError } from '../proof-run.js'

export const proof: ProofRun = {
  title: 'What Apache Kafka answers to raw requests, recorded',
  run(args, print, signal) {
    if (args.length > 0) throw new UsageError('record-answers')
    return recordAnswers(print, signal)
  },
}
