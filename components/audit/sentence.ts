/**
 * What an audit event says, as a sentence. Each action has its verb, in the past and as it is tried, and words for what
 * it was done to; what only a success can tell comes after that.
 */

import type { AuditEvent } from "@/lib/contract/dto"
import type { AuditClass, Outcome } from "@/lib/contract/words"
import { askedWords } from "../approvals/asked-words"

/** A name in a sentence, and the page where the thing is. */
export interface Named {
  name: string
  href?: string
  /** Names of secrets, scopes and machines are written in the monospace. */
  mono?: boolean
}

export type Sentence = readonly (string | Named)[]

/** "Alice rolled back DB_PASSWORD to the value of version 2, made version 6." */
export function sentenceOf(event: AuditEvent): Sentence {
  const phrase = phrases[event.action] ?? unknown(event.action)
  const [did, tried] = phrase.verb
  const object = phrase.object?.(event) ?? []
  if (event.outcome === "done" || event.outcome === "unchanged") {
    const more = event.outcome === "done" ? (phrase.done?.(event) ?? []) : [", which had been done already"]
    return ended([actorOf(event), ` ${did}`, ...object, ...more])
  }
  return ended([actorOf(event), ` tried to ${tried}`, ...object, `, but ${endWords[event.outcome]}`])
}

/** The sentence without its links. */
export function plainSentence(event: AuditEvent): string {
  return sentenceOf(event)
    .map((part) => (typeof part === "string" ? part : part.name))
    .join("")
}

const endWords: Readonly<Record<Exclude<Outcome, "done" | "unchanged">, string>> = {
  pending_approval: "it waits for a second person",
  denied: "was refused",
  invalid: "sent something that isn't right",
  conflict: "something stood against it",
  failed: "it failed",
}

interface Phrase {
  /** In the past, and after "tried to". */
  verb: readonly [did: string, tried: string]
  /** What it was done to, with a space before it. */
  object?: (event: AuditEvent) => Sentence
  /** What is known only once it was done. */
  done?: (event: AuditEvent) => Sentence
}

