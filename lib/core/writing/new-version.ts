/** A value on its way in, and what will be known of it. Nothing here looks at its bytes: crypto answers what it must. */
import type { SizeClass } from "../../contract/dto.ts"
import type { GenerateInput, NewValue } from "../../contract/value-input.ts"
import type { VersionOrigin } from "../../contract/words.ts"
import { generatePair, generateValue, type KeyPairKind } from "../../crypto/generate.ts"
import { isText } from "../../crypto/is-text.ts"
import type { Secret } from "../../secret.ts"
import { fingerprintOf } from "../fingerprints.ts"
import type { OrganizationKeys } from "../organization-keys.ts"
import { sizeClassOf } from "./size-class.ts"

export interface NewVersion {
  value: Secret
  origin: VersionOrigin
  sourceVersion: number | null
  note: string
  publicKey: string | null
}

/** What is kept of a version beside its number. */
export interface VersionFacts {
  origin: VersionOrigin
  sourceVersion: number | null
  note: string
  publicKey: string | null
  fingerprint: Uint8Array
  size: SizeClass
  isText: boolean
}

/** The value that was sent, or one that is made now and that nobody sees. */
export async function takeValue(newValue: NewValue, note: string): Promise<NewVersion> {
  const rest = { sourceVersion: null, note }
  if (newValue.kind === "given") return { ...rest, value: newValue.secret, origin: "typed", publicKey: null }
  return { ...rest, ...(await generate(newValue.how)), origin: "generated" }
}

export async function factsOf(
  organizationKeys: OrganizationKeys,
  organizationId: string,
  secretId: string,
  { value, ...version }: NewVersion,
): Promise<VersionFacts> {
  return {
    ...version,
    fingerprint: await fingerprintOf(organizationKeys, { organizationId, secretId }, value),
    size: sizeClassOf(value.size),
    isText: isText(value),
  }
}

async function generate({ kind, length }: GenerateInput): Promise<{ value: Secret; publicKey: string | null }> {
  switch (kind) {
    case "ed25519":
    case "ec_p256":
    case "rsa_3072": {
      const { privateKey, publicKey } = await generatePair(pairKinds[kind])
      return { value: privateKey, publicKey }
    }
    case "uuid":
      return { value: generateValue({ kind }), publicKey: null }
    default:
      return { value: generateValue({ kind, length }), publicKey: null }
  }
}

const pairKinds = { ed25519: "ed25519", ec_p256: "ec-p256", rsa_3072: "rsa-3072" } as const satisfies Record<
  string,
  KeyPairKind
>
