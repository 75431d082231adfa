/** Runs contestants in turns, so that what else the machine does meets all of them, and tells medians and spreads. */

import type { LoadResult } from "./load.ts"
import { cpuUsageOf } from "./processes.ts"

export interface Contestant {
  name: string
  load(): Promise<LoadResult>
  /** Processes whose CPU time is told. */
  processes: readonly { name: string; pid: number }[]
}

export interface Measured {
  name: string
  perSecond: number[]
  p50: number[]
  p99: number[]
  /** Microseconds of CPU per answer, by the process's name. */
  cpu: Record<string, number[]>
}

export async function inRounds(contestants: readonly Contestant[], rounds: number): Promise<Measured[]> {
  const measured = contestants.map(({ name }): Measured => ({ name, perSecond: [], p50: [], p99: [], cpu: {} }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const before = contestant.processes.map(({ pid }) => cpuUsageOf(pid))
      const result = await contestant.load()
      const own = measured[index]
      if (own === undefined) continue
      if (result.wrong > 0)
        throw new Error(`${contestant.name}: ${result.wrong} of ${result.answers} answers were wrong.`)
      own.perSecond.push(result.answers / result.seconds)
      own.p50.push(result.p50)
      own.p99.push(result.p99)
      for (const [each, { name, pid }] of contestant.processes.entries()) {
        const micros = (cpuUsageOf(pid) - (before[each] ?? 0)) / result.answers
        own.cpu[name] = [...(own.cpu[name] ?? []), micros]
      }
    }
  }
  return measured
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** `1234 [1100..1300]` */
export function spread(values: readonly number[], digits = 0): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} [${least.toFixed(digits)}..${most.toFixed(digits)}]`
}

export function print(measured: readonly Measured[], reference: string): void {
  const base = measured.find(({ name }) => name === reference)
  for (const { name, perSecond, p50, p99, cpu } of measured) {
    const ratios = perSecond.map((rate, round) => rate / (base?.perSecond[round] ?? Number.NaN))
    const costs = Object.entries(cpu).map(([process, micros]) => `${process} ${median(micros).toFixed(0)} µs`)
    console.log(
      `${name.padEnd(28)} ${spread(perSecond)} /s   ÷ ${reference} ${spread(ratios, 2)}   p50 ${spread(p50, 1)} ms   p99 ${spread(p99, 1)} ms   CPU per answer: ${costs.join(", ")}`,
    )
  }
}