const phrases: Readonly<Partial<Record<string, Phrase>>> = {
  "installation.restore": { verb: ["restored a backup", "restore a backup"], done: ofBackup },
  "kek.stage": { verb: ["staged the key", "stage a key"], object: target },
  "kek.activate": { verb: ["activated the key", "activate a key"], object: target },
  "kek.retire": { verb: ["retired the key", "retire a key"], object: target },
  "setup.describe": { verb: ["asked whether Strongroom is set up", "ask whether Strongroom is set up"] },
  "setup.complete": {
    verb: ["set up Strongroom", "set up Strongroom"],
    done: (event) => [" as the owner of ", scopeOf(event)],
  },

  "session.create": { verb: ["signed in", "sign in"], object: asWhom, done: byMethod },
  "session.confirm": { verb: ["confirmed that it is them", "confirm that it is them"] },
  "session.list": { verb: ["looked at the sessions of", "look at the sessions of"], object: target },
  "session.end": { verb: ["ended a session", "end a session"], object: ofPerson },
  "session.end_all": { verb: ["signed", "sign"], object: outEverywhere, done: endedEverywhere },
  "me.describe": { verb: ["asked who they are", "ask who they are"] },
  "person.change_password": { verb: ["changed their password", "change their password"], done: endedEverywhere },

  "invitation.describe": { verb: ["opened an invitation", "open an invitation"], object: toScope },
  "invitation.accept": { verb: ["joined by an invitation", "join by an invitation"], object: toScope, done: asRole },
  "invitation.list": { verb: ["looked at the invitations", "look at the invitations"], object: toScope },
  "invitation.create": { verb: ["invited somebody", "invite somebody"], object: toScope, done: asRole },
  "invitation.revoke": { verb: ["took an invitation back", "take an invitation back"], object: toScope },

  "person.known_secrets": { verb: ["looked at what is known by", "look at what is known by"], object: target },
  "personal_token.list": { verb: ["looked at their personal tokens", "look at their personal tokens"] },
  "personal_token.create": {
    verb: ["made the personal token", "make the personal token"],
    object: target,
    done: forDays,
  },
  "personal_token.revoke": { verb: ["revoked their personal token", "revoke a personal token"], object: target },

  "scope.list": { verb: ["looked at the scopes", "look at the scopes"] },
  "scope.describe": { verb: ["looked at", "look at"], object: scope },
  "scope.create": { verb: ["made the", "make a scope"], object: kindAndTarget },
  "scope.change": { verb: ["changed", "change"], object: scope, done: renamed },
  "scope.delete": { verb: ["deleted the", "delete"], object: kindAndTargetOrScope },
  search: { verb: ["searched for names", "search for names"] },

  "vault.list": { verb: ["looked at the vaults", "look at the vaults"], object: inScope },
  "vault.create": { verb: ["made the vault", "make the vault"], object: vault },
  "vault.change": { verb: ["changed the vault", "change the vault"], object: vault, done: inheritance },
  "vault.delete": { verb: ["deleted the vault", "delete the vault"], object: vault },

  "secret.list": { verb: ["looked at the secrets", "look at the secrets"], object: inScope },
  "secret.create": { verb: ["made", "make"], object: secret },
  "secret.describe": { verb: ["looked at", "look at"], object: secret },
  "secret.change": { verb: ["changed the details of", "change the details of"], object: secret, done: changedFields },
  "secret.move": { verb: ["moved", "move"], object: secret, done: movedTo },
  "secret.disable": { verb: ["disabled", "disable"], object: secret },
  "secret.enable": { verb: ["enabled", "enable"], object: secret },
  "secret.delete": { verb: ["deleted", "delete"], object: secret },
  "secret.restore": { verb: ["restored", "restore"], object: secret },
  "secret.destroy": { verb: ["destroyed", "destroy"], object: secret },
  "secret.readers": { verb: ["looked at who may read", "look at who may read"], object: secret },
  "secret.fetches": {
    verb: ["looked at who runs which version of", "look at who runs which version of"],
    object: secret,
  },

  "version.list": { verb: ["looked at the history of", "look at the history of"], object: secret },
  "version.write": { verb: ["wrote", "write"], object: versionOfSecret },
  "version.roll_back": { verb: ["rolled back", "roll back"], object: rolledBack, done: madeVersion },
  "version.disable": { verb: ["disabled", "disable"], object: versionOfSecret },
  "version.enable": { verb: ["enabled", "enable"], object: versionOfSecret },
  "version.delete": { verb: ["deleted", "delete"], object: versionOfSecret, done: atItsBackend },
  "version.restore": { verb: ["restored", "restore"], object: versionOfSecret, done: atItsBackend },
  "version.destroy": { verb: ["destroyed", "destroy"], object: versionOfSecret },

  "import.preview": { verb: ["previewed an import", "preview an import"], object: intoVault },
  "import.run": { verb: ["imported secrets", "import secrets"], object: intoVault, done: importCounts },

  "secret.adopt": { verb: ["adopted secrets", "adopt secrets"], object: fromProvider, done: namesAdopted },
  "secret.manage": { verb: ["took over", "take over"], object: secret, done: atItsBackend },
  "secret.release": { verb: ["let go of", "let go of"], object: secret },
  "secret.observe": { verb: ["looked at the backend of", "look at the backend of"], object: secret },
  "secret.drift": { verb: ["saw a change at the backend of", "see a change at the backend of"], object: secret },
  "secret.accept_drift": { verb: ["accepted", "accept"], object: versionOfSecret, done: asChangedAtBackend },

  "provider.list": { verb: ["looked at the providers", "look at the providers"], object: inScope },
  "provider.describe": { verb: ["looked at the provider", "look at a provider"], object: provider },
  "provider.health": { verb: ["asked how the provider is doing,", "ask how a provider is doing,"], object: provider },
  "provider.check": { verb: ["checked a provider before saving it", "check a provider"], object: named },
  "provider.check_describe": { verb: ["read a provider's check", "read a provider's check"], object: inScope },
  "provider.check_list": {
    verb: ["looked at the drafts of providers", "look at drafts of providers"],
    object: inScope,
  },
  "provider.register": {
    verb: ["registered the provider", "register a provider"],
    object: provider,
    done: placeOfValues,
  },
  "provider.plan_bootstrap": {
    verb: ["looked at how a team token would be made", "look at how a team token would be made"],
    object: inScope,
  },
  "provider.bootstrap": {
    verb: ["let Strongroom make a team token", "let Strongroom make a team token"],
    object: forProvider,
  },
  "provider.change": { verb: ["changed the provider", "change a provider"], object: provider, done: changedFields },
  "provider.replace_credential": {
    verb: ["replaced the credential of the provider", "replace the credential of a provider"],
    object: provider,
  },
  "provider.recheck": { verb: ["checked the provider", "check a provider"], object: provider, done: statusFound },
  "provider.approve": { verb: ["approved the provider", "approve a provider"], object: provider, done: placeOfValues },
  "provider.unregister": { verb: ["unregistered the provider", "unregister a provider"], object: provider },
  "provider.set_default": {
    verb: ["changed where new secrets are kept", "change where new secrets are kept"],
    object: forScope,
    done: nowDefault,
  },
  "provider.browse": { verb: ["looked through the provider", "look through a provider"], object: provider },
  "provider.list_fields": {
    verb: ["looked at the fields of something at the provider", "look at fields of something at a provider"],
    object: provider,
  },

  "approval.list": { verb: ["looked at what waits for a second person", "look at what waits for a second person"] },
  "approval.describe": { verb: ["looked at a request", "look at a request"], object: requestFor },
  "approval.explain": { verb: ["said why they ask", "say why they ask"], object: requestFor },
  "approval.accept": { verb: ["accepted a request", "accept a request"], object: requestFor },
  "approval.refuse": { verb: ["refused a request", "refuse a request"], object: requestFor },
  "approval.withdraw": { verb: ["took back a request", "take back a request"], object: requestFor },
  "approval.expire": { verb: ["ended a request", "end a request"], object: requestFor, done: nobodyDecided },
  "transfer.start": {
    verb: ["began to move secrets to another provider", "begin to move secrets to another provider"],
    object: inScope,
    done: nowAtProvider,
  },
  "secret.transfer": { verb: ["moved", "move"], object: secret, done: toAnotherProvider },
  "secret.remove_at_source": {
    verb: ["removed what was left at the old provider of", "remove what is left at the old provider of"],
    object: secret,
  },
  "transfer.list": {
    verb: ["looked at the moves between providers", "look at moves between providers"],
    object: inScope,
  },
  "transfer.describe": {
    verb: ["looked at a move between providers", "look at a move between providers"],
    object: inScope,
  },
  "transfer.pause": { verb: ["paused a move between providers", "pause a move between providers"], object: inScope },
  "transfer.resume": {
    verb: ["went on with a move between providers", "go on with a move between providers"],
    object: inScope,
  },

  "webhook.list": { verb: ["looked at the webhooks", "look at the webhooks"], object: inScope },
  "webhook.create": { verb: ["made a webhook", "make a webhook"], object: toAddress },
  "webhook.change": { verb: ["changed a webhook", "change a webhook"], object: toAddress, done: disabledOrEnabled },
  "webhook.delete": { verb: ["deleted a webhook", "delete a webhook"], object: toAddress },
  "webhook.test": { verb: ["sent a test to a webhook", "send a test to a webhook"], object: toAddress },
  "notice.list": { verb: ["looked at the notices", "look at the notices"], object: inScope },

  "person.list": { verb: ["looked at the people", "look at the people"], object: inScope },
  "person.describe": { verb: ["looked at", "look at"], object: targetOr("a person") },
  "person.change": { verb: ["changed", "change"], object: targetOr("a person"), done: changedPerson },
  "role.assign": { verb: ["gave", "give"], object: roleOfPerson },
  "role.remove": { verb: ["took from", "take from"], object: roleOfPerson },

  "service_account.list": { verb: ["looked at the service accounts", "look at the service accounts"], object: inScope },
  "service_account.create": { verb: ["made the service account", "make a service account"], object: machine },
  "service_account.describe": { verb: ["looked at the service account", "look at a service account"], object: machine },
  "service_account.change": {
    verb: ["changed the service account", "change a service account"],
    object: machine,
    done: disabledOrEnabled,
  },
  "service_account.delete": { verb: ["deleted the service account", "delete a service account"], object: machine },
  "grant.create": { verb: ["let", "let"], object: granted },
  "grant.revoke": { verb: ["revoked a grant of", "revoke a grant of"], object: machine, done: ofAccess },
  "access_token.issue": { verb: ["issued a token for", "issue a token for"], object: machine, done: tokenName },
  "access_token.rotate": { verb: ["rotated a token of", "rotate a token of"], object: machine, done: tokenName },
  "access_token.exchange": {
    verb: ["exchanged a job's token for one of", "exchange a job's token for one of"],
    object: machine,
    done: byTrustRule,
  },
  "trust_rule.list": { verb: ["looked at the trust rules of", "look at the trust rules of"], object: machine },
  "trust_rule.describe": { verb: ["looked at a trust rule of", "look at a trust rule of"], object: machine },
  "trust_rule.create": { verb: ["made a trust rule for", "make a trust rule for"], object: machine, done: ruleName },
  "trust_rule.change": { verb: ["changed a trust rule of", "change a trust rule of"], object: machine, done: ruleName },
  "trust_rule.delete": { verb: ["deleted a trust rule of", "delete a trust rule of"], object: machine, done: ruleName },
  "access_token.revoke": { verb: ["revoked a token of", "revoke a token of"], object: machine, done: tokenName },

  "audit.list": { verb: ["looked at the audit log", "look at the audit log"], object: ofScope },
  "audit.export": { verb: ["exported the audit log", "export the audit log"], object: ofScope },

  "secret.read": { verb: ["read", "read"], object: versionOfSecretOrSecret, done: confirmed },
  "secret.read_several": { verb: ["read", "read"], object: severalNames, done: confirmed },
  "secret.explain": { verb: ["looked at what wins", "look at what wins"], object: inScope },
  "secret.resolve": { verb: ["read all that it may", "read all that it may"], object: inScope, done: confirmed },
}

