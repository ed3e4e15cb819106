const graceMs = 15_000

/**
 * Ends the process a while after a run is over, if something of it is still open: a socket of the proxy that was reset
 * while it was closing stays for ever. The exit code is whatever has been decided until then.
 */
export function leaveWhenDone(): void {
  setTimeout(() => process.exit(), graceMs).unref()
}
