-- AlterTable
ALTER TABLE "Scope" ADD COLUMN     "defaultIsBuiltIn" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "defaultProviderId" UUID;

-- AlterTable
ALTER TABLE "Secret" ADD COLUMN     "driftedAt" TIMESTAMPTZ(3),
ADD COLUMN     "observedAt" TIMESTAMPTZ(3),
ADD COLUMN     "providerId" UUID;

-- CreateTable
CREATE TABLE "Provider" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "source" TEXT NOT NULL DEFAULT 'registered',
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "approvedEpoch" INTEGER,
    "approvedById" UUID,
    "approvedAt" TIMESTAMPTZ(3),
    "consents" TEXT[],
    "credential" BYTEA,
    "credentialKey" BYTEA,
    "credentialKeyEpoch" INTEGER,
    "session" BYTEA,
    "sessionKey" BYTEA,
    "sessionKeyEpoch" INTEGER,
    "sessionExpiresAt" TIMESTAMPTZ(3),
    "sessionCanBeRenewed" BOOLEAN NOT NULL DEFAULT false,
    "sessionLeaseUntil" TIMESTAMPTZ(3),
    "clusterId" TEXT,
    "canWrite" BOOLEAN NOT NULL,
    "status" TEXT NOT NULL,
    "statusSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "report" JSONB NOT NULL,
    "checkedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checkAfter" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checkSeconds" INTEGER NOT NULL DEFAULT 60,
    "cacheSeconds" INTEGER NOT NULL DEFAULT 60,
    "staleSeconds" INTEGER NOT NULL DEFAULT 86400,
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Provider_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "ProviderStatus" (
    "organizationId" UUID NOT NULL,
    "providerId" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "text" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "ProviderStatus_pkey" PRIMARY KEY ("organizationId","providerId","since")
);

-- CreateTable
CREATE TABLE "ProviderDraft" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "checkedHash" BYTEA NOT NULL,
    "result" JSONB,
    "lines" JSONB NOT NULL,
    "byId" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ProviderDraft_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Transfer" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "toProviderId" UUID,
    "removeAtSource" BOOLEAN NOT NULL,
    "state" TEXT NOT NULL,
    "byId" UUID NOT NULL,
    "requestId" TEXT NOT NULL,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Transfer_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "TransferItem" (
    "organizationId" UUID NOT NULL,
    "transferId" UUID NOT NULL,
    "secretId" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "toLocation" TEXT,
    "fromProviderId" UUID,
    "fromLocation" TEXT,
    "fromField" TEXT,
    "fromVersions" JSONB,
    "copiedVersions" JSONB,
    "problem" TEXT,

    CONSTRAINT "TransferItem_pkey" PRIMARY KEY ("organizationId","transferId","secretId")
);

-- CreateTable
CREATE TABLE "Webhook" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "events" TEXT[],
    "secret" BYTEA NOT NULL,
    "secretKey" BYTEA NOT NULL,
    "secretKeyEpoch" INTEGER NOT NULL,
    "disabledAt" TIMESTAMPTZ(3),
    "createdById" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "Notice" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "event" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "facts" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolvedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Notice_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "webhookId" UUID NOT NULL,
    "noticeId" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastProblem" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deliveredAt" TIMESTAMPTZ(3),

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateIndex
CREATE INDEX "Provider_checkAfter_idx" ON "Provider"("checkAfter");

-- CreateIndex
CREATE UNIQUE INDEX "Provider_organizationId_scopeId_name_key" ON "Provider"("organizationId", "scopeId", "name");

