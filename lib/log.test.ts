import { describe, expect, it } from "vitest"
import { AppError } from "./errors.ts"
import { createLog, describeError, type Log, type LogFields, type LogLevel } from "./log.ts"
import { Secret } from "./secret.ts"

function aLog(level: LogLevel = "debug"): { log: Log; lines: string[] } {
  const lines: string[] = []
  const now = (): Date => new Date("2026-11-22T08:00:00Z")
  return { log: createLog({ write: (line) => lines.push(line), level: () => level, now }), lines }
}

describe("the log", () => {
  it("writes a record as one line of JSON", () => {
    const { log, lines } = aLog()
    log.info("Strongroom has started.", { port: 3000 })
    expect(lines).toEqual([
      '{"time":"2026-11-22T08:00:00.000Z","level":"info","message":"Strongroom has started.","port":3000}\n',
    ])
  })

  it("keeps a record on one line, whatever a name in it holds", () => {
    const { log, lines } = aLog()
    log.warn("odd name", { name: "a\nb\r\u001b[2Jc\u0085d\u2028e\u202ef" })
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/)
    expect(JSON.parse(lines[0]!)).toMatchObject({ name: "a\nb\r\u001b[2Jc\u0085d\u2028e\u202ef" })
  })

  it("leaves out what is below its level", () => {
    const { log, lines } = aLog("warn")
    log.debug("one")
    log.info("two")
    log.warn("three")
    log.error("four")
    expect(lines).toHaveLength(2)
  })

  it("puts the shared fields into every record", () => {
    const { log, lines } = aLog()
    const ofRequest = log.with({ requestId: "r-1" })
    ofRequest.info("one")
    ofRequest.info("two", { status: 200 })
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { requestId: "r-1" },
      { requestId: "r-1", status: 200 },
    ])
  })

  it("lets no field pose as the record's own time, level or message", () => {
    const { log, lines } = aLog()
    log.error("real", { level: "debug", message: "false", time: "never" })
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", message: "real", time: "2026-11-22T08:00:00.000Z" })
  })

  it("leaves an object out even when the types were talked round", () => {
    const { log, lines } = aLog()
    log.info("careless", { secret: Secret.fromText("canary") } as unknown as LogFields)
    expect(lines[0]).toContain("[left out: not a primitive]")
  })
})

describe("describeError", () => {
  it("names an error and its causes, with the message of our own errors alone", () => {
    const cause = Object.assign(new Error("row has canary"), { code: "23505" })
    const described = describeError(new AppError("conflict", "That name is taken.", { cause }))
    expect(described).toMatch(/^AppError \(conflict\): That name is taken\. at .* <- Error \(23505\) at /)
    expect(described).not.toContain("canary")
  })

  it("does not quote what a parser could not read", () => {
    const described = ((): string => {
      try {
        return JSON.parse("canary-hunter2") as string
      } catch (error) {
        return describeError(error)
      }
    })()
    expect(described).toMatch(/^SyntaxError/)
    expect(described).not.toContain("canary")
  })

  it("says no more than the type of what is no error", () => {
    expect(describeError("canary")).toBe("thrown string")
  })
})
