/** Looking around in the prefix for what others have put there. Names alone. */
import type { BrowsePage } from "../provider.ts"
import type { ListFolder } from "./listing.ts"
import { segmentsOf } from "./paths.ts"
import type { VaultSettings } from "./settings.ts"

/** One folder's content. A folder's path begins at the prefix, a secret's location at the mount. */
export async function browse(
  settings: VaultSettings,
  list: ListFolder,
  folder: string,
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<BrowsePage> {
  const [prefix, inside] = [segmentsOf(settings.prefix), segmentsOf(folder)]
  const { names, hasMore } = await list([...prefix, ...inside], cursor ?? "", limit)
  const shown = names.slice(0, limit)
  const items = shown.map((name): BrowsePage["items"][number] => {
    if (name.endsWith("/")) return { kind: "folder", path: [...inside, name.slice(0, -1)].join("/") }
    return { kind: "secret", location: [...prefix, ...inside, name].join("/") }
  })
  return { items, nextCursor: hasMore || names.length > limit ? (shown.at(-1) ?? null) : null }
}