/** What the log can be filtered by: each action as `Secret: roll back`. */
export const actionChoices: readonly { value: string; label: string }[] = Object.keys(phrases).map((action) => ({
  value: action,
  label: actionLabel(action),
}))

export function actionLabel(action: string): string {
  const [thing = "", act] = action.split(".").map((part) => part.replaceAll("_", " "))
  const subject = thing.charAt(0).toUpperCase() + thing.slice(1)
  return act === undefined ? subject : `${subject}: ${act}`
}

export function isKnownAction(action: string): boolean {
  return phrases[action] !== undefined
}

export const classWords: Readonly<Record<AuditClass, string>> = {
  change: "Changes",
  delegation: "Delegation",
  disclosure: "Machine reads",
  sign_in: "Signing in",
  view: "Looks",
}

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  done: "Done",
  unchanged: "Done before",
  pending_approval: "Waits",
  denied: "Refused",
  invalid: "Not right",
  conflict: "Conflict",
  failed: "Failed",
}

// --- who

function actorOf({ actor, target: aim, action }: AuditEvent): Named {
  // Somebody who doesn't get in is nobody; whom they claimed to be stands in `asWhom`.
  if (actor.kind === "nobody")
    return { name: action === "session.create" && aim !== null ? "Somebody" : "Somebody unknown" }
  return { name: actor.name, ...(actor.kind === "service_account" && { mono: true }) }
}

