import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/**
 * Builds the least that the framework can serve: a page made for each request, with one line of text and no script of
 * its own. It lies in a folder of its own that borrows our node_modules, so nothing of it is ever shipped.
 */
export function buildEmptyApp(root: string): string {
  const dir = mkdtempSync(join(tmpdir(), "strongroom-empty-app-"))
  mkdirSync(join(dir, "app"))
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const next = join(root, "node_modules", "next", "dist", "bin", "next")
  execFileSync(process.execPath, [next, "build"], {
    cwd: dir,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...environment },
  })
  return dir
}

const environment = { PATH: process.env.PATH ?? "", NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const

const files = {
  "package.json": `{ "private": true, "type": "module" }`,
  // The borrowed node_modules lie outside of the folder.
  "next.config.mjs": `export default { poweredByHeader: false, turbopack: { root: "/" } }`,
  "app/layout.jsx": `export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }`,
  "app/page.jsx": `export const dynamic = "force-dynamic"\nexport default function Page() { return <p>An empty page.</p> }`,
}
