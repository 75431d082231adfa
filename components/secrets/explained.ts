/** Remembers that a person was told once why values aren't shown; the server reads it, so that nothing jumps. */
export const explainedCookie = "strongroom-values-explained"
