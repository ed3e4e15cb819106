/** Why Kafka says no: a code of the protocol and the sentence that goes with it, where the API has room for one. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const refuse = (errorCode: number, errorMessage: string | null): Refusal => ({ errorCode, errorMessage })
