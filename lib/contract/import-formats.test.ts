import { describe, expect, it } from "vitest"
import { guessFormat, mostImportRows, type ParsedRow, parseImport } from "./import-formats.ts"
import { maxValueBytes } from "./value-input.ts"
import { type ImportFormat, importFormats } from "./words.ts"

async function valuesOf(text: string, format: ImportFormat): Promise<Record<string, string | null>> {
  return Object.fromEntries((await parseImport(text, format)).rows.map(({ name, value }) => [name, value]))
}

async function problemsOf(text: string, format: ImportFormat): Promise<(string | null)[]> {
  return (await parseImport(text, format)).rows.map(({ problem }) => problem)
}

describe("a .env file", () => {
  it("is read with comments, export, blanks and either line end", async () => {
    const text = "\uFEFF# a comment\r\n\r\nA=1\r\nexport B = two \n  C=a b # said why\nD=a#b\nE = \n"
    expect(await parseImport(text, "env")).toEqual({
      rows: [
        { line: 3, name: "A", value: "1", problem: null },
        { line: 4, name: "B", value: "two", problem: null },
        { line: 5, name: "C", value: "a b", problem: null },
        { line: 6, name: "D", value: "a#b", problem: null },
        { line: 7, name: "E", value: null, problem: "It has no value." },
      ],
      problem: null,
    })
  })

  it("keeps what is in quotes verbatim, over several lines", async () => {
    const text = [
      'A="  two\nlines # no comment  " # but this is',
      "B='$HOME \\n \"'",
      'C="a\\nb\\t\\"\\\\\\$ \\d"',
      "D=`it's`",
      "E=$NOT ${EXPANDED}",
      'F=a"b"',
    ].join("\n")
    expect(await valuesOf(text, "env")).toEqual({
      A: "  two\nlines # no comment  ",
      B: '$HOME \\n "',
      C: 'a\nb\t"\\$ \\d',
      D: "it's",
      E: "$NOT ${EXPANDED}",
      F: 'a"b"',
    })
  })

  it("stops at a quote that never closes, so that no line of the value becomes a name", async () => {
    const { rows, problem } = await parseImport('A=1\nKEY="-----BEGIN\nMIIEabc=\nQUJD=\n', "env")
    expect(rows.map(({ name, problem }) => [name, problem])).toEqual([
      ["A", null],
      ["KEY", "Its quote never closes."],
    ])
    expect(problem).toContain("line 2")
  })

  it("doesn't repeat what can't be a name", async () => {
    const { rows } = await parseImport('hunter2-is-my-password\nA B=x\n=y\nA="b" c\n', "env")
    expect(rows.map(({ name }) => name)).toEqual(["", "", "", "A"])
    expect(rows.every(({ value, problem }) => value === null && problem !== null)).toBe(true)
  })
})