function asWhom({ actor, target: aim, outcome }: AuditEvent): Sentence {
  return actor.kind === "nobody" && aim !== null && outcome !== "done" ? [" as ", { name: aim.name }] : []
}

function byMethod({ target: aim }: AuditEvent): Sentence {
  if (aim?.kind !== "session") return []
  return [` by ${aim.name === "password" ? "password" : (URL.parse(aim.name)?.host ?? "an identity provider")}`]
}

// --- what

function target(event: AuditEvent): Sentence {
  return targetOr("somebody")(event)
}

function targetOr(otherwise: string): (event: AuditEvent) => Sentence {
  return ({ target: aim, scope: path }) => {
    if (aim === null) return [` ${otherwise}`]
    const href = aim.kind === "person" && path !== null ? `/s/${path}/people/${aim.id}` : undefined
    return [" ", { name: aim.name, ...(href !== undefined && { href }) }]
  }
}

function ofPerson({ target: aim, actor }: AuditEvent): Sentence {
  return aim?.kind === "person" && aim.id !== actor.id ? [" of ", { name: aim.name }] : []
}

function outEverywhere({ target: aim, actor }: AuditEvent): Sentence {
  const whom = aim === null || aim.id === actor.id ? "themselves" : aim.name
  return [" ", { name: whom }, " out everywhere"]
}

