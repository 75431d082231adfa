/**
 * A backup's file: one line that says what it is and which keys it needs, then everything else, packed (gzip) and sealed
 * as a stream (lib/crypto/sealed-stream.ts) under a key that is derived from the active key encryption key.
 *
 *   strongroom-backup {"format":1,"takenAt":…,"instanceId":…,"version":…,"sealedWith":…,"needs":[…],"salt":…}⏎ chunks
 *
 * The line is authentic, too, once the first chunk opens. It holds check values, never a key.
 */
import { randomBytes, randomUUID } from "node:crypto"
import { createReadStream, createWriteStream, openSync, renameSync, rmSync } from "node:fs"
import { open } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { z } from "zod"
import { CryptoError } from "../../crypto/crypto-error.ts"
import type { Keyring } from "../../crypto/keyring.ts"
import { openStream, type StreamContext, sealStream } from "../../crypto/sealed-stream.ts"
import { CommandError } from "../operator/command.ts"
import { isFileError } from "../private-file.ts"

const magic = "strongroom-backup "
const label = "strongroom/v1 backup"
const longestLine = 64 * 1024

const namedKey = z.strictObject({ label: z.string(), checkValue: z.string().regex(/^[0-9a-f]{32}$/) })

const headerForm = z.strictObject({
  format: z.literal(1),
  /** When its snapshot was taken. */
  takenAt: z.iso.datetime(),
  instanceId: z.uuid(),
  /** The release that made it. */
  version: z.string(),
  /** The key that it is sealed under. */
  sealedWith: namedKey,
  /** Every key that something in it lies under. */
  needs: z.array(namedKey),
  salt: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

export type BackupHeader = z.output<typeof headerForm>
export type NewBackupHeader = Omit<BackupHeader, "format" | "salt" | "sealedWith">

/**
 * Writes a backup: complete and on the disk when it has its name, readable by us alone, never over another file. Half a
 * file never bears the name.
 */
export async function writeBackup(
  path: string,
  keyring: Keyring,
  facts: NewBackupHeader,
  lines: AsyncIterable<string>,
): Promise<void> {
  const { label: name, key } = keyring.active
  const sealedWith = { label: name, checkValue: hexOf(key.checkValue) }
  const salt = randomBytes(32)
  const header: BackupHeader = { format: 1, ...facts, sealedWith, salt: salt.toString("base64url") }
  const line = Buffer.from(`${magic}${JSON.stringify(header)}\n`, "utf8")
  const draft = `${path}.${randomUUID()}.part`
  const file = openSync(draft, "wx", 0o600)
  try {
    const out = createWriteStream(draft, { fd: file, autoClose: false })
    out.write(line)
    const text = Readable.from(lines)
    const packed = text.pipe(createGzip({ level: 6 }))
    text.once("error", (error) => packed.destroy(error))
    await pipeline(sealStream({ key, salt, label, header: line }, packed), out)
    const written = await open(draft, "r+")
    await written.sync()
    await written.close()
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

export interface OpenedBackup {
  header: BackupHeader
  /** Its lines. Throws CommandError `damaged` where the file isn't what was written. */
  lines: AsyncIterable<string>
}

/**
 * Opens a backup with the keys that we have. Throws CommandError `damaged` for what is no backup, and WrongKeyError when
 * a key that it needs isn't there: that is asked before anything of it is read.
 */
export async function openBackup(path: string, keyring: Keyring): Promise<OpenedBackup> {
  const { header, line } = await readHeader(path)
  for (const needed of [header.sealedWith, ...header.needs]) {
    keyring.expect(needed.label, Buffer.from(needed.checkValue, "hex"))
  }
  const { key } = keyring.expect(header.sealedWith.label, Buffer.from(header.sealedWith.checkValue, "hex"))
  const context = { key, salt: Buffer.from(header.salt, "base64url"), label, header: line }
  return { header, lines: linesOf(path, context) }
}

async function readHeader(path: string): Promise<{ header: BackupHeader; line: Buffer }> {
  const start = await readStart(path)
  const end = start.indexOf(0x0a)
  const line = start.subarray(0, end + 1)
  const text = line.toString("utf8")
  if (end < 0 || !text.startsWith(magic)) throw notABackup(path)
  try {
    return { header: headerForm.parse(JSON.parse(text.slice(magic.length))), line: Buffer.from(line) }
  } catch (cause) {
    throw notABackup(path, cause)
  }
}

async function readStart(path: string): Promise<Buffer> {
  try {
    const file = await open(path, "r")
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestLine), 0, longestLine, 0)
    await file.close()
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if (isFileError(error, "ENOENT")) throw new CommandError("usage", `There is no file ${path}.`, { cause: error })
    throw error
  }
}

async function* linesOf(path: string, context: StreamContext): AsyncGenerator<string, void, void> {
  const sealed = createReadStream(path, { start: context.header.byteLength })
  const packed = Readable.from(openStream(context, sealed))
  const text = packed.pipe(createGunzip())
  packed.once("error", (error) => text.destroy(error))
  try {
    yield* splitLines(text)
  } catch (error) {
    throw isDamage(error) ? damaged(path, error) : error
  } finally {
    sealed.destroy()
    text.destroy()
  }
}

/** By the line feed alone: the texts in a backup may hold other characters that end lines. */
async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<string, void, void> {
  let held: Buffer[] = []
  for await (const bytes of source) {
    let from = 0
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
      yield Buffer.concat([...held, bytes.subarray(from, at)]).toString("utf8")
      held = []
      from = at + 1
    }
    held.push(bytes.subarray(from))
  }
  const rest = Buffer.concat(held)
  if (rest.byteLength > 0) yield rest.toString("utf8")
}

function isDamage(error: unknown): boolean {
  if (error instanceof CryptoError) return true
  return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_")
}

function damaged(path: string, cause: unknown): CommandError {
  return new CommandError("damaged", `${path} was changed or cut since it was written. Use another backup.`, { cause })
}

function notABackup(path: string, cause?: unknown): CommandError {
  const message = `${path} isn't a backup of Strongroom, or a newer Strongroom made it.`
  return new CommandError("damaged", message, { cause })
}

/** A check value as a header has it. */
export function hexOf(checkValue: Uint8Array): string {
  return Buffer.from(checkValue).toString("hex")
}