describe("a JSON file", () => {
  it("is an object of strings; anything else is a problem of its row", async () => {
    const text = '{"A": "x\\u00e9\\n", "B": 1, "C": true, "D": null, "E": {"F": "g, }"}, "G": ["h"], "I": " "}'
    expect(await valuesOf(text, "json")).toEqual({
      A: "xé\n",
      B: null,
      C: null,
      D: null,
      E: null,
      G: null,
      I: " ",
    })
    expect((await problemsOf(text, "json"))[1]).toBe("Its value is a number. Put it in quotes to import it as text.")
  })

  it("says where a name is repeated, also under another case, and doesn't let the last one win", async () => {
    const { rows } = await parseImport('{\n"A": "first",\n"b": "x",\n"a": "second"\n}', "json")
    expect(rows.map(({ line, value }) => [line, value])).toEqual([
      [2, "first"],
      [3, "x"],
      [4, null],
    ])
    expect(rows[2]?.problem).toContain("line 2")
  })

  it("takes no name that is a trap", async () => {
    const { rows } = await parseImport('{"__proto__": "x", "constructor": "y", "..": "z", "ok": "v"}', "json")
    expect(rows.map(({ value }) => value)).toEqual([null, null, null, "v"])
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})

describe("a YAML file", () => {
  it("is a mapping of scalars, taken as they are written", async () => {
    const text = "A: 0123\nB: yes\nC: 'it''s'\nD: |\n  two\n  lines\nE: \"a\\tb\"\nF: 1.10 # comment\n"
    expect(await valuesOf(text, "yaml")).toEqual({
      A: "0123",
      B: "yes",
      C: "it's",
      D: "two\nlines\n",
      E: "a\tb",
      F: "1.10",
    })
  })

  it("refuses nesting, aliases, tags and what has no value, row by row", async () => {
    const text = "A: &a x\nB: *a\nC: [1]\nD: {e: f}\nG: !!binary aGk=\nH:\nI: ~\nJ: null\nA: again\n"
    const { rows } = await parseImport(text, "yaml")
    expect(rows.map(({ value }) => value)).toEqual(["x", null, null, null, null, null, null, null, null])
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it("isn't blown up by aliases of aliases", async () => {
    const bomb = Array.from({ length: 40 }, (_, index) => `x${index}: &x${index} [${"*x0,".repeat(index > 0 ? 9 : 0)}]`)
    const { rows } = await parseImport(bomb.join("\n"), "yaml")
    expect(rows.every(({ value }) => value === null)).toBe(true)
  })
})

describe("a CSV file", () => {
  it("is read by its header, in any order of columns", async () => {
    const text = 'value;note;Name\r\n"a ""b""; c";x;A\r\n" two\nlines ";y;B\r\n\r\n3;z;C\r\n'
    const { rows } = await parseImport(text, "csv")
    expect(rows.map(({ line, name, value }) => [line, name, value])).toEqual([
      [2, "A", 'a "b"; c'],
      [3, "B", " two\nlines "],
      [6, "C", "3"],
    ])
  })

  it("takes two columns without a header, and no other number of them", async () => {
    expect(await valuesOf("A,1\nB,=1+1\n", "csv")).toEqual({ A: "1", B: "=1+1" })
    expect(await problemsOf("A,1,2\nB\n", "csv")).toEqual([
      expect.stringContaining("more than two"),
      expect.stringContaining("one column"),
    ])
  })

  it("doesn't take a row whose quote never closes", async () => {
    const { rows } = await parseImport('name,value\nA,1\nB,"open\nC,3\n', "csv")
    expect(rows.map(({ name, value }) => [name, value])).toEqual([
      ["A", "1"],
      ["B", null],
    ])
  })
})

describe("any file", () => {
  const nasty = [
    "",
    "\0",
    "\uD800",
    "=",
    '"',
    "'",
    "{",
    "[]",
    "[".repeat(100_000),
    '{"a":'.repeat(50_000),
    "a: b: c",
    "\t\t- x",
    "%YAML 9\n---\n*x",
    'a,b\n"',
    "A=\n".repeat(5_000),
    "🔑=🔑",
    "x".repeat(300_000),
    "<!doctype html><html>canary</html>",
  ]

  it.each(importFormats)("never throws, read as %s", async (format) => {
    for (const text of nasty) {
      const { rows, problem } = await parseImport(text, format)
      expect(rows.length).toBeLessThanOrEqual(mostImportRows)
      expect(problem === null || typeof problem === "string").toBe(true)
    }
  })

  it.each(importFormats)("has no problem that repeats a value, read as %s", async (format) => {
    const texts = [
      'A="canary\nB=canary" canary\ncanary canary=1\n',
      '{"A": canary, "B": "canary"',
      '{"A": ["canary"], "B": {"canary": "canary"}}',
      "A: *canary\nB: [canary]\n  canary: - canary",
      'name,value\n"canary,canary\ncanary',
      "canary canary,1\n",
    ]
    for (const text of texts) {
      const { rows, problem } = await parseImport(text, format)
      const told = [problem, ...rows.filter(hasProblem).flatMap((row) => [row.problem, row.name])]
      expect(told.join("\n")).not.toContain("canary canary")
      expect(rows.map((row) => row.problem).join("\n")).not.toContain("canary")
      expect(problem ?? "").not.toContain("canary")
    }
  })

  it("takes two thousand rows and says that there are more", async () => {
    const text = Array.from({ length: mostImportRows + 1 }, (_, index) => `N${index}=x`).join("\n")
    const { rows, problem } = await parseImport(text, "env")
    expect(rows).toHaveLength(mostImportRows)
    expect(problem).toContain("2,000")
  })

  it("refuses values that are too long or weren't UTF-8", async () => {
    const most = "x".repeat(maxValueBytes)
    expect(await problemsOf(`A=${most}\nB=${most}x\nC=\uFFFD\n`, "env")).toEqual([
      null,
      "Its value has more than 64 KiB.",
      "Its value isn't valid UTF-8 text.",
    ])
  })
})

describe("guessFormat", () => {
  it.each<[string | undefined, string, ImportFormat]>([
    [".env", "{", "env"],
    [".env.production", "", "env"],
    ["prod.env", "", "env"],
    ["a.JSON", "", "json"],
    ["a.yml", "", "yaml"],
    ["a.tsv", "", "csv"],
    [undefined, '\uFEFF\n  {"A": "b"}', "json"],
    [undefined, "# c\nexport A=b: c", "env"],
    [undefined, "---\nA: b", "yaml"],
    [undefined, "A: b=c", "yaml"],
    [undefined, "name,value\nA,b", "csv"],
    ["notes.txt", "A;b", "csv"],
    [undefined, "", "env"],
  ])("takes %s with %j as %s", (name, text, format) => {
    expect(guessFormat(name, text)).toBe(format)
  })
})

function hasProblem({ problem }: ParsedRow): boolean {
  return problem !== null
}