function scopeOf({ scope: path }: AuditEvent): Named {
  return path === null ? { name: "the organization" } : { name: path, href: `/s/${path}`, mono: true }
}

function scope(event: AuditEvent): Sentence {
  return [" ", scopeOf(event)]
}

function inScope(event: AuditEvent): Sentence {
  return event.scope === null ? [] : [" of ", scopeOf(event)]
}

function ofScope(event: AuditEvent): Sentence {
  return inScope(event)
}

function toScope(event: AuditEvent): Sentence {
  return event.scope === null ? [] : [" to ", scopeOf(event)]
}

function kindAndTarget({ target: aim, scope: path }: AuditEvent): Sentence {
  if (aim === null) return path === null ? [] : [" in ", { name: path, mono: true }]
  return [` ${aim.kind} `, { name: aim.name, href: `/s/${aim.name}`, mono: true }]
}

function kindAndTargetOrScope(event: AuditEvent): Sentence {
  const { target: aim } = event
  return aim === null ? scope(event) : [` ${aim.kind} `, { name: aim.name, mono: true }]
}

function vault(event: AuditEvent): Sentence {
  const { vault: name, scope: path } = event
  if (name === null) return inScope(event)
  const href = path === null ? undefined : `/s/${path}?vault=${name}`
  return [" ", { name, mono: true, ...(href !== undefined && { href }) }, ...inScope(event)]
}

function intoVault(event: AuditEvent): Sentence {
  return event.vault === null ? inScope(event) : [" into", ...vault(event)]
}

function secretNamed({ secret: about, scope: path, vault: inVault }: AuditEvent): Named {
  if (about === null) return { name: "a secret" }
  const href =
    path === null || inVault === null ? undefined : `/s/${path}/vaults/${inVault}/${encodeURIComponent(about.name)}`
  return { name: about.name, mono: true, ...(href !== undefined && { href }) }
}

function secret(event: AuditEvent): Sentence {
  return [" ", secretNamed(event)]
}

function versionOfSecret(event: AuditEvent): Sentence {
  return event.version === null
    ? [" a version of ", secretNamed(event)]
    : [` version ${event.version} of `, secretNamed(event)]
}

function versionOfSecretOrSecret(event: AuditEvent): Sentence {
  return event.version === null ? secret(event) : versionOfSecret(event)
}

function rolledBack(event: AuditEvent): Sentence {
  const from = event.details.from
  return [" ", secretNamed(event), ...(from == null ? [] : [` to the value of version ${from}`])]
}

function severalNames({ details, vault: inVault }: AuditEvent): Sentence {
  const names = textOf(details.names)?.split(" ") ?? []
  const words = names.length === 0 ? "several secrets" : `${names.slice(0, 3).join(", ")}${moreWords(names.length - 3)}`
  return [
    " ",
    { name: words, mono: true },
    ...(inVault === null ? [] : [" of the vault ", { name: inVault, mono: true }]),
  ]
}

function machine(event: AuditEvent): Sentence {
  return [" ", machineNamed(event)]
}

function machineNamed({ target: aim, scope: path }: AuditEvent): Named {
  if (aim === null) return { name: "a service account" }
  // A grant's event is about the scope where it holds, which may lie beneath the account's own.
  return { name: aim.name, mono: true, ...(path !== null && { href: `/s/${path}/service-accounts/${aim.name}` }) }
}

function provider(event: AuditEvent): Sentence {
  return [" ", providerNamed(event), ...inScope(event)]
}

function providerNamed({ target: aim, scope: path }: AuditEvent): Named {
  if (aim === null) return { name: "unknown" }
  return { name: aim.name, mono: true, ...(path !== null && { href: `/s/${path}/providers/${aim.name}` }) }
}

/** A request for a second person, by what it asks for. */
function requestFor(event: AuditEvent): Sentence {
  const { target: aim, scope: path } = event
  if (aim === null) return inScope(event)
  return [
    " for ",
    { name: askedWords[aim.name] ?? "something", ...(path !== null && { href: `/s/${path}/approvals/${aim.id}` }) },
    ...inScope(event),
  ]
}

