import { Consumer, fromEnv, Handle, type MessageContext } from 'millrace'
import { DeadLetters } from '../topics.js'

/** Reads the dead letters like any other topic and says who, what, where and why. The headers carry all of it. */
@Consumer({ group: fromEnv('ORDERS_DEAD_LETTERS_GROUP', 'orders-dead-letters') })
export class DeadLetterWatch {
  @Handle(DeadLetters, { onExhausted: 'halt' })
  report(value: Buffer | null, { key, headers, log }: MessageContext<Buffer>): void {
    const header = (name: string): string => headers.get(name) ?? '?'
    log.warn(
      {
        who: `${header('source-group')}: ${header('handler')}`,
        what: `order ${key?.toString() ?? 'without a key'}, ${value?.length ?? 0} bytes`,
        where: `${header('source-topic')}[${header('source-partition')}]@${header('source-offset')}`,
        why: `${header('error')} (${header('stage')}, attempts: ${header('attempts')})`,
      },
      'dead letter',
    )
  }
}
