-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "instanceId" UUID NOT NULL,
    "setupCodeHash" BYTEA,
    "setupCompletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Scope" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "parentId" UUID,
    "kind" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "environment" TEXT,
    "projects" TEXT[],
    "protection" TEXT NOT NULL DEFAULT 'recorded',
    "generation" BIGINT NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Scope_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Person" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "foldedEmail" TEXT NOT NULL,
    "passwordHash" TEXT,
    "disabledAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Person_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Identity" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "personId" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Identity_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Session" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "personId" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "method" TEXT NOT NULL,
    "address" TEXT,
    "userAgent" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "signedInAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Session_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "PersonalToken" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "personId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "signedInAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "PersonalToken_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Invitation" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "codeHash" BYTEA NOT NULL,
    "email" TEXT,
    "role" TEXT NOT NULL,
    "invitedById" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3),
    "acceptedById" UUID,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Invitation_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "RoleAssignment" (
    "organizationId" UUID NOT NULL,
    "personId" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "grantedById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RoleAssignment_pkey" PRIMARY KEY ("organizationId","personId","scopeId","role")
);

-- CreateTable
CREATE TABLE "Throttle" (
    "key" BYTEA NOT NULL,
    "wholeAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Throttle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "KnownAddress" (
    "organizationId" UUID NOT NULL,
    "personId" UUID NOT NULL,
    "network" TEXT NOT NULL,
    "lastAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "KnownAddress_pkey" PRIMARY KEY ("organizationId","personId","network")
);

-- CreateTable
CREATE TABLE "ServiceAccount" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabledAt" TIMESTAMPTZ(3),

    CONSTRAINT "ServiceAccount_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Grant" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "serviceAccountId" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "vaultName" TEXT,
    "prefix" TEXT,
    "access" TEXT NOT NULL,
    "grantedById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Grant_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "AccessToken" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "serviceAccountId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "cidrs" TEXT[],
    "issuedById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),
    "lastAddress" TEXT,

    CONSTRAINT "AccessToken_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Delegation" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "act" TEXT NOT NULL,
    "serviceAccountId" UUID,
    "grantId" UUID,
    "accessTokenId" UUID,
    "scopeId" UUID NOT NULL,
    "vaultId" UUID,
    "secretId" UUID,
    "protection" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "byId" UUID NOT NULL,
    "confirmedById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "since" TIMESTAMPTZ(3),
    "until" TIMESTAMPTZ(3),

    CONSTRAINT "Delegation_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Vault" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "inheritable" BOOLEAN NOT NULL DEFAULT true,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Vault_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Secret" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "vaultId" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "foldedName" TEXT NOT NULL,
    "category" TEXT,
    "description" TEXT NOT NULL DEFAULT '',
    "ownerId" UUID,
    "envName" TEXT,
    "rotationDays" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'active',
    "currentVersion" INTEGER NOT NULL DEFAULT 0,
    "nextVersion" INTEGER NOT NULL DEFAULT 1,
    "provider" TEXT NOT NULL DEFAULT 'local_encrypted',
    "location" TEXT NOT NULL,
    "field" TEXT,
    "ownership" TEXT NOT NULL DEFAULT 'managed',
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "deletedAt" TIMESTAMPTZ(3),
    "purgeAfter" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdByKind" TEXT NOT NULL,
    "createdById" UUID,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Secret_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "SecretVersion" (
    "organizationId" UUID NOT NULL,
    "secretId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "origin" TEXT NOT NULL,
    "sourceVersion" INTEGER,
    "note" TEXT NOT NULL DEFAULT '',
    "state" TEXT NOT NULL DEFAULT 'enabled',
    "sizeAtLeast" INTEGER,
    "sizeAtMost" INTEGER,
    "isText" BOOLEAN,
    "publicKey" TEXT,
    "fingerprint" BYTEA,
    "backendVersion" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdByKind" TEXT NOT NULL,
    "createdById" UUID,

    CONSTRAINT "SecretVersion_pkey" PRIMARY KEY ("organizationId","secretId","number")
);

