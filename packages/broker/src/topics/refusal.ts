/** Why Kafka says no: a code of the protocol and the sentence that goes with it, where the API has room for one. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage: string
}

export const refuse = (errorCode: number, errorMessage: string): Refusal => ({ errorCode, errorMessage })
