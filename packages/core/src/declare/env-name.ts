/** A name that the environment may override: of a topic, a dead-letter topic or a group. Read once, when the plan is made. */
export interface EnvName {
  readonly kind: 'env'
  readonly variable: string
  readonly fallback: string
}

/** Takes the name from an environment variable where it is set and not empty: `fromEnv('ORDERS_TOPIC', 'orders.v1')`. */
export const fromEnv = (variable: string, fallback: string): EnvName => ({ kind: 'env', variable, fallback })

export const resolveName = (name: string | EnvName, env: Readonly<Record<string, string | undefined>>): string =>
  typeof name === 'string' ? name : env[name.variable] || name.fallback
