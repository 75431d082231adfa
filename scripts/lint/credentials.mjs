/** Texts that look like credentials: known prefixes, keys, and long runs of mixed characters. */

const knownForms = [
  /srm_[a-z]+_/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\b(?:ghp|gho|ghs|github_pat|glpat|xox[abpr]|hvs|hvb|sk_live|sk-ant|npm)[_.-][A-Za-z0-9_-]{10,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ/,
  /:\/\/[^/\s:@]+:[^/\s:@]+@/,
]

const namesOfCredentials = /password|passphrase|secret|token|credential|api_?key|private_?key/i

/**
 * @param {unknown} value a constant in the source
 * @param {string} [name] what it is assigned to
 */
export function looksLikeACredential(value, name) {
  if (typeof value !== "string") return false
  if (knownForms.some((form) => form.test(value))) return true
  if (name !== undefined && namesOfCredentials.test(name) && /^\S{8,}$/.test(value)) return true
  return (value.match(/[A-Za-z0-9+/_=-]{24,}/g) ?? []).some((run) => isMixed(run))
}

/** Lower case, upper case and digits in one long run, unlike words and paths. */
function isMixed(run) {
  const changes = run.match(/[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|[0-9](?=[A-Za-z])/g) ?? []
  return /[a-z]/.test(run) && /[0-9]/.test(run) && changes.length >= 4
}