function nobodyDecided(): Sentence {
  return [", which nobody decided in time"]
}

/** What a thing is called that has no page yet, or none any more. */
function named(event: AuditEvent): Sentence {
  const { target: aim } = event
  return aim === null ? inScope(event) : [", ", { name: aim.name, mono: true }, ...inScope(event)]
}

function fromProvider(event: AuditEvent): Sentence {
  return event.target === null ? inScope(event) : [" from ", providerNamed(event), ...inScope(event)]
}

function toAnotherProvider(event: AuditEvent): Sentence {
  return event.target === null ? [" to another provider"] : [" to the provider ", providerNamed(event)]
}

function forProvider(event: AuditEvent): Sentence {
  return event.target === null ? inScope(event) : [" for ", providerNamed(event), ...inScope(event)]
}

function forScope(event: AuditEvent): Sentence {
  return event.scope === null ? [] : [" for ", scopeOf(event)]
}

function toAddress(event: AuditEvent): Sentence {
  const { target: aim } = event
  return aim === null ? inScope(event) : [" to ", { name: aim.name, mono: true }, ...inScope(event)]
}

function granted(event: AuditEvent): Sentence {
  const { access, prefix } = event.details
  const verb = access === "write" ? "write" : "read"
  const what = event.vault === null ? [" every vault"] : [" the vault ", { name: event.vault, mono: true }]
  const names = textOf(prefix) === undefined ? [] : [", names that begin with ", { name: String(prefix), mono: true }]
  const { href: _elsewhere, ...account } = machineNamed(event)
  return [" ", account, ` ${verb}`, ...what, ...inScope(event), ...names]
}

function roleOfPerson({ target: aim, details, scope: path }: AuditEvent): Sentence {
  const role = textOf(details.role)
  return [
    " ",
    { name: aim?.name ?? "somebody" },
    ` ${role === undefined ? "a role" : `the role ${role}`}`,
    ...(path === null ? [] : [" in ", { name: path, href: `/s/${path}`, mono: true }]),
  ]
}

// --- what came of it

function atItsBackend(): Sentence {
  return [" where it is kept"]
}

function asChangedAtBackend(): Sentence {
  return [" as it was changed at its backend"]
}

function namesAdopted({ details, vault: inVault }: AuditEvent): Sentence {
  const names = textOf(details.names)?.split(" ") ?? []
  const into: Sentence = inVault === null ? [] : [" into the vault ", { name: inVault, mono: true }]
  if (names.length === 0) return into
  return [...into, ": ", { name: `${names.slice(0, 3).join(", ")}${moreWords(names.length - 3)}`, mono: true }]
}

function placeOfValues({ details }: AuditEvent): Sentence {
  const place = textOf(details.target)
  return place === undefined ? [] : [", so that values go to ", { name: place, mono: true }]
}

function statusFound({ details }: AuditEvent): Sentence {
  const status = textOf(details.status)
  return status === undefined ? [] : [`: ${status}`]
}

function nowDefault({ details }: AuditEvent): Sentence {
  const name = textOf(details.default)
  return name === undefined ? [] : [": ", { name, mono: true }]
}

function nowAtProvider({ target: aim }: AuditEvent): Sentence {
  return aim?.kind === "provider" ? [": ", { name: aim.name, mono: true }] : []
}

function madeVersion({ version }: AuditEvent): Sentence {
  return version === null ? [] : [`, made version ${version}`]
}

function renamed({ details, scope: path }: AuditEvent): Sentence {
  const from = textOf(details.renamedFrom)
  return from === undefined || from === path ? [] : [", called ", { name: from, mono: true }, " before"]
}

function changedFields({ details }: AuditEvent): Sentence {
  const from = textOf(details.renamedFrom)
  const changed = textOf(details.changed)
  return [
    ...(changed === undefined ? [] : [`: ${changed}`]),
    ...(from === undefined ? [] : [", called ", { name: from, mono: true }, " before"]),
  ]
}

function movedTo({ details }: AuditEvent): Sentence {
  const to = textOf(details.movedTo)
  return to === undefined ? [] : [" to ", { name: to, mono: true }]
}

