import type { Api, VersionSpan } from '../../packages/broker/src/protocol/apis.js'
import { renderRows } from './render-rows.ts'

/** A difference from Kafka that was reviewed and stays. */
export interface ReviewedDifference {
  readonly what: string
  readonly reason: string
}

export interface BrokerParts {
  /** The words of the page, with a line `<!-- apis -->` and `<!-- differences -->` each. */
  readonly template: string
  readonly apis: Readonly<Record<string, Pick<Api, 'key' | 'name' | 'advertised' | 'accepted'>>>
  readonly differences: readonly ReviewedDifference[]
}

const security = 'answers SECURITY_DISABLED, as Kafka without an authorizer'
const noSasl = 'answers ILLEGAL_SASL_STATE, as Kafka on a listener without SASL'
const notes: Readonly<Record<string, string>> = {
  SaslHandshake: noSasl,
  SaslAuthenticate: noSasl,
  DescribeAcls: security,
  CreateAcls: security,
  DeleteAcls: security,
}

/** The page about the embedded broker. */
export function renderBrokerPage({ template, apis, differences }: BrokerParts): string {
  return template
    .replace('<!-- apis -->', () => renderApis(apis))
    .replace('<!-- differences -->', () => renderDifferences(differences))
}

const renderApis = (apis: BrokerParts['apis']): string =>
  renderRows(
    ['key', 'API', 'versions', ''],
    Object.values(apis)
      .toSorted((a, b) => a.key - b.key)
      .map((api) => [String(api.key), api.name, span(api.advertised), [accepted(api), notes[api.name]].join('')]),
  ).trimEnd()

/** Kafka offers some versions that it does not answer. */
const accepted = ({ advertised, accepted: own }: BrokerParts['apis'][string]): string =>
  span(advertised) === span(own) ? '' : `answers ${span(own)} and closes on the others, as Kafka does`

const span = ([first, last]: VersionSpan): string => (first === last ? String(first) : `${first} to ${last}`)

const renderDifferences = (differences: readonly ReviewedDifference[]): string =>
  differences.length === 0
    ? 'None is known at the moment.'
    : renderRows(
        ['difference', 'why'],
        differences.map(({ what, reason }) => [what, reason]),
      ).trimEnd()
