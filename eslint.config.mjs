import { defineConfig, globalIgnores } from "eslint/config"
import tseslint from "typescript-eslint"
import { strongroom } from "./scripts/lint/plugin.mjs"
import { tests } from "./scripts/lint/rooms.mjs"

const typescript = ["**/*.ts", "**/*.tsx"]
const testFiles = [
  "**/*.test.ts",
  "**/*.test.tsx",
  ...tests.map((place) => (place.endsWith("/") ? `${place}**` : place)),
]

/** Next and the tools ask for these by default export. */
const wantDefaultExports = [
  "app/**/{page,layout,template,default,error,global-error,loading,not-found,forbidden,unauthorized}.tsx",
  "app/**/{icon,apple-icon,opengraph-image,sitemap,robots,manifest}.{ts,tsx}",
  "proxy.ts",
  "*.config.{ts,mjs}",
  "lib/testing/{start-postgres,offer-openbao}.ts",
  "e2e/support/start-strongroom.ts",
  "e2e/support/start-strongroom.ts",
]

export default defineConfig(
  globalIgnores([
    ".next/",
    ".strongroom/",
    ".cache/",
    "next-env.d.ts",
    "lib/db/generated/",
    "clients/*/dist/",
    "clients/terraform/",
    "coverage/",
    ".vitest/",
    "playwright-report/",
    "test-results/",
    "public/",
  ]),
  {
    // No comment can switch a rule off (strongroom/no-way-around names those that try).
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
    plugins: { strongroom },
    rules: {
      "strongroom/rooms": "error",
      "strongroom/expose": "error",
      "strongroom/env": "error",
      "strongroom/ciphers": "error",
      "strongroom/connections": "error",
      "strongroom/powerful-modules": "error",
      "strongroom/no-way-around": "error",
      "no-restricted-exports": [
        "error",
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
      "no-eval": "error",
      "no-new-func": "error",
      "no-debugger": "error",
      // `== null` asks for both kinds of absence at once, as wire forms have them.
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    // One program for the whole run, as tsc has it: a third faster than a project service.
    languageOptions: { parserOptions: { project: "tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "strongroom/secret-stays-closed": "error",
      "strongroom/sql": "error",
      "strongroom/actions": "error",

      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/ban-ts-comment": ["error", { "ts-expect-error": true }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-console": "error",

      // A number in a text reads as it is meant to.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => void save()` and arrows that hand on nothing are how we write handlers.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // `return void refuse(…)` says that it was dealt with, and that there is nothing to hand on.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // A handler of an event may be async: React and node:http don't look at what it returns, and it catches its own.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      // `async` without `await` is how a memory store keeps the promise that an interface makes.
      "@typescript-eslint/require-await": "off",
      // Our objects are made of closures, so that their functions can be taken out; this rule can't tell them from classes.
      "@typescript-eslint/unbound-method": "off",
      // `_` says that something is there and not needed.
      "@typescript-eslint/no-unused-vars": [
        "error",
        {
          ignoreRestSiblings: true,
          argsIgnorePattern: "^_",
          varsIgnorePattern: "^_",
          destructuredArrayIgnorePattern: "^_",
        },
      ],
    },
  },
  { files: ["lib/db/**", "lib/core/**"], rules: { "strongroom/certain-where": "error" } },
  {
    files: testFiles,
    rules: {
      // Tests reach for what they know is there; a missing item fails the test, which is what it is for.
      "@typescript-eslint/no-non-null-assertion": "off",
      // `expect.any(…)` is an `any` by its own type.
      "@typescript-eslint/no-unsafe-assignment": "off",
      // A test proves what happens when a type is lied to, so it may ask what types say can't be.
      "@typescript-eslint/no-unnecessary-condition": "off",
    },
  },
  { files: ["clients/cli/**", "bench/**", ...testFiles], rules: { "no-console": "off" } },
  { files: wantDefaultExports, rules: { "no-restricted-exports": "off" } },
)
