// Compiled twice by decorators.test.ts, with legacy and with TC39 decorators, and run both ways.
import {
  Consumer,
  Handle,
  json,
  type MessageContext,
  topic,
  Transform,
  type TransformContext,
  utf8,
} from '../../index.js'

export const Orders = topic('orders.v1', { key: utf8, value: utf8 })
export const Payments = topic('payments.v1', { key: utf8, value: utf8, tombstones: true })
export const Returns = topic('returns.v1', { key: utf8, value: json() })
export const Refunds = topic('refunds.v1', { key: utf8, value: json() })

const byKey = Symbol('byKey')

class Settling {
  @Handle(Orders, { deadLetter: true, concurrency: 8 })
  placed(order: string, _context: MessageContext<string>): string {
    return `settling ${order}`
  }

  @Handle(Payments, { onExhausted: 'halt' })
  paid(payment: string | null): string {
    return `settling ${payment ?? 'nothing'}`
  }
}

/** Overrides a handler without a decorator, and inherits the other. */
@Consumer({ group: 'billing' })
export class Billing extends Settling {
  readonly #name = 'billing'

  override placed(order: string): string {
    return `${this.#name} ${order}`
  }
}

/** Declares an inherited handler anew, two topics on one method, and a method whose name is a symbol. */
@Consumer({ group: 'audit', defaults: { deadLetter: true } })
export class Audit extends Settling {
  @Handle(Payments, { deadLetter: 'payments.parked' })
  override paid(payment: string | null): string {
    return `audit ${payment ?? 'nothing'}`
  }

  @Handle(Returns)
  @Handle(Refunds, { timeout: '1s' })
  back(_message: unknown): string {
    return 'audit back'
  }
}

@Consumer({ group: 'symbols' })
export class Symbols {
  @Handle(Orders, { onExhausted: 'skip' })
  [byKey](order: string): string {
    return `symbols ${order}`
  }
}

/** Has no @Consumer of its own. */
export class Nightly extends Symbols {}

@Consumer({ group: 'misplaced' })
export class Misplaced {
  @Handle(Orders, { deadLetter: true })
  static placed(_order: string): void {}
}

export const Invoices = topic('invoices.v1', { key: utf8, value: utf8 })
export const Ledger = topic('ledger.v1', { key: utf8, value: utf8, tombstones: true })

@Consumer({ group: 'invoicing', defaults: { deadLetter: true } })
export class Invoicing {
  readonly #prefix = 'invoice of '

  @Transform(Orders, { to: Invoices, timeout: '1s' })
  invoice(order: string) {
    return { value: this.#prefix + order }
  }

  @Transform(Payments, { to: [Invoices, Ledger], delivery: 'at-least-once', inheritKey: false })
  book(payment: string | null, { produce }: TransformContext<string, [typeof Invoices, typeof Ledger]>): void {
    produce(Ledger, { key: 'cash', value: payment })
  }

  @Handle(Returns)
  back(_message: unknown): void {}
}

@Consumer({ group: 'misplaced' })
export class MisplacedTransform {
  @Transform(Orders, { to: Invoices, deadLetter: true })
  static invoice(order: string) {
    return { value: order }
  }
}
