import { type OperationName, routes } from "../contract/routes.ts"

/** A route that was found: its operation, and the pieces of the path as they stand there (still percent-encoded). */
export interface Found {
  name: OperationName
  pieces: Record<string, string>
}

export interface Router {
  /** The operation of a method and a path; else the methods that the path has (`Allow`); undefined if it has none. */
  find: (method: string, path: string) => Found | { allow: string } | undefined
}

interface Step {
  literals: Map<string, Step>
  piece: { name: string; step: Step } | undefined
  operations: Map<string, OperationName>
}

/**
 * Makes a router of the table's routes. It walks the path once, segment by segment, and never looks back: where a piece
 * may stand, no literal may, so a path has one reading at most.
 * @throws Error when two routes of the table can't be told apart
 */
export function makeRouter(isServed: (name: OperationName) => boolean): Router {
  const root = newStep()
  for (const name of Object.keys(routes) as OperationName[]) if (isServed(name)) addRoute(root, name)
  return { find: (method, path) => find(root, method, path) }
}

function find(root: Step, method: string, path: string): Found | { allow: string } | undefined {
  const pieces: Record<string, string> = {}
  let step: Step | undefined = root
  for (let from = 1; from <= path.length && step !== undefined; ) {
    const slash = path.indexOf("/", from)
    const to = slash < 0 ? path.length : slash
    step = advance(step, path.slice(from, to), pieces)
    from = to + 1
    if (slash === path.length - 1) return undefined // a trailing slash is another path
  }
  if (step === undefined || step.operations.size === 0) return undefined
  const name = step.operations.get(method === "HEAD" ? "GET" : method)
  return name === undefined ? { allow: allowed(step) } : { name, pieces }
}

function advance(step: Step, segment: string, pieces: Record<string, string>): Step | undefined {
  if (step.piece === undefined) return step.literals.get(segment)
  if (segment === "") return undefined
  pieces[step.piece.name] = segment
  return step.piece.step
}

function allowed({ operations }: Step): string {
  const methods = [...operations.keys()]
  if (operations.has("GET")) methods.push("HEAD")
  return [...methods, "OPTIONS"].join(", ")
}

function addRoute(root: Step, name: OperationName): void {
  const [method, path] = routes[name]
  let step = root
  for (const segment of path.slice(1).split("/")) step = stepTo(step, segment, path)
  if (step.operations.has(method)) throw new Error(`${method} ${path} is in the table of routes twice.`)
  step.operations.set(method, name)
}

function stepTo(step: Step, segment: string, path: string): Step {
  const name = /^\{(\w+)\}$/.exec(segment)?.[1]
  if (name === undefined) {
    if (step.piece !== undefined) throw new Error(`${path} can be read as another route.`)
    const next = step.literals.get(segment) ?? newStep()
    step.literals.set(segment, next)
    return next
  }
  step.piece ??= { name, step: newStep() }
  if (step.piece.name !== name || step.literals.size > 0) throw new Error(`${path} can be read as another route.`)
  return step.piece.step
}

function newStep(): Step {
  return { literals: new Map(), piece: undefined, operations: new Map() }
}
