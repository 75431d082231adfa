/** Lines to run with a token that was just issued. */

export interface SnippetSecret {
  scope: string
  vault: string
  name: string
}

export interface Snippet {
  id: string
  title: string
  code: string
}

/**
 * The token stands in the environment form alone, once: the other snippets take it from there, so that it ends in no
 * shell's history and in no list of processes.
 *
 * @param scope where to read, for an account that doesn't belong to a workspace
 */
export function snippets({
  origin,
  token,
  secret: { vault, name },
  scope,
}: {
  origin: string
  token: string
  secret: SnippetSecret
  scope: string | undefined
}): Snippet[] {
  const inScope = scope === undefined ? "" : `?scope=${scope}`
  const bearer = `-H "Authorization: Bearer $STRONGROOM_TOKEN"`
  return [
    {
      id: "environment",
      title: "Environment",
      code: `STRONGROOM_URL=${origin}\nSTRONGROOM_TOKEN=${token}`,
    },
    {
      id: "one",
      title: "curl, one value",
      code: `curl -fsS ${bearer} \\\n  "$STRONGROOM_URL/api/v1/vaults/${vault}/secrets/${name}/value${inScope}"`,
    },
    {
      id: "several",
      title: "curl, several",
      code: `curl -fsS ${bearer} \\\n  --json '${JSON.stringify({ names: [name], ...(scope !== undefined && { scope }) })}' \\\n  "$STRONGROOM_URL/api/v1/vaults/${vault}/values"`,
    },
    {
      id: "all",
      title: "curl, all it may read",
      code: `curl -fsS ${bearer} \\\n  "$STRONGROOM_URL/api/v1/resolve${inScope}"`,
    },
  ]
}
