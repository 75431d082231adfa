import type { OperationName } from "../contract/routes.ts"

/** Counts and times the operations of this process, for Prometheus. No label holds anything that a caller sent. */
export interface Metrics {
  /** Begins to time an operation; call what comes back with the status of its answer. */
  begin: (operation: OperationName) => (status: number) => void
  /** Everything in Prometheus's text form. */
  text: () => string
}

/** Upper ends of the histogram's buckets, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Series {
  operation: string
  status: number
  count: number
  seconds: number
  inBucket: number[]
}

export function countOperations(): Metrics {
  const series = new Map<string, Series>()
  let underWay = 0
  const record = (operation: OperationName, status: number, seconds: number): void => {
    const key = `${operation} ${status}`
    let one = series.get(key)
    if (one === undefined) {
      one = { operation, status, count: 0, seconds: 0, inBucket: buckets.map(() => 0) }
      series.set(key, one)
    }
    one.count++
    one.seconds += seconds
    const bucket = buckets.findIndex((end) => seconds <= end)
    if (bucket >= 0) one.inBucket[bucket] = (one.inBucket[bucket] ?? 0) + 1
  }
  return {
    begin: (operation) => {
      const begun = performance.now()
      underWay++
      return (status) => {
        underWay--
        record(operation, status, (performance.now() - begun) / 1000)
      }
    },
    text: () => [...processLines(underWay), ...operationLines([...series.values()]), ""].join("\n"),
  }
}

/** How many keys lie under each key encryption key; its state says which one is active, and whether a rotation is over. */
export function keyLines(keys: readonly { label: string; state: string; rows: number }[]): string {
  const name = "strongroom_keys_under_kek"
  if (keys.length === 0) return ""
  const lines = [
    `# HELP ${name} Keys that are wrapped under a key encryption key.`,
    `# TYPE ${name} gauge`,
    // A label has letters, digits, dots, dashes and underscores alone.
    ...keys.map(({ label, state, rows }) => `${name}{key="${label}",state="${state}"} ${rows}`),
  ]
  return `${lines.join("\n")}\n`
}

function processLines(underWay: number): string[] {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return [
    ...metric("strongroom_operations_under_way", "gauge", "Operations that are being answered.", underWay),
    ...metric("process_cpu_seconds_total", "counter", "Processor time of this process.", (user + system) / 1e6),
    ...metric("process_resident_memory_bytes", "gauge", "Memory of this process.", rss),
    ...metric("nodejs_heap_size_used_bytes", "gauge", "Memory of its JavaScript objects.", heapUsed),
    ...metric("process_uptime_seconds", "gauge", "How long this process has run.", process.uptime()),
  ]
}

function operationLines(series: readonly Series[]): string[] {
  const name = "strongroom_operation_seconds"
  const lines = [`# HELP ${name} Time until an operation was answered.`, `# TYPE ${name} histogram`]
  for (const { operation, status, count, seconds, inBucket } of series) {
    const labels = `operation="${operation}",status="${status}"`
    let upToHere = 0
    for (const [at, end] of buckets.entries()) {
      upToHere += inBucket[at] ?? 0
      lines.push(`${name}_bucket{${labels},le="${end}"} ${upToHere}`)
    }
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`)
    lines.push(`${name}_sum{${labels}} ${seconds}`, `${name}_count{${labels}} ${count}`)
  }
  return lines
}

function metric(name: string, type: "counter" | "gauge", help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`]
}
