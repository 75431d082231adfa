/** Credentials and keys of ours as rows have them: several fields sealed as one. */

/** Several fields sealed as one, as `lib/crypto` makes it. */
export interface SealedFields {
  sealed: Uint8Array
  wrappedKey: Uint8Array
  keyEpoch: number
}

/** The three columns of something sealed; null unless all are there. */
export function sealedFields(
  sealed: Uint8Array | null,
  wrappedKey: Uint8Array | null,
  keyEpoch: number | null,
): SealedFields | null {
  return sealed === null || wrappedKey === null || keyEpoch === null ? null : { sealed, wrappedKey, keyEpoch }
}
