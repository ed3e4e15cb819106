/** Kafka's numbers: 0 reads everything, 1 what is committed. */
export const readCommittedLevel = 1

export const isIsolationLevel = (level: number): boolean => level === 0 || level === readCommittedLevel
