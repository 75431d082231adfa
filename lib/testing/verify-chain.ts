/** The product's own verifier, which tests hold everything else against. */
export { verifyChain } from "../core/verify-chain.ts"