-- CreateTable
CREATE TABLE "SealedValue" (
    "organizationId" UUID NOT NULL,
    "secretId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "wrappedKey" BYTEA NOT NULL,
    "keyEpoch" INTEGER NOT NULL,
    "operationId" UUID NOT NULL,

    CONSTRAINT "SealedValue_pkey" PRIMARY KEY ("organizationId","secretId","version")
);

-- CreateTable
CREATE TABLE "OrganizationKey" (
    "organizationId" UUID NOT NULL,
    "epoch" INTEGER NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "kekId" TEXT NOT NULL,
    "checkValue" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "OrganizationKey_pkey" PRIMARY KEY ("organizationId","epoch")
);

-- CreateTable
CREATE TABLE "KeyEncryptionKey" (
    "id" TEXT NOT NULL,
    "checkValue" BYTEA NOT NULL,
    "state" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "KeyEncryptionKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Operation" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "callerKind" TEXT NOT NULL,
    "callerId" UUID,
    "secretId" UUID NOT NULL,
    "targetVersion" INTEGER NOT NULL,
    "expectedVersion" INTEGER NOT NULL,
    "origin" TEXT NOT NULL,
    "sourceVersion" INTEGER,
    "note" TEXT NOT NULL DEFAULT '',
    "fingerprint" BYTEA NOT NULL,
    "sizeAtLeast" INTEGER NOT NULL,
    "sizeAtMost" INTEGER NOT NULL,
    "isText" BOOLEAN NOT NULL,
    "publicKey" TEXT,
    "state" TEXT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "requestId" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Operation_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "organizationId" UUID NOT NULL,
    "callerId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "requestHash" BYTEA NOT NULL,
    "response" JSONB,
    "leaseUntil" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("organizationId","callerId","key")
);

-- CreateTable
CREATE TABLE "LastFetch" (
    "organizationId" UUID NOT NULL,
    "secretId" UUID NOT NULL,
    "serviceAccountId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LastFetch_pkey" PRIMARY KEY ("organizationId","secretId","serviceAccountId")
);

-- CreateTable
CREATE TABLE "ReadCount" (
    "organizationId" UUID NOT NULL,
    "secretId" UUID NOT NULL,
    "hour" TIMESTAMPTZ(0) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "ReadCount_pkey" PRIMARY KEY ("organizationId","secretId","hour")
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "organizationId" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "class" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "actorKind" TEXT NOT NULL,
    "actorId" UUID,
    "actorName" TEXT NOT NULL,
    "credentialKind" TEXT,
    "credentialId" UUID,
    "address" TEXT,
    "scopeId" UUID,
    "scope" TEXT,
    "vault" TEXT,
    "secretId" UUID,
    "secretName" TEXT,
    "version" INTEGER,
    "targetKind" TEXT,
    "targetId" TEXT,
    "targetName" TEXT,
    "details" JSONB NOT NULL,
    "requestId" TEXT NOT NULL,
    "previous" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("organizationId","seq")
);

-- CreateTable
CREATE TABLE "AuditHead" (
    "organizationId" UUID NOT NULL,
    "seq" BIGINT NOT NULL DEFAULT 0,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "AuditHead_pkey" PRIMARY KEY ("organizationId")
);

-- CreateIndex
CREATE UNIQUE INDEX "Scope_path_key" ON "Scope"("path");

-- CreateIndex
CREATE INDEX "Scope_organizationId_path_idx" ON "Scope"("organizationId", "path");

-- CreateIndex
CREATE UNIQUE INDEX "Scope_organizationId_parentId_slug_key" ON "Scope"("organizationId", "parentId", "slug");

-- CreateIndex
CREATE UNIQUE INDEX "Person_foldedEmail_key" ON "Person"("foldedEmail");

-- CreateIndex
CREATE INDEX "Person_organizationId_name_id_idx" ON "Person"("organizationId", "name", "id");

-- CreateIndex
CREATE INDEX "Identity_organizationId_personId_idx" ON "Identity"("organizationId", "personId");

