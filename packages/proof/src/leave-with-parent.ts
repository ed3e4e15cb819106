/** A test run that is killed can't stop its workers: they notice that they were handed to another parent. */
export function leaveWithParent(): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, 1_000).unref()
}
