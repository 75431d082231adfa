// `npm run build:clients -- --single-file`: the command line as one program for Linux that needs no Node: the running
// Node with our code inside it, as Node's "single executable applications" have it.
//
// Node finds the code by a note of the ELF file, and looks for one only if a mark in the program says so. The tool that
// usually adds both isn't maintained any more, and newer versions of Node do it by themselves (`--build-sea`); until
// those are what we run on, the fifty lines below do it.
import { execFile } from "node:child_process"
import { chmod, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)
const noteName = "NODE_SEA_BLOB"
const mark = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"

/** Makes `folder/strongroom` of a script, with the Node that runs this. */
export async function makeSingleFile(script, folder) {
  const blob = join(folder, "strongroom.blob")
  const settings = join(folder, "sea.json")
  const config = { main: script, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true }
  await writeFile(settings, JSON.stringify(config))
  await run(process.execPath, ["--experimental-sea-config", settings])
  const program = join(folder, "strongroom")
  await writeFile(program, withNote(switchedOn(await readFile(process.execPath)), await readFile(blob)))
  await chmod(program, 0o755)
  await Promise.all([rm(blob), rm(settings)])
  return program
}

function switchedOn(node) {
  const at = node.indexOf(mark)
  if (at === -1 || node.indexOf(mark, at + 1) !== -1) throw new Error("This Node can't hold a program of ours.")
  node[at + mark.length] = "1".charCodeAt(0)
  return node
}

const types = { load: 1, note: 4, headers: 6 }
const headerSize = 56
const page = 0x10000n

/**
 * Adds a note to an ELF file of 64 bits, in a segment of its own that is loaded with the rest. The program headers move
 * there, too, since there is no room for more of them where they were.
 */
function withNote(elf, content) {
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) throw new Error("This Node is no ELF file.")
  const oldAt = Number(elf.readBigUInt64LE(0x20))
  const count = elf.readUInt16LE(0x38)
  const old = Array.from({ length: count }, (_, index) =>
    Buffer.from(elf.subarray(oldAt + index * headerSize, oldAt + (index + 1) * headerSize)),
  )
  const loads = old.filter((header) => header.readUInt32LE(0) === types.load)
  const base = loads[0].readBigUInt64LE(16) - loads[0].readBigUInt64LE(8)
  const memoryEnd = loads.map((header) => header.readBigUInt64LE(16) + header.readBigUInt64LE(40) - base)
  // As far from the start of the file as from the start of the memory: older kernels rely on it for the headers.
  const furthest = [BigInt(elf.length), ...memoryEnd].reduce((one, other) => (one > other ? one : other))
  const at = ((furthest + page - 1n) / page) * page

  const note = noteOf(content)
  const headers = { at, size: BigInt((count + 2) * headerSize) }
  const noteAt = at + ((headers.size + 15n) / 16n) * 16n
  const end = noteAt + BigInt(note.length)
  const moved = old.map((header) =>
    header.readUInt32LE(0) === types.headers ? segment(types.headers, headers.at, headers.size, base, 8n) : header,
  )
  // Segments that are loaded stand in the order of their addresses.
  const lastLoad = moved.findLastIndex((header) => header.readUInt32LE(0) === types.load)
  moved.splice(lastLoad + 1, 0, segment(types.load, at, end - at, base, page))
  moved.push(segment(types.note, noteAt, BigInt(note.length), base, 4n))

  const result = Buffer.alloc(Number(end))
  elf.copy(result)
  Buffer.concat(moved).copy(result, Number(at))
  note.copy(result, Number(noteAt))
  result.writeBigUInt64LE(at, 0x20)
  result.writeUInt16LE(count + 2, 0x38)
  return result
}

function segment(type, at, size, base, alignment) {
  const readable = 4
  const header = Buffer.alloc(headerSize)
  header.writeUInt32LE(type, 0)
  header.writeUInt32LE(readable, 4)
  header.writeBigUInt64LE(at, 8)
  header.writeBigUInt64LE(at + base, 16)
  header.writeBigUInt64LE(at + base, 24)
  header.writeBigUInt64LE(size, 32)
  header.writeBigUInt64LE(size, 40)
  header.writeBigUInt64LE(alignment, 48)
  return header
}

function noteOf(content) {
  const name = Buffer.from(`${noteName}\0`)
  const head = Buffer.alloc(12)
  head.writeUInt32LE(name.length, 0)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, padded(name), padded(content)])
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