-- CreateIndex
CREATE INDEX "ProviderDraft_organizationId_scopeId_createdAt_id_idx" ON "ProviderDraft"("organizationId", "scopeId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "ProviderDraft_createdAt_idx" ON "ProviderDraft"("createdAt");

-- CreateIndex
CREATE INDEX "Transfer_organizationId_scopeId_createdAt_id_idx" ON "Transfer"("organizationId", "scopeId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Transfer_state_leaseUntil_idx" ON "Transfer"("state", "leaseUntil");

-- CreateIndex
CREATE INDEX "TransferItem_organizationId_secretId_idx" ON "TransferItem"("organizationId", "secretId");

-- CreateIndex
CREATE INDEX "Webhook_organizationId_scopeId_createdAt_id_idx" ON "Webhook"("organizationId", "scopeId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Notice_organizationId_scopeId_createdAt_id_idx" ON "Notice"("organizationId", "scopeId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "WebhookDelivery_organizationId_webhookId_createdAt_id_idx" ON "WebhookDelivery"("organizationId", "webhookId", "createdAt", "id");

-- CreateIndex
CREATE INDEX "Scope_organizationId_defaultProviderId_idx" ON "Scope"("organizationId", "defaultProviderId");

-- CreateIndex
CREATE INDEX "Secret_organizationId_providerId_location_idx" ON "Secret"("organizationId", "providerId", "location");

-- AddForeignKey
ALTER TABLE "Provider" ADD CONSTRAINT "Provider_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProviderStatus" ADD CONSTRAINT "ProviderStatus_organizationId_providerId_fkey" FOREIGN KEY ("organizationId", "providerId") REFERENCES "Provider"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProviderDraft" ADD CONSTRAINT "ProviderDraft_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Transfer" ADD CONSTRAINT "Transfer_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TransferItem" ADD CONSTRAINT "TransferItem_organizationId_transferId_fkey" FOREIGN KEY ("organizationId", "transferId") REFERENCES "Transfer"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Notice" ADD CONSTRAINT "Notice_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_organizationId_webhookId_fkey" FOREIGN KEY ("organizationId", "webhookId") REFERENCES "Webhook"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_organizationId_noticeId_fkey" FOREIGN KEY ("organizationId", "noticeId") REFERENCES "Notice"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema can't say.
ALTER TABLE "SecretVersion" DROP CONSTRAINT "SecretVersion_state";
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_state" CHECK ("state" IN ('enabled', 'disabled', 'deleted', 'forgotten', 'destroyed'));
ALTER TABLE "SecretVersion" DROP CONSTRAINT "SecretVersion_origin";
ALTER TABLE "SecretVersion" ADD CONSTRAINT "SecretVersion_origin" CHECK ("origin" IN ('typed', 'generated', 'imported', 'rolled_back', 'changed_at_backend', 'adopted'));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_kept_by" CHECK (("provider" = 'local_encrypted') = ("providerId" IS NULL));
ALTER TABLE "Secret" ADD CONSTRAINT "Secret_provider_fkey" FOREIGN KEY ("organizationId", "providerId") REFERENCES "Provider" ("organizationId", "id");
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_default_provider_fkey" FOREIGN KEY ("organizationId", "defaultProviderId") REFERENCES "Provider" ("organizationId", "id");
ALTER TABLE "Scope" ADD CONSTRAINT "Scope_one_default" CHECK (NOT ("defaultIsBuiltIn" AND "defaultProviderId" IS NOT NULL));
ALTER TABLE "Provider" ADD CONSTRAINT "Provider_source" CHECK ("source" IN ('registered', 'environment'));
ALTER TABLE "Provider" ADD CONSTRAINT "Provider_status" CHECK ("status" IN ('up', 'standby', 'throttled', 'forbidden', 'unauthenticated', 'sealed', 'uninitialized', 'misconfigured', 'tls', 'unreachable'));
ALTER TABLE "Provider" ADD CONSTRAINT "Provider_epoch" CHECK ("epoch" > 0 AND "approvedEpoch" <= "epoch");
ALTER TABLE "Provider" ADD CONSTRAINT "Provider_times" CHECK ("checkSeconds" > 0 AND "cacheSeconds" >= 0 AND "staleSeconds" >= 0);
ALTER TABLE "Transfer" ADD CONSTRAINT "Transfer_state" CHECK ("state" IN ('running', 'paused', 'done', 'failed'));
ALTER TABLE "TransferItem" ADD CONSTRAINT "TransferItem_state" CHECK ("state" IN ('waiting', 'copying', 'switched', 'done', 'skipped', 'failed'));
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_state" CHECK ("state" IN ('waiting', 'delivered', 'failed'));

-- One place at a backend is one secret, until that is destroyed.
CREATE UNIQUE INDEX "Secret_place" ON "Secret" ("organizationId", "providerId", "location", coalesce("field", '')) WHERE "providerId" IS NOT NULL AND "state" <> 'destroyed';
-- Whose backend is to be asked next what it holds of them; those that were never asked about come first.
CREATE INDEX "Secret_observed" ON "Secret" ("organizationId", "providerId", "observedAt" NULLS FIRST) WHERE "providerId" IS NOT NULL AND "state" IN ('active', 'disabled');
-- Those that aren't as we left them are few, and looked for.
CREATE INDEX "Secret_drifted" ON "Secret" ("organizationId", "scopeId", "driftedAt") WHERE "driftedAt" IS NOT NULL;
-- What is under way with a secret, and what is told once while it lasts.
CREATE UNIQUE INDEX "TransferItem_under_way" ON "TransferItem" ("organizationId", "secretId") WHERE "state" IN ('waiting', 'copying', 'switched');
CREATE UNIQUE INDEX "Notice_open" ON "Notice" ("organizationId", "event", "subject") WHERE "resolvedAt" IS NULL;
CREATE INDEX "WebhookDelivery_due" ON "WebhookDelivery" ("nextAt") WHERE "state" = 'waiting';

GRANT SELECT, INSERT, UPDATE, DELETE ON "Provider", "ProviderStatus", "ProviderDraft", "Transfer", "TransferItem", "Webhook", "Notice", "WebhookDelivery" TO strongroom_app;