-- CreateIndex
CREATE UNIQUE INDEX "Identity_issuer_subject_key" ON "Identity"("issuer", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "Session_hash_key" ON "Session"("hash");

-- CreateIndex
CREATE INDEX "Session_organizationId_personId_createdAt_id_idx" ON "Session"("organizationId", "personId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "PersonalToken_hash_key" ON "PersonalToken"("hash");

-- CreateIndex
CREATE INDEX "PersonalToken_organizationId_personId_createdAt_id_idx" ON "PersonalToken"("organizationId", "personId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Invitation_codeHash_key" ON "Invitation"("codeHash");

-- CreateIndex
CREATE INDEX "Invitation_organizationId_scopeId_createdAt_id_idx" ON "Invitation"("organizationId", "scopeId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "RoleAssignment_organizationId_scopeId_role_idx" ON "RoleAssignment"("organizationId", "scopeId", "role");

-- CreateIndex
CREATE INDEX "Throttle_wholeAt_idx" ON "Throttle"("wholeAt");

-- CreateIndex
CREATE UNIQUE INDEX "ServiceAccount_organizationId_scopeId_name_key" ON "ServiceAccount"("organizationId", "scopeId", "name");

-- CreateIndex
CREATE INDEX "Grant_organizationId_serviceAccountId_idx" ON "Grant"("organizationId", "serviceAccountId");

-- CreateIndex
CREATE INDEX "Grant_organizationId_scopeId_idx" ON "Grant"("organizationId", "scopeId");

-- CreateIndex
CREATE UNIQUE INDEX "AccessToken_hash_key" ON "AccessToken"("hash");

-- CreateIndex
CREATE INDEX "AccessToken_organizationId_serviceAccountId_createdAt_id_idx" ON "AccessToken"("organizationId", "serviceAccountId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Delegation_organizationId_serviceAccountId_createdAt_idx" ON "Delegation"("organizationId", "serviceAccountId", "createdAt");

-- CreateIndex
CREATE INDEX "Delegation_organizationId_grantId_idx" ON "Delegation"("organizationId", "grantId");

-- CreateIndex
CREATE INDEX "Delegation_organizationId_secretId_createdAt_idx" ON "Delegation"("organizationId", "secretId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "Vault_organizationId_scopeId_name_key" ON "Vault"("organizationId", "scopeId", "name");

-- CreateIndex
CREATE INDEX "Secret_organizationId_vaultId_foldedName_id_idx" ON "Secret"("organizationId", "vaultId", "foldedName", "id");

-- CreateIndex
CREATE INDEX "Secret_organizationId_scopeId_foldedName_id_idx" ON "Secret"("organizationId", "scopeId", "foldedName", "id");

-- CreateIndex
CREATE INDEX "Secret_organizationId_scopeId_updatedAt_id_idx" ON "Secret"("organizationId", "scopeId", "updatedAt", "id");

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");

-- CreateIndex
CREATE INDEX "AuditEvent_organizationId_scopeId_seq_idx" ON "AuditEvent"("organizationId", "scopeId", "seq");

-- CreateIndex
CREATE INDEX "AuditEvent_organizationId_secretId_seq_idx" ON "AuditEvent"("organizationId", "secretId", "seq");

-- CreateIndex
CREATE INDEX "AuditEvent_organizationId_actorId_seq_idx" ON "AuditEvent"("organizationId", "actorId", "seq");

-- AddForeignKey
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_organizationId_parentId_fkey" FOREIGN KEY ("organizationId", "parentId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Identity" ADD CONSTRAINT "Identity_organizationId_personId_fkey" FOREIGN KEY ("organizationId", "personId") REFERENCES "Person"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_organizationId_personId_fkey" FOREIGN KEY ("organizationId", "personId") REFERENCES "Person"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PersonalToken" ADD CONSTRAINT "PersonalToken_organizationId_personId_fkey" FOREIGN KEY ("organizationId", "personId") REFERENCES "Person"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Invitation" ADD CONSTRAINT "Invitation_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RoleAssignment" ADD CONSTRAINT "RoleAssignment_organizationId_personId_fkey" FOREIGN KEY ("organizationId", "personId") REFERENCES "Person"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RoleAssignment" ADD CONSTRAINT "RoleAssignment_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "KnownAddress" ADD CONSTRAINT "KnownAddress_organizationId_personId_fkey" FOREIGN KEY ("organizationId", "personId") REFERENCES "Person"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ServiceAccount" ADD CONSTRAINT "ServiceAccount_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Grant" ADD CONSTRAINT "Grant_organizationId_serviceAccountId_fkey" FOREIGN KEY ("organizationId", "serviceAccountId") REFERENCES "ServiceAccount"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Grant" ADD CONSTRAINT "Grant_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AccessToken" ADD CONSTRAINT "AccessToken_organizationId_serviceAccountId_fkey" FOREIGN KEY ("organizationId", "serviceAccountId") REFERENCES "ServiceAccount"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Vault" ADD CONSTRAINT "Vault_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_organizationId_vaultId_fkey" FOREIGN KEY ("organizationId", "vaultId") REFERENCES "Vault"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_organizationId_secretId_fkey" FOREIGN KEY ("organizationId", "secretId") REFERENCES "Secret"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;



-- What Prisma's schema can't say: which states and numbers there can be.
ALTER TABLE "Installation" ADD CONSTRAINT "Installation_one_row" CHECK ("id" = 1);
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_kind" CHECK ("kind" IN ('organization', 'team', 'workspace'));
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_root" CHECK (("kind" = 'organization') = ("parentId" IS NULL) AND ("kind" <> 'organization' OR "id" = "organizationId"));
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_environment" CHECK ("environment" IN ('development', 'staging', 'production'));
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_protection" CHECK ("protection" IN ('recorded', 'two_people'));
ALTER TABLE "RoleAssignment" ADD CONSTRAINT "RoleAssignment_role" CHECK ("role" IN ('owner', 'admin', 'auditor', 'lead', 'editor', 'viewer'));
ALTER TABLE "Invitation" ADD CONSTRAINT "Invitation_role" CHECK ("role" IN ('owner', 'admin', 'auditor', 'lead', 'editor', 'viewer'));
ALTER TABLE "Grant" ADD CONSTRAINT "Grant_access" CHECK ("access" IN ('read', 'write'));
ALTER TABLE "Delegation" ADD CONSTRAINT "Delegation_state" CHECK ("state" IN ('pending', 'effective', 'ended', 'refused', 'expired'));
ALTER TABLE "Delegation" ADD CONSTRAINT "Delegation_protection" CHECK ("protection" IN ('recorded', 'two_people'));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_category" CHECK ("category" IN ('provider_credentials', 'infrastructure', 'integration', 'agent'));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_state" CHECK ("state" IN ('active', 'disabled', 'deleted', 'destroyed'));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_deleted" CHECK (("state" = 'deleted') = ("purgeAfter" IS NOT NULL));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_versions" CHECK ("currentVersion" >= 0 AND "nextVersion" > "currentVersion");
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_rotation" CHECK ("rotationDays" > 0);
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_ownership" CHECK ("ownership" IN ('managed', 'external'));
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_number" CHECK ("number" > 0 AND "sourceVersion" < "number");
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_state" CHECK ("state" IN ('enabled', 'disabled', 'destroyed'));
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_origin" CHECK ("origin" IN ('typed', 'generated', 'imported', 'rolled_back', 'changed_at_backend'));
ALTER TABLE "SealedValue" ADD CONSTRAINT "SealedValue_version" CHECK ("version" > 0);
ALTER TABLE "KeyEncryptionKey" ADD CONSTRAINT "KeyEncryptionKey_state" CHECK ("state" IN ('staged', 'active', 'retained', 'retired'));
ALTER TABLE "Operation" ADD CONSTRAINT "Operation_state" CHECK ("state" IN ('intended', 'applied', 'unknown', 'committed', 'abandoned'));
ALTER TABLE "AuditEvent" ADD CONSTRAINT "AuditEvent_class" CHECK ("class" IN ('view', 'change', 'delegation', 'disclosure', 'sign_in'));
ALTER TABLE "AuditEvent" ADD CONSTRAINT "AuditEvent_outcome" CHECK ("outcome" IN ('done', 'unchanged', 'denied', 'invalid', 'conflict', 'failed'));
ALTER TABLE "AuditEvent" ADD CONSTRAINT "AuditEvent_hash" CHECK (octet_length("hash") = 32 AND octet_length("previous") = 32);

-- A name is free again only when its secret was destroyed.
CREATE UNIQUE INDEX "Secret_living_name" ON "Secret" ("organizationId", "vaultId", "foldedName") WHERE "state" <> 'destroyed';
-- Few secrets are deleted, and a write of any other shouldn't have to keep this index.
CREATE INDEX "Secret_deleted_until" ON "Secret" ("purgeAfter") WHERE "state" = 'deleted';
-- One write of a secret is under way at a time; the reconciler finds those whose lease ran out.
CREATE UNIQUE INDEX "Operation_under_way" ON "Operation" ("organizationId", "secretId") WHERE "state" IN ('intended', 'applied', 'unknown');
CREATE INDEX "Operation_lease" ON "Operation" ("leaseUntil") WHERE "state" IN ('intended', 'applied', 'unknown');
CREATE INDEX "Vault_name" ON "Vault" ("organizationId", "name", "scopeId");

-- A secret's scope is its vault's.
CREATE FUNCTION "take_scope_of_vault"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT "scopeId" INTO NEW."scopeId" FROM "Vault" WHERE "organizationId" = NEW."organizationId" AND "id" = NEW."vaultId";
  RETURN NEW;
END
$$;
CREATE TRIGGER "Secret_scope" BEFORE INSERT OR UPDATE OF "vaultId" ON "Secret" FOR EACH ROW EXECUTE FUNCTION "take_scope_of_vault"();

-- The log's rare events, for who looks for them among the many reads; and which secrets an event of several is about.
CREATE INDEX "AuditEvent_of_rare_class" ON "AuditEvent" ("organizationId", "class", "seq") WHERE "class" IN ('change', 'delegation', 'sign_in');
CREATE INDEX "AuditEvent_of_rare_action" ON "AuditEvent" ("organizationId", "action", "seq") WHERE "action" <> 'secret.read';
CREATE INDEX "AuditEvent_of_frequent_action" ON "AuditEvent" ("organizationId", "seq") WHERE "action" = 'secret.read';
CREATE INDEX "AuditEvent_not_done" ON "AuditEvent" ("organizationId", "outcome", "seq") WHERE "outcome" <> 'done';
CREATE INDEX "AuditEvent_of_several" ON "AuditEvent" USING gin (string_to_array("details" ->> 'secretIds', ' ')) WHERE "action" IN ('secret.read_several', 'secret.resolve');

-- The audit log only grows.
CREATE FUNCTION "refuse_change_of_audit"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'AuditEvent is insert only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER "AuditEvent_insert_only" BEFORE UPDATE OR DELETE ON "AuditEvent" FOR EACH ROW EXECUTE FUNCTION "refuse_change_of_audit"();
CREATE TRIGGER "AuditEvent_no_truncate" BEFORE TRUNCATE ON "AuditEvent" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change_of_audit"();

-- What the application may do: everything with its rows, nothing with the tables, and audit is insert only.
GRANT USAGE ON SCHEMA public TO strongroom_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO strongroom_app;
REVOKE UPDATE, DELETE ON "AuditEvent" FROM strongroom_app;
REVOKE DELETE ON "AuditHead", "Installation", "KeyEncryptionKey" FROM strongroom_app;
REVOKE ALL ON "_prisma_migrations" FROM strongroom_app;
GRANT SELECT ON "_prisma_migrations" TO strongroom_app;
