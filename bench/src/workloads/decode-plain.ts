import { decodeWorkload } from '../decode/decode-contest.js'

export const workload = decodeWorkload('plain', { headers: 0, compression: 'none' })
