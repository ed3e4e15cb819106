import type { Logger } from '@millrace/core'
import type pino from 'pino'
import { expectTypeOf, it } from 'vitest'
import type { FlushableLogger } from './create-logger.js'

it('a logger of pino fits the port as it is, and ours fits it too', () => {
  expectTypeOf<pino.Logger>().toExtend<Logger>()
  expectTypeOf<pino.Logger<'audit'>>().toExtend<Logger>()
  expectTypeOf<FlushableLogger>().toExtend<Logger>()
})

it('what can not make children does not', () => {
  expectTypeOf<Omit<pino.Logger, 'child'>>().not.toExtend<Logger>()
})
