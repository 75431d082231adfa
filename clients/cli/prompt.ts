/**
 * Asks whoever sits at the terminal. Where nobody does, answers are lines of standard input, in the same order. What is
 * secret isn't shown as it is typed.
 */
import { createInterface, type Interface } from "node:readline"
import { Writable } from "node:stream"
import { StrongroomError } from "../sdk/index.ts"

export interface Question {
  text: string
  /** What an empty answer means. Without it, an empty answer is asked for again. */
  otherwise?: string
  secret?: true
  /** What can be answered. */
  among?: readonly string[]
}

export interface Prompter extends Disposable {
  ask(question: Question): Promise<string>
  /** True for yes; no by itself. */
  confirm(text: string): Promise<boolean>
}

export function openPrompter(): Prompter {
  const screen = new Screen()
  const lines = createInterface({ input: process.stdin, output: screen, terminal: process.stdin.isTTY })
  lines.on("SIGINT", () => {
    process.stderr.write("\n")
    process.exit(130)
  })
  const answers = lines[Symbol.asyncIterator]()
  const ask = async (question: Question): Promise<string> => {
    for (;;) {
      const answer = await askOnce({ lines, answers, screen }, question)
      if (answer !== undefined) return answer
    }
  }
  return {
    ask,
    confirm: async (text) => /^y(es)?$/i.test(await ask({ text: `${text} [y/N]`, otherwise: "n" })),
    [Symbol.dispose]: () => lines.close(),
  }
}

interface Terminal {
  lines: Interface
  answers: AsyncIterator<string>
  screen: Screen
}

async function askOnce({ lines, answers, screen }: Terminal, question: Question): Promise<string | undefined> {
  const { text, otherwise, among } = question
  process.stderr.write(`${text}${otherwise === undefined || text.endsWith("]") ? "" : ` [${otherwise}]`}: `)
  screen.shows = question.secret !== true
  lines.resume()
  const { value, done } = (await answers.next()) as { value: string | undefined; done?: boolean }
  if (!screen.shows) process.stderr.write("\n")
  screen.shows = true
  if (done === true || value === undefined) {
    throw new StrongroomError("invalid", `There is no answer to "${text}": the input ended.`)
  }
  const answer = value === "" ? otherwise : value
  if (answer === undefined) return undefined
  if (among === undefined || among.includes(answer)) return answer
  process.stderr.write(`Answer one of: ${among.join(", ")}.\n`)
  return undefined
}

/** Where readline echoes what is typed: standard error, unless it is secret. */
class Screen extends Writable {
  shows = true

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.shows) process.stderr.write(chunk)
    done()
  }
}
