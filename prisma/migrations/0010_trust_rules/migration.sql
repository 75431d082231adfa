-- AlterTable
ALTER TABLE "AccessToken" ADD COLUMN     "trustRuleId" UUID;

-- AlterTable
ALTER TABLE "Delegation" ADD COLUMN     "trustRuleId" UUID;

-- CreateTable
CREATE TABLE "TrustRule" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "serviceAccountId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "keySet" TEXT,
    "ca" TEXT,
    "audience" TEXT NOT NULL,
    "conditions" JSONB NOT NULL,
    "lifetimeSeconds" INTEGER NOT NULL,
    "refusesReplay" BOOLEAN NOT NULL,
    "rowVersion" INTEGER NOT NULL DEFAULT 1,
    "createdById" UUID NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastExchangeAt" TIMESTAMPTZ(3),
    "lastRefusal" JSONB,
    "lastRefusalAt" TIMESTAMPTZ(3),

    CONSTRAINT "TrustRule_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateTable
CREATE TABLE "UsedJobToken" (
    "organizationId" UUID NOT NULL,
    "trustRuleId" UUID NOT NULL,
    "hash" BYTEA NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "UsedJobToken_pkey" PRIMARY KEY ("organizationId","trustRuleId","hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "TrustRule_organizationId_serviceAccountId_name_key" ON "TrustRule"("organizationId", "serviceAccountId", "name");

-- CreateIndex
CREATE INDEX "UsedJobToken_expiresAt_idx" ON "UsedJobToken"("expiresAt");

-- AddForeignKey
ALTER TABLE "TrustRule" ADD CONSTRAINT "TrustRule_organizationId_serviceAccountId_fkey" FOREIGN KEY ("organizationId", "serviceAccountId") REFERENCES "ServiceAccount"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UsedJobToken" ADD CONSTRAINT "UsedJobToken_organizationId_trustRuleId_fkey" FOREIGN KEY ("organizationId", "trustRuleId") REFERENCES "TrustRule"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema can't say. Whatever the application does, no exchanged token lives longer than 15 minutes.
ALTER TABLE "TrustRule" ADD CONSTRAINT "TrustRule_lifetime" CHECK ("lifetimeSeconds" BETWEEN 60 AND 900);
ALTER TABLE "TrustRule" ADD CONSTRAINT "TrustRule_conditions" CHECK (jsonb_typeof("conditions") = 'array' AND jsonb_array_length("conditions") BETWEEN 1 AND 20);
ALTER TABLE "UsedJobToken" ADD CONSTRAINT "UsedJobToken_hash" CHECK (octet_length("hash") = 32);
ALTER TABLE "AccessToken" ADD CONSTRAINT "AccessToken_exchanged_lifetime" CHECK ("trustRuleId" IS NULL OR "expiresAt" <= "createdAt" + interval '15 minutes');
CREATE INDEX "AccessToken_exchanged" ON "AccessToken" ("expiresAt") WHERE "trustRuleId" IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON "TrustRule", "UsedJobToken" TO strongroom_app;
