/**
 * What machines get, on random organizations, asked of the whole product and held against a few lines that are written
 * from the rule: the effective set, references one by one, and the explanation of both.
 */
import { afterAll, beforeAll, expect, inject, it } from "vitest"
import type { AnswerOf } from "../contract/api.ts"
import type { Explanation, Resolution } from "../contract/dto.ts"
import { isAppError } from "../errors.ts"
import { aHouse, aRequest, type TestHouse } from "../testing/a-house.ts"
import { openFigures } from "../testing/figures.ts"
import { randomOf } from "./fuzzed-requests.ts"
import {
  drawTree,
  oracle,
  plant,
  problemIn,
  type RandomSecret,
  type RandomTree,
  valueOf,
  variableOf,
} from "./random-trees.ts"

const isLong = inject("isLong")
const figures = openFigures("resolve-trees")
const trees = isLong ? 10_000 : 150
const atOnce = 50
const seed = 20_261_201

let house: TestHouse
beforeAll(async () => {
  house = await aHouse()
})
afterAll(() => house[Symbol.asyncDispose]())

it(
  "is what the rule says, in every tree: who wins, with which value, what is left out and why, and what would win next",
  async () => {
    const random = randomOf(seed)
    const differences: string[] = []
    const seen = { winners: 0, shadowed: 0, problems: 0 }
    for (let from = 0; from < trees; from += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, trees - from) }, (_, index) => drawTree(random, from + index))
      await plant(house, some)
      const found = await Promise.all(some.map((tree) => differencesIn(tree, seen)))
      differences.push(...found.flat())
    }
    expect(differences.slice(0, 10)).toEqual([])
    expect(Math.min(seen.winners, seen.shadowed, seen.problems)).toBeGreaterThan(trees / 10)
    figures.tell(`differences from the oracle in ${trees} random trees`, differences.length, 0)
    figures.tell("winners, of which shadow others, and which have a problem", Object.values(seen).join(", "), "many")
  },
  isLong ? 1_800_000 : 60_000,
)

/** What differs in one workspace of a tree, in words. */
async function differencesIn(
  tree: RandomTree,
  seen: { winners: number; shadowed: number; problems: number },
): Promise<string[]> {
  const workspace = [...tree.scopes.keys()].find((path) => path.split(".").length === 3) ?? ""
  const winners = oracle(tree, workspace)
  const set = await answerOf(ask(tree, "resolve", { scope: workspace, partial: true }))
  const explained = await answerOf(ask(tree, "explain", { scope: workspace, limit: 200 }))
  const refs = namesIn(tree).map((name) => `strongroom://${workspace}/${name}`)
  const referred = await answerOf(ask(tree, "resolveReferences", { refs, partial: true }))
  const expected = expectedOf(winners)
  seen.winners += winners.size
  seen.problems += expected.unresolved.length
  seen.shadowed += explained === undefined ? 0 : explained.items.filter(({ next }) => next !== null).length
  const isGranted = isAnywhereGranted(tree, workspace)
  return [
    ...compare(`${workspace} set`, isGranted ? expected : undefined, set && outlineOf(set as Resolution)),
    ...compare(
      `${workspace} explained`,
      isGranted ? explanationsOf(tree, workspace) : undefined,
      explained && outlineOfAll(explained.items),
    ),
    ...compare(
      `${workspace} references`,
      referencesOf(tree, workspace, winners),
      referred && outlineOf(referred as Resolution),
    ),
  ]
}

function ask<Name extends "resolve" | "resolveReferences" | "explain">(
  tree: RandomTree,
  name: Name,
  input: object,
): Promise<AnswerOf<Name>> {
  return house.core.call(name, { kind: "bearer", token: tree.token }, input, aRequest())
}

/** Undefined where nothing is granted. */
async function answerOf<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") return undefined
    throw error
  }
}

interface Outline {
  values: string[]
  unresolved: string[]
}

function expectedOf(winners: ReadonlyMap<string, RandomSecret>): Outline {
  const all = [...winners.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, secret]) => secret)
  const problems = all.map((secret) => ({ secret, problem: problemIn(winners, secret) }))
  return {
    values: problems
      .filter(({ problem }) => problem === undefined)
      .map(({ secret }) => lineOf(secret))
      .toSorted(),
    unresolved: problems
      .flatMap(({ secret, problem }) => (problem === undefined ? [] : `${problem} ${secret.vault}/${secret.name}`))
      .toSorted(),
  }
}

