import type { NextConfig } from "next"
import { PHASE_DEVELOPMENT_SERVER } from "next/constants.js"

/** Settings of the console. The public port is api's: front checks hosts and origins before Next sees a request. */
export default function settings(phase: string): NextConfig {
  return {
    poweredByHeader: false,
    agentRules: false,
    reactStrictMode: true,
    devIndicators: false,
    // `npm test` checks all types; a start need not wait for it.
    typescript: { ignoreBuildErrors: true },
    // Arguments of actions may hold a value: `next dev` would print them.
    logging: { serverFunctions: false },
    // No image is ever resized here, so nothing fetches or decodes one.
    images: { unoptimized: true },
    compiler: { defineServer: { STRONGROOM_DEVELOPMENT: phase === PHASE_DEVELOPMENT_SERVER } },
    experimental: {
      // 512 KiB of body, and what multipart adds to it. Origins stay as they are: our own only.
      serverActions: { bodySizeLimit: "600kb" },
      proxyClientMaxBodySize: "600kb",
    },
  }
}
