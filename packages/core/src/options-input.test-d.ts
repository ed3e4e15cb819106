import { expectTypeOf, it } from 'vitest'
import type { HandleOptions, handleOptions } from './declare/handle-options.js'
import type { TransformOptions, transformOptions as allOfTransform } from './declare/transform-options.js'
import type { InputOf } from './option.js'
import type {
  handlerOptions,
  producerOptions,
  retryOptions,
  transactionalProducerOptions,
  transformOptions,
  workerOptions,
} from './options.js'
import type {
  HandlerOptionsInput,
  ProducerOptionsInput,
  RetryOptionsInput,
  TransactionalProducerOptionsInput,
  TransformOptionsInput,
  WorkerOptionsInput,
} from './options-input.js'

it('what users may pass is what the tables read', () => {
  expectTypeOf<WorkerOptionsInput>().toEqualTypeOf<InputOf<typeof workerOptions>>()
  expectTypeOf<HandlerOptionsInput>().toEqualTypeOf<InputOf<typeof handlerOptions>>()
  expectTypeOf<TransformOptionsInput>().toEqualTypeOf<InputOf<typeof transformOptions>>()
  expectTypeOf<RetryOptionsInput>().toEqualTypeOf<InputOf<typeof retryOptions>>()
  expectTypeOf<Required<TransactionalProducerOptionsInput>>().toEqualTypeOf<
    Required<InputOf<typeof transactionalProducerOptions>>
  >()
  expectTypeOf<ProducerOptionsInput>().toEqualTypeOf<InputOf<typeof producerOptions>>()
  expectTypeOf<Required<Omit<TransformOptions, 'to'>>>().toEqualTypeOf<Required<InputOf<typeof allOfTransform>>>()
  expectTypeOf<Required<HandleOptions>>().toEqualTypeOf<Required<InputOf<typeof handleOptions>>>()
})
