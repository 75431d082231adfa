/**
 * The least that a durable write over HTTP can be: node:http, one prepared INSERT that commits by itself, an answer.
 * Reads from its parent the database's address, and sends back its port.
 */
import { randomBytes, randomUUID } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import pg from "pg"

export interface BareInsertPlan {
  connectionString: string
}

process.on("message", ({ connectionString }: BareInsertPlan) => {
  const pool = new pg.Pool({ connectionString, max: 16 })
  const text = `INSERT INTO "BareInsert" ("id", "number", "value") VALUES ($1, $2, $3)`
  let number = 0
  const server = createServer((request, response) => {
    // The body is read to its end, as it would be.
    request.resume().once("end", () => {
      number += 1
      pool.query({ name: "bare-insert", text, values: [randomUUID(), number, randomBytes(256)] }).then(
        () => answer(200),
        () => answer(500),
      )
    })
    const answer = (status: number): void => {
      response.writeHead(status, ["content-type", "application/json", "content-length", "16"]).end(`{"written":true}`)
    }
  })
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo // it listens on a port
    process.send?.(port)
  })
})
process.on("disconnect", () => process.exit())
process.send?.("ready")
