/**
 * The product as its clients see it: one function per operation. Two implementations keep this promise, `core` in
 * process and `clients/sdk` over HTTP, and one suite runs against both.
 */
import type { z } from "zod"
import type { Operations } from "./operations.ts"
import type { OperationName } from "./routes.ts"

/** What a client sends: the wire's form, before any default is filled in. */
export type InputOf<Name extends OperationName> = z.input<Operations[Name]["input"]>
/** What a use case gets: parsed, with every value closed in a Secret. */
export type ParsedInputOf<Name extends OperationName> = z.output<Operations[Name]["input"]>
export type OutputOf<Name extends OperationName> = z.output<Operations[Name]["output"]>

export interface CallOptions {
  /** The same key and input answer the same result; another input with a used key is a conflict. */
  idempotencyKey?: string
}

export interface ConditionalCallOptions {
  /** The ETag of an earlier answer: if it still holds, the answer is `NotModified`. */
  ifNoneMatch?: string
}

export interface NotModified {
  notModified: true
  etag: string
}

/** Names of the machine reads: they carry an ETag and can be answered by `NotModified`. */
export type ConditionalName = {
  [Name in OperationName]: Operations[Name] extends { conditional: true } ? Name : never
}[OperationName]

/** What an operation is answered with: its output, which for a machine read has its ETag beside. */
export type AnswerOf<Name extends OperationName> = Name extends ConditionalName
  ? (OutputOf<Name> & { etag: string; notModified?: false }) | NotModified
  : OutputOf<Name>

export type StrongroomApi = {
  [Name in Exclude<OperationName, ConditionalName>]: (
    input: InputOf<Name>,
    options?: CallOptions,
  ) => Promise<OutputOf<Name>>
} & {
  [Name in ConditionalName]: (input: InputOf<Name>, options?: ConditionalCallOptions) => Promise<AnswerOf<Name>>
}