function lineOf(secret: RandomSecret): string {
  const version = secret.versions.length
  return `${variableOf(secret)}=${valueOf(secret, version)} from ${secret.scope} version ${version}`
}

function outlineOf({ env, entries, unresolved }: Resolution): Outline {
  return {
    values: entries
      .map(({ envName, scope, version }) => `${envName}=${env[envName] ?? "nothing"} from ${scope} version ${version}`)
      .toSorted(),
    unresolved: unresolved
      .map(({ reason, ref, name }) => `${reason} ${ref.split("/").at(-2) ?? ""}/${name}`)
      .toSorted(),
  }
}

/** Every name of the tree in each vault, once, and one that is nowhere. */
function namesIn({ secrets }: RandomTree): string[] {
  const names = new Map(
    secrets.flatMap(({ name }) => ["v", "w"].map((vault) => [`${vault}/${name.toLowerCase()}`, `${vault}/${name}`])),
  )
  return [...names.values(), "v/NOWHERE"].toSorted()
}

function referencesOf(
  tree: RandomTree,
  workspace: string,
  winners: ReadonlyMap<string, RandomSecret>,
): Outline | undefined {
  const { values, unresolved } = expectedOf(winners)
  const others = namesIn(tree)
    .filter((name) => !winners.has(name.toLowerCase()))
    .map((name) => `${isCovered(tree, workspace, name) ? "missing" : "forbidden"} ${name}`)
  const isNothing = namesIn(tree).every((name) => !isCovered(tree, workspace, name))
  return isNothing ? undefined : { values, unresolved: [...unresolved, ...others].toSorted() }
}

function isCovered(tree: RandomTree, workspace: string, wanted: string): boolean {
  const [vault = "", name = ""] = wanted.split("/")
  const probe: RandomSecret = {
    id: "",
    scope: workspace,
    vault,
    isPrivate: false,
    name,
    envName: null,
    state: "active",
    versions: ["enabled"],
  }
  return oracle({ ...tree, secrets: [probe] }, workspace).size === 1
}

function isAnywhereGranted({ grants }: RandomTree, workspace: string): boolean {
  return grants.some(
    ({ scope, access, isRevoked }) =>
      access === "read" && !isRevoked && (workspace === scope || workspace.startsWith(`${scope}.`)),
  )
}

/** Each winner with its problem, and whom it stands in front of: whoever wins when it, and the next, are taken away. */
function explanationsOf(tree: RandomTree, workspace: string): string[] {
  const winners = oracle(tree, workspace)
  return [...winners]
    .map(([key, secret]) => {
      const shadows: string[] = []
      let left = tree.secrets.filter((it) => it !== secret)
      for (let next = oracle({ ...tree, secrets: left }, workspace).get(key); next !== undefined; ) {
        const current = next
        shadows.push(current.scope)
        left = left.filter((it) => it !== current)
        next = oracle({ ...tree, secrets: left }, workspace).get(key)
      }
      const problem = problemIn(winners, secret) ?? "fine"
      return `${key} ${secret.scope}@${secret.versions.length} ${problem} over ${shadows.join(", ")} next ${shadows[0] ?? "nobody"}`
    })
    .toSorted()
}

function outlineOfAll(items: readonly Explanation[]): string[] {
  return items
    .map(({ vault, name, winner, problem, shadows, next, because }) => {
      if (because.length === 0) return `${vault}/${name} has no reason`
      const over = shadows.map(({ scope }) => scope).join(", ")
      return `${vault}/${name.toLowerCase()} ${winner.scope}@${winner.version} ${problem?.reason ?? "fine"} over ${over} next ${next?.scope ?? "nobody"}`
    })
    .toSorted()
}

function compare(where: string, expected: unknown, found: unknown): string[] {
  const [wanted, got] = [JSON.stringify(expected), JSON.stringify(found)]
  return wanted === got ? [] : [`${where}: expected ${wanted}, found ${got}`]
}