function inheritance({ details }: AuditEvent): Sentence {
  const { inheritable } = details
  if (typeof inheritable !== "boolean") return []
  return [inheritable ? ", which narrower scopes inherit" : ", which is private to its scope"]
}

function changedPerson({ details }: AuditEvent): Sentence {
  const name = textOf(details.name)
  if (details.disabled === true) return [": disabled, and signed out everywhere"]
  if (details.disabled === false) return [": enabled again"]
  return name === undefined ? [] : [": now called ", { name }]
}

function disabledOrEnabled({ details }: AuditEvent): Sentence {
  if (details.disabled === true) return [": disabled"]
  return details.disabled === false ? [": enabled again"] : []
}

function ofAccess(event: AuditEvent): Sentence {
  const access = textOf(event.details.access)
  return access === undefined ? [] : [` to ${access} in `, scopeOf(event)]
}

function tokenName({ details }: AuditEvent): Sentence {
  const name = textOf(details.name)
  return name === undefined ? [] : [", called ", { name }, ...forDaysOf(details.expiresInDays)]
}

function byTrustRule({ details }: AuditEvent): Sentence {
  const rule = textOf(details.name)
  return rule === undefined ? [] : [", by the trust rule ", { name: rule }]
}

function ruleName({ details }: AuditEvent): Sentence {
  const [name, issuer] = [textOf(details.name), textOf(details.issuer)]
  if (name === undefined) return []
  return [", called ", { name }, ...(issuer === undefined ? [] : [", for the issuer ", { name: issuer }])]
}

function forDays({ details }: AuditEvent): Sentence {
  return forDaysOf(details.expiresInDays)
}

function forDaysOf(days: Detail): Sentence {
  if (typeof days !== "number") return []
  return [`, good for ${days === 1 ? "a day" : `${days} days`}`]
}

function asRole({ details }: AuditEvent): Sentence {
  const role = textOf(details.role)
  return role === undefined ? [] : [` as ${role}`]
}

function endedEverywhere({ details }: AuditEvent): Sentence {
  const { sessionsEnded, personalTokensRevoked } = details
  const ended = [
    ...(isSome(sessionsEnded) ? [`ended ${sessionsEnded === 1 ? "one session" : `${sessionsEnded} sessions`}`] : []),
    ...(isSome(personalTokensRevoked)
      ? [`revoked ${personalTokensRevoked === 1 ? "one personal token" : `${personalTokensRevoked} personal tokens`}`]
      : []),
  ]
  return ended.length === 0 ? [] : [`, which ${ended.join(" and ")}`]
}

function isSome(count: Detail): count is number {
  return typeof count === "number" && count > 0
}

/** Where the chain parts from the one that went on without the backup, and what doesn't work any more. */
function ofBackup({ details }: AuditEvent): Sentence {
  const { takenAt, lastSeq, sessions, personalTokens, accessTokens } = details
  const tokens = Number(personalTokens ?? 0) + Number(accessTokens ?? 0)
  return [
    ...(textOf(takenAt) === undefined ? [] : [` of ${String(takenAt)}`]),
    ` that ends with event ${String(lastSeq)}, and ended ${String(sessions ?? 0)} sessions and ${tokens} tokens`,
  ]
}

function importCounts({ details }: AuditEvent): Sentence {
  const counts = Object.entries(details).filter(([, count]) => typeof count === "number" && count > 0)
  return counts.length === 0 ? [] : [`: ${counts.map(([outcome, count]) => `${String(count)} ${outcome}`).join(", ")}`]
}

function confirmed({ details }: AuditEvent): Sentence {
  return details.notModified === true ? [", which it holds already"] : []
}

// --- words

type Detail = AuditEvent["details"][string] | undefined

function textOf(detail: Detail): string | undefined {
  return typeof detail === "string" && detail !== "" ? detail : undefined
}

function moreWords(count: number): string {
  return count <= 0 ? "" : ` and ${count} more`
}

function ended(parts: Sentence): Sentence {
  return [...parts, "."]
}

/** An action that this page doesn't know is named as it is, not left out. */
function unknown(action: string): Phrase {
  return { verb: [`did “${action}”`, `do “${action}”`] }
}
